package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.PubSub;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Fires on each message of given topics, whatever arguments it has. */
public final class PubSubTrigger extends Trigger {

    public static final Options OPTIONS =
            Options.of(Option.list("message_types").required().doc("The topics, such as `Application.tick/10!`."));

    private final PubSub pubSub;
    private final List<String> topics;
    private final List<Disposable> subscriptions = new ArrayList<>(); // guarded by this

    /** Creates a trigger on topics of the application, for example {@code Application.tick/10!}. */
    public PubSubTrigger(Application app, String... topics) {
        this(app, app.pubSub(), List.of(topics));
    }

    /** Creates a trigger on topics of any publisher. */
    public PubSubTrigger(Application app, PubSub pubSub, List<String> topics) {
        this(app, pubSub, null, Map.of("message_types", topics));
    }

    /**
     * Creates a trigger on topics of the application.
     *
     * @param id the id, or null for {@code PubSubTrigger}
     * @param config values that go above the class's defaults and below the file
     */
    public PubSubTrigger(Application app, @Nullable String id, Map<String, ?> config) {
        this(app, app.pubSub(), id, config);
    }

    private PubSubTrigger(Application app, PubSub pubSub, @Nullable String id, Map<String, ?> config) {
        super(app, id, config);
        this.pubSub = pubSub;
        this.topics = config().getList("message_types");
    }

    @Override
    protected synchronized void attached(TriggerSource<?> source) {
        if (subscriptions.isEmpty()) {
            topics.forEach(topic -> subscriptions.add(pubSub.subscribe(topic, message -> fire())));
        }
    }

    @Override
    protected synchronized void detached(TriggerSource<?> source) {
        if (!hasSources()) {
            subscriptions.forEach(Disposable::dispose);
            subscriptions.clear();
        }
    }
}
