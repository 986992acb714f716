package io.bspump.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfigBuilder;
import com.hivemq.client.mqtt.MqttWebSocketConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.lifecycle.MqttDisconnectSource;
import com.hivemq.client.mqtt.mqtt3.message.auth.Mqtt3SimpleAuth;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuth;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5ConnectRestrictions;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5WillPublish;
import io.bspump.config.Config;
import io.bspump.config.Secret;
import io.netty.channel.EventLoopGroup;
import io.reactivex.schedulers.Schedulers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** Makes links as the section of a connection says. */
final class Dialer {

    static final String CLEAN_START = "clean_start";
    private static final long LONGEST_EXPIRY = 0xFFFF_FFFFL;

    /** The threads of all links. They are daemons and are made when they are needed. */
    private static final EventLoopGroup LOOPS = LoopResources.create(
                    "bspump-mqtt", Math.max(1, Runtime.getRuntime().availableProcessors()), true)
            .onClient(false);

    private final Config config;
    private final String clientId;

    Dialer(Config config, String clientId) {
        this.config = config;
        this.clientId = clientId;
    }

    /**
     * Makes a link that has not been dialled yet. Looks the host up and reads files, so it may block.
     *
     * @param lost hears that it went down, on its event loop, unless it was closed from here
     */
    Link link(Server server, Consumer<Throwable> lost) throws UnknownHostException {
        LinkLoop loop = LinkLoop.on(LOOPS.next());
        MqttClientBuilder builder = MqttClient.builder()
                .identifier(clientId)
                .transportConfig(transport(server))
                .executorConfig(MqttClientExecutorConfig.builder()
                        .nettyExecutor(loop.group())
                        // What the driver tells is told on the event loop, where nothing of ours takes long.
                        .applicationScheduler(Schedulers.trampoline())
                        .build())
                .addDisconnectedListener(context -> disconnected(context, lost));
        Wire wire = isVersion5()
                ? new Wire5(builder.useMqttVersion5().buildRx(), connect5())
                : new Wire3(builder.useMqttVersion3().buildRx(), connect3(), config.getSize("max_packet_size"));
        return new Link(wire, loop);
    }

    boolean isVersion5() {
        return config.get("protocol_version").equals("5");
    }

    private static void disconnected(MqttClientDisconnectedContext context, Consumer<Throwable> lost) {
        if (context.getSource() != MqttDisconnectSource.USER) {
            lost.accept(context.getCause());
        }
    }

    private MqttClientTransportConfig transport(Server server) throws UnknownHostException {
        long timeout = config.getDuration("connect_timeout").toMillis();
        MqttClientTransportConfigBuilder builder = MqttClientTransportConfig.builder()
                .serverAddress(address(server))
                .socketConnectTimeout(timeout, TimeUnit.MILLISECONDS)
                .mqttConnectTimeout(timeout, TimeUnit.MILLISECONDS);
        if (server.tls()) {
            builder = builder.sslConfig(Tls.load(config));
        }
        String path = server.path();
        if (path != null) {
            builder = builder.webSocketConfig(
                    MqttWebSocketConfig.builder().serverPath(path.substring(1)).build());
        }
        return builder.build();
    }

    private InetSocketAddress address(Server server) throws UnknownHostException {
        InetAddress address = InetAddress.getByName(server.host());
        String name = config.get(Tls.SERVER_NAME, "");
        InetAddress named = name.isEmpty() ? address : InetAddress.getByAddress(name, address.getAddress());
        return new InetSocketAddress(named, server.port());
    }

    private Mqtt5Connect connect5() {
        boolean clean = config.getBoolean(CLEAN_START);
        long expiry = config.getDuration("session_expiry").toSeconds();
        Mqtt5ConnectRestrictions restrictions = Mqtt5ConnectRestrictions.builder()
                .receiveMaximum(config.getInt("receive_maximum"))
                .maximumPacketSize((int) config.getSize("max_packet_size"))
                .sendMaximumPacketSize((int) config.getSize("max_packet_size"))
                .build();
        var builder = Mqtt5Connect.builder()
                .keepAlive(keepAlive())
                .cleanStart(clean)
                .sessionExpiryInterval(clean ? 0 : Math.min(expiry, LONGEST_EXPIRY))
                .restrictions(restrictions)
                .willPublish(will5());
        String user = user();
        byte[] password = password();
        if (user == null && password == null) {
            return builder.build();
        }
        var auth = Mqtt5SimpleAuth.builder();
        if (user == null) {
            return builder.simpleAuth(auth.password(password).build()).build();
        }
        var named = auth.username(user);
        return builder.simpleAuth((password == null ? named : named.password(password)).build())
                .build();
    }

    private Mqtt3Connect connect3() {
        var builder = Mqtt3Connect.builder()
                .keepAlive(keepAlive())
                .cleanSession(config.getBoolean(CLEAN_START))
                .willPublish(will3());
        String user = user();
        byte[] password = password();
        if (user == null) {
            return builder.build();
        }
        var auth = Mqtt3SimpleAuth.builder().username(user);
        return builder.simpleAuth((password == null ? auth : auth.password(password)).build())
                .build();
    }

    private int keepAlive() {
        return (int) config.getDuration("keep_alive").toSeconds();
    }

    private @Nullable String user() {
        String user = config.get("user", "");
        return user.isEmpty() ? null : user;
    }

    private byte @Nullable [] password() {
        String password = config.getSecret("password", Secret.of("")).reveal();
        return password.isEmpty() ? null : password.getBytes(StandardCharsets.UTF_8);
    }

    private @Nullable Mqtt5WillPublish will5() {
        return config.contains("will_topic")
                ? Mqtt5WillPublish.builder()
                        .topic(config.get("will_topic"))
                        .payload(willPayload())
                        .qos(willQos())
                        .retain(config.getBoolean("will_retain"))
                        .build()
                : null;
    }

    private @Nullable Mqtt3Publish will3() {
        return config.contains("will_topic")
                ? Mqtt3Publish.builder()
                        .topic(config.get("will_topic"))
                        .payload(willPayload())
                        .qos(willQos())
                        .retain(config.getBoolean("will_retain"))
                        .build()
                : null;
    }

    private byte[] willPayload() {
        return config.get("will_payload").getBytes(StandardCharsets.UTF_8);
    }

    private MqttQos willQos() {
        return Filter.qos(config.getInt("will_qos"));
    }
}
