package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.PubSub;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import java.util.ArrayList;
import java.util.List;
import reactor.core.Disposable;

/** Fires on each message of given topics, whatever arguments it has. */
public final class PubSubTrigger extends Trigger {

    private final PubSub pubSub;
    private final List<String> topics;
    private final List<Disposable> subscriptions = new ArrayList<>(); // guarded by this

    /** Creates a trigger on topics of the application, for example {@code Application.tick/10!}. */
    public PubSubTrigger(Application app, String... topics) {
        this(app, app.pubSub(), List.of(topics));
    }

    /** Creates a trigger on topics of any publisher. */
    public PubSubTrigger(Application app, PubSub pubSub, List<String> topics) {
        super(app);
        this.pubSub = pubSub;
        this.topics = List.copyOf(topics);
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
