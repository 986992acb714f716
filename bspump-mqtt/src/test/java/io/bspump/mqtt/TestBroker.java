package io.bspump.mqtt;

import io.bspump.test.FreePort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.activemq.artemis.api.core.ActiveMQBuffer;
import org.apache.activemq.artemis.api.core.Message;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.postoffice.RoutingStatus;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.ServerSession;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.server.plugin.ActiveMQServerMessagePlugin;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.core.transaction.Transaction;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;
import org.jspecify.annotations.Nullable;

/** An Artemis broker in this JVM. */
final class TestBroker implements AutoCloseable {

    static final String USER = "pump";
    static final String PASSWORD = "right-one";

    private final EmbeddedActiveMQ server = new EmbeddedActiveMQ();
    private final int port;

    private final Recorder recorder = new Recorder();

    private TestBroker(int port) {
        this.port = port;
    }

    /** Keeps what is published, from the moment on at which the broker has it. */
    private static final class Recorder implements ActiveMQServerMessagePlugin {

        private final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void afterSend(
                ServerSession session,
                Transaction tx,
                Message message,
                boolean direct,
                boolean noAutoCreateQueue,
                RoutingStatus result) {
            ActiveMQBuffer body = message.toCore().getReadOnlyBodyBuffer();
            byte[] bytes = new byte[body.readableBytes()];
            body.readBytes(bytes);
            messages.add(message.getAddress().replace('.', '/') + "=" + new String(bytes, StandardCharsets.UTF_8));
        }
    }

    /** Everything that was published so far: {@code TOPIC=PAYLOAD}. */
    List<String> messages() {
        return List.copyOf(recorder.messages);
    }

    /** How a broker is started. */
    static final class Builder {

        private int port;
        private @Nullable Path directory;
        private String acceptor = "";
        private boolean users;

        /** On a port of one's own choice, such as that of a broker that has stopped. */
        Builder port(int port) {
            this.port = port;
            return this;
        }

        /** Keeps what it has on the disk. */
        Builder directory(Path directory) {
            this.directory = directory;
            return this;
        }

        /** Adds parameters of the acceptor, such as {@code ;sslEnabled=true}. */
        Builder acceptor(String parameters) {
            acceptor += parameters;
            return this;
        }

        /** Lets in nobody but {@link #USER}. */
        Builder users() {
            users = true;
            return this;
        }

        TestBroker start() {
            try {
                TestBroker broker = new TestBroker(port == 0 ? FreePort.find() : port);
                broker.server.setConfiguration(configuration(broker.port));
                if (users) {
                    broker.server.setSecurityManager(securityManager());
                }
                broker.server.start();
                broker.server.getActiveMQServer().registerBrokerPlugin(broker.recorder);
                return broker;
            } catch (Exception e) {
                throw new IllegalStateException("the broker does not start", e);
            }
        }

        private Configuration configuration(int port) throws Exception {
            ConfigurationImpl configuration = new ConfigurationImpl();
            configuration.setSecurityEnabled(users);
            configuration.setJMXManagementEnabled(false);
            configuration.setPersistenceEnabled(directory != null);
            if (directory != null) {
                configuration.setJournalType(JournalType.NIO);
                configuration.setJournalDatasync(false); // what was written survives a kill
                configuration.setJournalDirectory(directory.resolve("journal").toString());
                configuration.setBindingsDirectory(directory.resolve("bindings").toString());
                configuration.setPagingDirectory(directory.resolve("paging").toString());
                configuration.setLargeMessagesDirectory(
                        directory.resolve("large").toString());
            }
            configuration.setMaxDiskUsage(-1);
            configuration.addAddressSetting(
                    "#",
                    new AddressSettings()
                            .setMaxDeliveryAttempts(-1)
                            .setAutoDeleteQueues(false)
                            .setAutoDeleteAddresses(false));
            configuration.addAcceptorConfiguration("mqtt", "tcp://127.0.0.1:" + port + "?protocols=MQTT" + acceptor);
            if (users) {
                configuration.putSecurityRoles("#", roles());
            }
            return configuration;
        }

        private static Set<Role> roles() {
            return new HashSet<>(
                    Set.of(new Role("all", true, true, true, true, true, true, true, true, true, true, true, true)));
        }

        private static ActiveMQJAASSecurityManager securityManager() {
            SecurityConfiguration known =
                    new SecurityConfiguration(new HashMap<>(Map.of(USER, PASSWORD)), new HashMap<>());
            known.addRole(USER, "all");
            return new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), known);
        }
    }

    static Builder builder() {
        return new Builder();
    }

    static TestBroker start() {
        return builder().start();
    }

    /** Runs one as a process: PORT DIRECTORY. */
    public static void main(String[] args) throws InterruptedException {
        builder().port(Integer.parseInt(args[0])).directory(Path.of(args[1])).start();
        announce();
        Thread.currentThread().join();
    }

    @SuppressWarnings("SystemOut")
    private static void announce() {
        System.out.println("broker is up");
    }

    int port() {
        return port;
    }

    /** Whether no client is connected, nor about to be disconnected. */
    boolean isLonely() {
        return server.getActiveMQServer().getRemotingService().getConnections().isEmpty();
    }

    String url() {
        return "tcp://127.0.0.1:" + port;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the broker does not stop", e);
        }
    }
}
