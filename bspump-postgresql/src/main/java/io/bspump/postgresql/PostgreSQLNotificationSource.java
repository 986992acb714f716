package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;

/**
 * Listens on channels ({@code LISTEN}) and emits the payloads of notifications, as text, empty if there is none. The context has
 * {@code postgresql_channel} and {@code postgresql_pid}, the process of the server that has sent it.
 *
 * <p>It has a session of its own beside the connection's pool, and listens again when that was lost. PostgreSQL keeps no
 * notifications for those who do not listen, so delivery is at most once: what is sent while nobody listens is missed, and that
 * there was such a time is logged and counted. What comes faster than the pipeline can take it waits in a buffer, and is dropped,
 * counted and logged when that is full.
 */
public final class PostgreSQLNotificationSource extends Source<String> {

    private static final String CHANNELS = "channels";
    private static final int LONGEST = 63;

    public static final Options OPTIONS = Options.of(
            ConnectionReference.CONNECTION,
            ConnectionReference.SHARING_KEY,
            Option.list(CHANNELS)
                    .alias("channel")
                    .required()
                    .doc("The channels, as `NOTIFY` spells them: without quotes it makes capitals small."),
            Option.size("buffer")
                    .atLeast(1)
                    .defaultTo("64MB")
                    .doc("How much memory notifications may take that wait for the pipeline."));

    private final ConnectionReference<PostgreSQLConnection> connection;
    private final List<String> channels;
    private final NotificationMeters meters;

    /**
     * Creates a source whose id is {@code PostgreSQLNotificationSource} and that makes a connection of its own, unless its section
     * names one.
     */
    public PostgreSQLNotificationSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null);
    }

    /** Creates a source whose id is {@code PostgreSQLNotificationSource}. */
    public PostgreSQLNotificationSource(Application app, Pipeline pipeline, @Nullable String connection) {
        this(app, pipeline, connection, null, Map.of());
    }

    /**
     * Creates one in full.
     *
     * @param connection the id of the connection, unless the section names one; null for one of its own
     * @param id the id, or null for {@code PostgreSQLNotificationSource}
     * @param config values that go above the class's defaults and below the file
     */
    public PostgreSQLNotificationSource(
            Application app,
            Pipeline pipeline,
            @Nullable String connection,
            @Nullable String id,
            Map<String, ?> config) {
        super(app, pipeline, id, config);
        this.connection = connection(PostgreSQLConnection.class, connection, PostgreSQLConnection::new);
        this.channels = config().getList(CHANNELS);
        for (String channel : channels) {
            if (channel.length() > LONGEST) {
                throw config().invalid(CHANNELS, "must be names of up to " + LONGEST + " bytes");
            }
        }
        if (channels.isEmpty()) {
            throw config().invalid(CHANNELS, "must name a channel");
        }
        this.meters = new NotificationMeters(app.meterRegistry(), this);
    }

    @Override
    protected Flux<Emission<String>> events() {
        return Flux.<Emission<String>>from(this::listen);
    }

    private void listen(Subscriber<? super Emission<String>> subscriber) {
        NotificationRun run = new NotificationRun(
                config().name(),
                channels,
                config().getSize("buffer"),
                connection,
                meters,
                app().blocking(),
                subscriber);
        subscriber.onSubscribe(run);
        run.start();
    }
}
