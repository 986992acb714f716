package io.bspump.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.ConnectionState;
import io.bspump.ErrorClass;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaConnectionTest {

    @TempDir
    Path directory;

    private List<String> problems(String section) {
        return TestPump.problems(directory, "[connection:K]\ntype = kafka\n" + section, app -> {});
    }

    @Test
    void refusesWhatIsWrongBeforeItConnects() {
        assertThat(problems("")).containsExactly("[connection:K] bootstrap_servers is required (1)");
        assertThat(problems("bootstrap_servers = localhost\nfetch_min_byte = 1\nauto.offset.rest = earliest\n"))
                .containsExactlyInAnyOrder(
                        "[connection:K] bootstrap_servers must be HOST:PORT, was 'localhost' (3)",
                        "[connection:K] unknown key 'fetch_min_byte', did you mean 'fetch_min_bytes'? (4)",
                        "[connection:K] unknown key 'auto.offset.rest', did you mean 'auto.offset.reset'? (5)");
        assertThat(problems("bootstrap.servers = a:9092\nlinger.ms = soon\nacks = 1\nretry_backoff_ms = -1\n"))
                .anySatisfy(text ->
                        assertThat(text).isEqualTo("[connection:K] linger_ms must be at least -1, was 'soon' (4)"))
                .anySatisfy(
                        text -> assertThat(text)
                                .isEqualTo(
                                        "[connection:K] acks must be all, so that a record that is confirmed is not lost, was '1' (5)"))
                .anySatisfy(text -> assertThat(text)
                        .isEqualTo("[connection:K] retry_backoff_ms must be such as Kafka takes it: Value must be at"
                                + " least 0, was '-1' (6)"));
    }

    @Test
    void refusesHalfCredentials() {
        assertThat(
                        problems(
                                """
                        bootstrap_servers = a:1
                        security_protocol = sasl_ssl
                        sasl_username = u
                        ssl_ca_location = /nowhere.pem
                        """))
                .containsExactlyInAnyOrder(
                        "[connection:K] sasl_password is required, because security_protocol is SASL_SSL",
                        "[connection:K] ssl_ca_location must be a file that can be read, was '/nowhere.pem' (6)");
        assertThat(problems("bootstrap_servers = a:1\nsasl_username = u\nsasl_password = geheim\n"))
                .containsExactly(
                        "[connection:K] sasl_username needs security_protocol = SASL_PLAINTEXT or SASL_SSL, was PLAINTEXT (4)");
    }

    private static String connection(TestBroker broker, String section) {
        return "[connection:K]\ntype = kafka\nbootstrap_servers = " + broker.servers() + "\n" + section;
    }

    private void assertConnects(TestBroker broker, String section) {
        try (TestPump pump = new TestPump(directory, connection(broker, section)).start()) {
            pump.untilConnected("K");
        }
    }

    private void assertRefused(TestBroker broker, ErrorClass kind, String section) {
        try (TestPump pump = new TestPump(directory, connection(broker, section)).start()) {
            TestPump.until(() -> pump.connection("K").status().state() == ConnectionState.FAILED);
            assertThat(pump.connection("K").status().lastError().errorClass()).isEqualTo(kind);
            // The credentials may be put right; until then it does not knock all the time.
            assertThat(pump.connection("K").status().nextAttemptAt())
                    .isAfter(pump.connection("K").status().since().plusSeconds(50));
        }
    }

    @Test
    void letsItselfInByEachMechanism() {
        try (TestBroker broker = TestBroker.builder().users().start()) {
            String sasl = "security_protocol = SASL_PLAINTEXT\n";
            String user = "sasl.username = pump\nsasl.password = right-one\n";
            assertConnects(broker, sasl + user);
            assertConnects(broker, sasl + user + "sasl.mechanisms = SCRAM-SHA-256\n");
            assertConnects(broker, sasl + user + "sasl_mechanism = SCRAM-SHA-512\n");
            assertConnects(
                    broker,
                    sasl + "sasl_mechanism = OAUTHBEARER\nsasl_jaas_config ="
                            + " org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
                            + " unsecuredLoginStringClaim_sub=\"pump\";\n");
            assertRefused(
                    broker,
                    ErrorClass.AUTHENTICATION,
                    sasl + "sasl_username = pump\nsasl_password = wrong\nsasl_mechanism = SCRAM-SHA-256\n");
        }
    }

    @Test
    void encryptsWithPemFilesAndWithKeyStores() {
        TestCertificates certificates = TestCertificates.make(directory);
        try (TestBroker broker = TestBroker.builder().tls(certificates, true).start()) {
            String pem = "security_protocol = SSL\nssl.ca.location = " + certificates.certificate("server") + "\n";
            assertConnects(
                    broker,
                    pem + "ssl.certificate.location = " + certificates.certificate("client") + "\nssl.key.location = "
                            + certificates.key("client") + "\n");
            assertConnects(
                    broker,
                    pem + "ssl_keystore_location = " + certificates.clientStore()
                            + "\nssl_keystore_password = changeit\n");
            assertRefused(broker, ErrorClass.AUTHENTICATION, pem);
        }
    }

    @Test
    void fetchesTokens() {
        try (TestTokens tokens = TestTokens.start();
                TestBroker broker = TestBroker.builder()
                        .users()
                        .set(
                                "listener.name.ext.oauthbearer.sasl.server.callback.handler.class",
                                TestTokens.Validator.class.getName())
                        .start()) {
            String section = "security_protocol = SASL_PLAINTEXT\nsasl.mechanisms = OAUTHBEARER\n"
                    + "sasl.oauthbearer.token.endpoint.url = " + tokens.url() + "\nsasl.oauthbearer.client.id = "
                    + TestTokens.CLIENT + "\nsasl.oauthbearer.client.secret = ";
            assertConnects(broker, section + TestTokens.SECRET + "\n");
            assertRefused(broker, ErrorClass.AUTHENTICATION, section + "wrong-one\n");
            try (TestPump pump = new TestPump(directory, connection(broker, section + "wrong-one\n")).start()) {
                TestPump.until(() -> pump.connection("K").status().lastError() != null);
                assertThat(pump.connection("K").status().lastError().message())
                        .startsWith("no token could be fetched: The response code 401 ")
                        .doesNotContain("\n")
                        .doesNotContain("wrong-one");
            }
        }
    }

    @Test
    void letsItselfInOverALineThatIsEncrypted() {
        TestCertificates certificates = TestCertificates.make(directory);
        try (TestBroker broker =
                TestBroker.builder().users().tls(certificates, false).start()) {
            String sasl = "security.protocol = SASL_SSL\nsasl_mechanism = SCRAM-SHA-512\nsasl.username = pump\n"
                    + "ssl_ca_location = " + certificates.certificate("server") + "\n";
            assertConnects(broker, sasl + "sasl.password = right-one\n");
            assertRefused(broker, ErrorClass.AUTHENTICATION, sasl + "sasl.password = wrong-one\n");
        }
    }

    /** What Python users may have in their files; the application starts with all of it, though with warnings. */
    @Test
    void understandsWhatLibrdkafkaUnderstands() {
        StringBuilder section = new StringBuilder();
        Set<String> written = new HashSet<>(Set.of("metadata.broker.list", "request.required.acks"));
        ClientOptions.translations().forEach((name, others) -> others.stream()
                .filter(written::add)
                .limit(1)
                .forEach(other ->
                        section.append(other).append(other.equals("compression.codec") ? " = lz4\n" : " = 5\n")));
        IdleOptions.all().keySet().stream()
                .filter(name -> !name.equals("auto.offset.reset"))
                .forEach(name -> section.append(name).append(" = 5\n"));
        String conf =
                "[connection:K]\ntype = kafka\nmetadata.broker.list = a:1\nrequest.required.acks = all\n" + section;
        try (TestPump pump = new TestPump(directory, conf).start()) {
            TestPump.until(() -> pump.connection("K").status().state() != ConnectionState.INITIALIZED);
            assertThat(pump.properties("K", Client.PRODUCER)).containsEntry("linger.ms", "5");
        }
    }

    @Test
    void oneBrokerThatAnswersIsEnough() throws Exception {
        try (TestBroker broker = TestBroker.start()) {
            String dead = "127.0.0.1:" + TestBroker.builder().port();
            String conf = "[connection:K]\ntype = kafka\nbootstrap_servers = " + dead + ", " + broker.servers() + "\n";
            try (TestPump pump = new TestPump(directory, conf).start()) {
                pump.untilConnected("K");
            }
        }
    }

    @Test
    void eachClientGetsItsOwnOptions() {
        String conf =
                """
                [connection:K]
                type = kafka
                bootstrap_servers = a:1, b:2
                linger.ms = 7
                fetch.message.max.bytes = 77
                client_id = me
                request_timeout_ms = 777
                """;
        try (TestPump pump = new TestPump(directory, conf)) {
            pump.app();
            Map<String, Object> producer = pump.properties("K", Client.PRODUCER);
            assertThat(producer)
                    .containsEntry("linger.ms", "7")
                    .containsEntry("bootstrap.servers", "a:1,b:2")
                    .containsEntry("request.timeout.ms", "777")
                    .containsEntry("client.id", "me-P.RecordingSink")
                    .doesNotContainKey("max.partition.fetch.bytes");
            assertThat(pump.properties("K", Client.CONSUMER))
                    .containsEntry("max.partition.fetch.bytes", "77")
                    .doesNotContainKey("linger.ms");
        }
    }
}
