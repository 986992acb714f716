package io.bspump.samples.telemetry;

import java.nio.file.Path;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.jspecify.annotations.Nullable;

/** An MQTT broker in this process. What it has confirmed it keeps, also when it is stopped and started again. */
final class EmbeddedBroker implements EmbeddedServer {

    private static final int JOURNAL_FILE = 1024 * 1024;

    private final int port = EmbeddedServer.freePort();
    private @Nullable EmbeddedActiveMQ broker;

    @Override
    public String name() {
        return "broker";
    }

    /** Returns where it listens when it has been started. */
    String url() {
        return "tcp://127.0.0.1:" + port;
    }

    @Override
    public String invitation() {
        return "The embedded broker listens on " + url() + ", look: mosquitto_sub -p " + port + " -t 'telemetry/#'";
    }

    @Override
    public void start(Path directory) throws Exception {
        EmbeddedServer.quieten("org.apache.activemq"); // it tells of every message
        ConfigurationImpl configuration = new ConfigurationImpl();
        configuration.setBrokerInstance(directory.resolve("broker").toFile());
        configuration.setJournalType(JournalType.NIO);
        configuration.setJournalFileSize(JOURNAL_FILE);
        configuration.setSecurityEnabled(false);
        configuration.setJMXManagementEnabled(false);
        configuration.setMaxDiskUsage(-1);
        configuration.addAddressSetting("#", new AddressSettings().setMaxDeliveryAttempts(-1));
        configuration.addAcceptorConfiguration("mqtt", url() + "?protocols=MQTT");
        EmbeddedActiveMQ started = new EmbeddedActiveMQ().setConfiguration(configuration);
        broker = started;
        started.start();
    }

    @Override
    public void stop() throws Exception {
        if (broker != null) {
            broker.stop();
            broker = null;
        }
    }
}
