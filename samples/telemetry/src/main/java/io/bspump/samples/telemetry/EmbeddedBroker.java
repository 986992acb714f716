package io.bspump.samples.telemetry;

import ch.qos.logback.classic.Level;
import io.bspump.Application;
import io.bspump.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** An MQTT broker in this process, on a free port of the loopback interface. It keeps nothing when it ends. */
final class EmbeddedBroker implements Service {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

    private final EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
    private final int port;

    EmbeddedBroker() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("there is no free port for the embedded broker", e);
        }
    }

    /** Returns where it listens when it has been started. */
    String url() {
        return "tcp://127.0.0.1:" + port;
    }

    @Override
    public Mono<Void> initialize(Application app) {
        return Mono.<Void>fromCallable(() -> {
                    start();
                    return null;
                })
                .subscribeOn(app.blocking());
    }

    /** Starts it. Blocks. */
    void start() throws Exception {
        quieten();
        ConfigurationImpl configuration = new ConfigurationImpl();
        configuration.setPersistenceEnabled(false);
        configuration.setSecurityEnabled(false);
        configuration.setJMXManagementEnabled(false);
        configuration.setMaxDiskUsage(-1);
        configuration.addAddressSetting("#", new AddressSettings().setMaxDeliveryAttempts(-1));
        configuration.addAcceptorConfiguration("mqtt", url() + "?protocols=MQTT");
        broker.setConfiguration(configuration);
        broker.start();
        LOG.info("The embedded broker listens on {}, watch it: mosquitto_sub -p {} -t 'telemetry/#'", url(), port);
    }

    /** Artemis tells of every message, unless {@code [logging] levels} says otherwise. */
    private static void quieten() {
        if (LoggerFactory.getLogger("org.apache.activemq") instanceof ch.qos.logback.classic.Logger artemis
                && artemis.getLevel() == null) {
            artemis.setLevel(Level.ERROR);
        }
    }

    @Override
    public Mono<Void> finalize(Application app) {
        return Mono.<Void>fromCallable(() -> {
                    stop();
                    return null;
                })
                .subscribeOn(app.blocking());
    }

    /** Stops it. Blocks. */
    void stop() throws Exception {
        broker.stop();
    }
}
