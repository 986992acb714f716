package io.bspump.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Connection;
import io.bspump.ConnectionStatus;
import io.bspump.Endpoint;
import io.bspump.ErrorClass;
import io.bspump.config.ConfigException;
import io.bspump.test.FaultProxy;
import io.bspump.test.FreePort;
import io.bspump.test.RecordingSink;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MQTTConnectionTest {

    @TempDir
    Path directory;

    private TestPump pump(String section) {
        return new TestPump(
                directory,
                """
                [general]
                stop_when_finished = no
                [connection:Broker]
                type = mqtt
                reconnect_delay = 10ms
                reconnect_max_delay = 1s
                ping_interval = 100ms
                """
                        + section);
    }

    private static void assertConnects(TestPump pump) {
        pump.start();
        pump.untilConnected("Broker");
        assertThat(pump.connection("Broker").check().block().isConnected()).isTrue();
    }

    private static ConnectionStatus.Failure untilFails(TestPump pump) {
        pump.start();
        TestPump.until(() -> pump.connection("Broker").status().lastError() != null);
        return pump.connection("Broker").status().lastError();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void connectsOverTlsWithAClientCertificate(String version) throws Exception {
        Certificates certificates = Certificates.in(directory);
        String acceptor = ";sslEnabled=true;keyStoreType=PKCS12;keyStorePath=" + certificates.file("server.p12")
                + ";keyStorePassword=changeit;needClientAuth=true;trustStoreType=PKCS12;trustStorePath="
                + certificates.file("trust.p12") + ";trustStorePassword=changeit";
        String common = "protocol_version = " + version + "\ntls_ca_file = " + certificates.file("ca.pem") + "\n";
        String pem = "tls_certificate_file = " + certificates.file("client.pem") + "\ntls_key_file = "
                + certificates.file("client.key") + "\n";
        try (TestBroker broker = TestBroker.builder().acceptor(acceptor).start()) {
            String server = "server = ssl://localhost:" + broker.port() + "\n";
            try (TestPump pump = pump(server + common + pem)) {
                assertConnects(pump);
            }
            try (TestPump pump = pump(server + common + "tls_keystore_file = " + certificates.file("client.p12")
                    + "\ntls_keystore_password = changeit\n")) {
                assertConnects(pump);
            }
            try (TestPump pump = pump(server + common)) {
                assertThat(untilFails(pump).errorClass()).isEqualTo(ErrorClass.TRANSIENT);
            }
            String byAddress = "server = ssl://127.0.0.1:" + broker.port() + "\n";
            try (TestPump pump = pump(byAddress + common + pem)) {
                assertThat(untilFails(pump).message()).contains("No subject alternative names");
            }
            try (TestPump pump = pump(byAddress + common + pem + "tls_server_name = localhost\n")) {
                assertConnects(pump);
            }
            try (TestPump pump = pump(byAddress + common + pem + "tls_verify_hostname = no\n")) {
                assertConnects(pump);
            }
            try (TestPump pump = pump(server + pem)) {
                assertThat(untilFails(pump).message()).contains("unable to find valid certification path");
            }
        }
    }

    @Test
    void tellsWhichTlsFileIsWrong() {
        try (TestPump pump = pump("server = ssl://localhost:1\ntls_ca_file = " + directory + "/none.pem\n")) {
            ConnectionStatus.Failure failure = untilFails(pump);
            assertThat(failure.errorClass()).isEqualTo(ErrorClass.CONFIGURATION);
            assertThat(failure.message())
                    .contains("[connection:Broker] tls_ca_file must be a file that can be read and used, was '")
                    .contains("none.pem");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void connectsOverWebSocket(String version) {
        try (TestBroker broker = TestBroker.start();
                TestPump pump = pump(
                        "server = ws://127.0.0.1:" + broker.port() + "/mqtt\nprotocol_version = " + version + "\n")) {
            assertConnects(pump);
        }
    }

    @Test
    void aTrialLooksAtTheBrokerStepByStep() {
        try (TestBroker broker = TestBroker.start();
                TestPump pump = pump("server = " + broker.url() + "\n")) {
            assertThat(new MQTTConnection(pump.app(), "T", Map.of("servers", "ssl://a.example, tcp://b.example:7"))
                            .endpoints())
                    .containsExactly(new Endpoint("a.example", 8883, true), new Endpoint("b.example", 7, false));
            pump.start();
            Connection trial = new MQTTConnection(pump.app(), "Trial", Map.of("server", broker.url()));
            assertThat(pump.app().pumpService().tryConnection(trial).block().steps())
                    .extracting(result -> result.step() + " " + result.outcome())
                    .containsExactly("DNS OK", "TCP OK", "TLS SKIPPED", "AUTHENTICATION OK", "PROTOCOL OK");
        }
    }

    @Test
    void goesToTheNextServerWhenOneDoesNotAnswer() throws Exception {
        int nobody = FreePort.find();
        TestBroker first = TestBroker.start();
        try (TestBroker second = TestBroker.start();
                TestPump pump =
                        pump("servers = tcp://127.0.0.1:" + nobody + ", " + first.url() + ", " + second.url() + "\n")) {
            RecordingSink recorder = pump.record("P", "a", 1);
            assertConnects(pump);
            long generation = pump.connection("Broker").status().generation();
            first.close();
            TestPump.until(() -> pump.connection("Broker").status().generation() > generation);
            pump.untilConnected("Broker");
            try (TestClient client = TestClient.to(second)) {
                TestPump.until(() -> {
                    client.publish("a", "over the second");
                    return recorder.texts().contains("over the second");
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "3.1.1"})
    void theBrokerPublishesTheWillWhenTheLinkIsLost(String version) {
        try (TestBroker broker = TestBroker.start();
                FaultProxy proxy = FaultProxy.start("127.0.0.1", broker.port());
                TestPump pump = pump("host = 127.0.0.1\nport = " + proxy.port() + "\nprotocol_version = " + version
                        // With a session that is kept, this broker keeps the will of version 5 to itself.
                        + "\nclean_start = yes\nwill_topic = last/will\nwill_payload = gone\n")) {
            assertConnects(pump);
            proxy.reset();
            TestPump.until(() -> broker.messages().contains("last/will=gone"));
        }
    }

    @Test
    void noWillIsPublishedWhenItSaysGoodbye() {
        try (TestBroker broker = TestBroker.start()) {
            try (TestPump pump = pump("server = " + broker.url() + "\nwill_topic = last/will\nwill_payload = gone\n")) {
                assertConnects(pump);
            }
            TestPump.until(broker::isLonely);
            assertThat(broker.messages()).isEmpty();
        }
    }

    @Test
    void noticesThatAnotherClientHasTakenOverAndWaits() {
        try (TestBroker broker = TestBroker.start();
                TestPump one = pump("server = " + broker.url() + "\nclient_id = same\n");
                TestPump two = pump("server = " + broker.url() + "\nclient_id = same\n")) {
            assertConnects(one);
            assertConnects(two);
            TestPump.until(() -> one.connection("Broker").status().lastError() != null);
            ConnectionStatus status = one.connection("Broker").status();
            assertThat(status.lastError().message())
                    .startsWith("another client with the client id 'same' has taken over (0x8E);"
                            + " each needs a client_id of its own");
            assertThat(status.nextAttemptAt()).isAfter(status.since().plusSeconds(30));
        }
    }

    @Test
    void supposesATakeOverWhenLinksOf311AreClosedSoonAndSilently() {
        String section = "\nclient_id = same\nprotocol_version = 3.1.1\nreconnect_max_delay = 10s\n";
        try (TestBroker broker = TestBroker.start();
                FaultProxy proxy = FaultProxy.start("127.0.0.1", broker.port());
                TestPump pump = new TestPump(
                        directory,
                        "[connection:Broker]\ntype = mqtt\nreconnect_delay = 10ms\nserver = tcp://127.0.0.1:"
                                + proxy.port() + section + "[general]\nstop_when_finished = no\n")) {
            pump.start();
            for (int i = 0; i < 3; i++) {
                pump.untilConnected("Broker");
                long generation = pump.connection("Broker").status().generation();
                proxy.cut();
                TestPump.until(() -> pump.connection("Broker").status().generation() > generation
                        || !pump.connection("Broker").status().isConnected());
            }
            TestPump.until(() -> pump.connection("Broker").status().lastError() != null);
            assertThat(pump.connection("Broker").status().lastError().message())
                    .contains("as it does when another client with the client id 'same' takes over");
        }
    }

    @Test
    void refusedCredentialsAreOfTheirOwnClass() {
        try (TestBroker broker = TestBroker.builder().users().start();
                TestPump pump = pump("server = " + broker.url() + "\nuser = pump\npassword = wrong\n")) {
            ConnectionStatus.Failure failure = untilFails(pump);
            assertThat(failure.errorClass()).isEqualTo(ErrorClass.AUTHENTICATION);
            assertThat(failure.message()).contains("BAD_USER_NAME_OR_PASSWORD").doesNotContain("wrong");
        }
    }

    @Test
    void saysWhatIsWrongWithTheServers() {
        try (TestPump pump = pump("")) {
            new MQTTConnection(
                    pump.app(), "Other", Map.of("servers", "http://a, tcp://b:99999, tcp://user:secret@c, tcp://good"));
        } catch (ConfigException e) {
            assertThat(e.problems()).hasSize(3);
            assertThat(e.problems().get(0).toString())
                    .contains("[connection:Other] servers must be tcp://HOST[:PORT], ssl://HOST[:PORT], ")
                    .contains("was 'http://a'");
            assertThat(e.problems().get(2).toString())
                    .contains("was 'tcp://***@c'")
                    .doesNotContain("secret");
            return;
        }
        throw new AssertionError("wrong servers were taken");
    }

    @Test
    void twoConnectionsWithOneClientIdAreAMistake() {
        try (TestPump pump = pump("client_id = same\n[connection:Other]\ntype = mqtt\nclient_id = same\n")) {
            pump.start();
            assertThat(pump.exitCode()).isEqualTo(2);
        }
    }
}
