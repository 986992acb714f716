package io.bspump.mqtt;

import io.bspump.Application;
import io.bspump.test.ConnectionContract;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Mono;

/** What networks and brokers do to a connection, in both versions of the protocol. */
class MQTTConnectionContractTest {

    @Nested
    class Version5 extends VersionContract {
        Version5() {
            super("5");
        }
    }

    @Nested
    class Version3 extends VersionContract {
        Version3() {
            super("3.1.1");
        }
    }

    abstract static class VersionContract extends ConnectionContract<MQTTConnection> {

        private final String version;
        private TestBroker broker;

        VersionContract(String version) {
            this.version = version;
        }

        @Override
        protected InetSocketAddress startServer() {
            broker = TestBroker.builder().users().start();
            return broker.address();
        }

        @Override
        protected void stopServer() {
            broker.close();
        }

        @Override
        protected MQTTConnection createConnection(Application app, String id, String host, int port) {
            return new MQTTConnection(app, id, Map.of("host", host, "port", port));
        }

        @Override
        protected Map<String, ?> settings() {
            return Map.of(
                    "protocol_version",
                    version,
                    "user",
                    TestBroker.USER,
                    "password",
                    TestBroker.PASSWORD,
                    "client_id",
                    "contract",
                    "auth_retry_delay",
                    "1s");
        }

        /** A client id is that of one client. */
        @Override
        protected boolean isOneAtATime() {
            return true;
        }

        @Override
        protected Map<String, ?> wrongCredentials() {
            return Map.of("password", "wrong-one");
        }

        @Override
        protected Mono<Void> probe(MQTTConnection connection) {
            return connection.ping();
        }
    }
}
