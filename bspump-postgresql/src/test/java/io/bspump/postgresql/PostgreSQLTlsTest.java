package io.bspump.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.ErrorClass;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted lines, certificates of servers and of clients. */
class PostgreSQLTlsTest {

    @TempDir
    static Path directory;

    private static TestPostgres server;
    private static Certificates certificates;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(Files.createDirectories(directory.resolve("certificates")));
        server = TestPostgres.start(
                "ssl=on",
                "ssl_cert_file=" + certificates.file("server.pem"),
                "ssl_key_file=" + certificates.file("server.key"),
                "ssl_ca_file=" + certificates.file("ca.pem"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestPump pump(String host, String... lines) {
        return new TestPump(
                        directory,
                        "[connection:Store]\ntype = postgresql\nhost = " + host + "\nport = " + server.port()
                                + "\nuser = postgres\npassword = right-one\n" + String.join("\n", lines)
                                + "\n[general]\nstop_when_finished = no\n")
                .start();
    }

    private static String isEncrypted(TestPump pump) {
        return pump.connection()
                .use(session -> session.createStatement(
                                "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                        .execute()
                        .flatMap(result -> result.map((row, metadata) -> String.valueOf(row.get(0)))))
                .blockLast();
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefer", "require", "verify-ca", "verify-full"})
    void encrypts(String mode) {
        try (TestPump pump =
                pump("localhost", "ssl_mode = " + mode, "ssl_root_cert = " + certificates.file("ca.pem"))) {
            pump.untilConnected();
            assertThat(isEncrypted(pump)).isEqualTo("true");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "allow"})
    void doesNotEncryptUnlessItMust(String mode) {
        try (TestPump pump = pump("localhost", "sslmode = " + mode)) {
            pump.untilConnected();
            assertThat(isEncrypted(pump)).isEqualTo("false");
        }
    }

    @Test
    void directNegotiation() {
        try (TestPump pump = pump("localhost", "ssl_mode = require", "ssl_negotiation = direct")) {
            pump.untilConnected();
            assertThat(isEncrypted(pump)).isEqualTo("true");
        }
    }

    @Test
    void refusesACertificateOfAnotherName() {
        try (TestPump pump =
                pump("127.0.0.1", "ssl_mode = verify-full", "ssl_root_cert = " + certificates.file("ca.pem"))) {
            assertThat(pump.failure().message()).containsIgnoringCase("127.0.0.1");
        }
        try (TestPump pump =
                pump("127.0.0.1", "ssl_mode = verify-ca", "ssl_root_cert = " + certificates.file("ca.pem"))) {
            pump.untilConnected();
        }
    }

    @Test
    void refusesACertificateOfAnUnknownAuthority() {
        try (TestPump pump = pump("localhost", "ssl_mode = verify-ca")) {
            assertThat(pump.failure().message()).containsIgnoringCase("certification path");
        }
    }

    @Test
    void showsItsOwnCertificate() throws Exception {
        String hba = Files.readString(server.data().resolve("pg_hba.conf"));
        server.write("pg_hba.conf", "hostssl all all 127.0.0.1/32 cert\nhostssl all all ::1/128 cert\n");
        server.signal("HUP");
        try {
            try (TestPump pump = pump("127.0.0.1", "ssl_mode = require")) {
                assertThat(pump.failure().message()).containsIgnoringCase("certificate");
            }
            try (TestPump pump = pump(
                    "127.0.0.1",
                    "ssl_cert = " + certificates.file("client.pem"),
                    "ssl_key = " + certificates.file("ca.pem"))) {
                assertThat(pump.failure().errorClass()).isEqualTo(ErrorClass.CONFIGURATION);
                assertThat(pump.failure().message())
                        .startsWith(
                                "[connection:Store] ssl_key and the other files of TLS must be such as can be used: ");
            }
            try (TestPump pump = pump(
                    "127.0.0.1",
                    "ssl_mode = require",
                    "ssl_cert = " + certificates.file("client.pem"),
                    "ssl_key = " + certificates.file("client.key"))) {
                pump.untilConnected();
            }
        } finally {
            server.write("pg_hba.conf", hba);
            server.signal("HUP");
        }
    }
}
