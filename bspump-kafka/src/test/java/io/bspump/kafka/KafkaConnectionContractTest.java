package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.test.ConnectionContract;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** What networks and brokers do to a connection. */
class KafkaConnectionContractTest extends ConnectionContract<KafkaConnection> {

    @TempDir
    static Path directory;

    private static TestBroker.Builder builder;
    private static int advertised;

    private TestBroker broker;

    @Override
    protected InetSocketAddress startServer() {
        if (builder == null) {
            builder = TestBroker.builder().users().directory(directory);
        }
        broker = builder.start();
        return broker.address();
    }

    @Override
    protected void stopServer() {
        broker.stop();
    }

    /** The broker has to say that it is where the proxy is. */
    @Override
    protected KafkaConnection createConnection(Application app, String id, String host, int port) {
        if (advertised != port) {
            advertised = port;
            broker.stop();
            broker = builder.advertise(port).start();
        }
        return new KafkaConnection(app, id, Map.of("bootstrap_servers", host + ":" + port));
    }

    @Override
    protected Map<String, ?> settings() {
        return Map.of(
                "security_protocol",
                "SASL_PLAINTEXT",
                "sasl_username",
                TestBroker.USER,
                "sasl_password",
                TestBroker.PASSWORD,
                "reconnect_backoff_max_ms",
                "100");
    }

    @Override
    protected Map<String, ?> wrongCredentials() {
        return Map.of("sasl_password", "wrong-one");
    }

    /** Each one is found out by a ping. */
    @Override
    protected int reconnects() {
        return 100;
    }

    @Override
    protected Mono<Void> probe(KafkaConnection connection) {
        return connection.ping();
    }
}
