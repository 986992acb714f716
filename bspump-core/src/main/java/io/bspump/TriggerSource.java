package io.bspump;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SignalType;

/**
 * A source that works in cycles, each begun by a trigger. Without a trigger it runs one cycle and ends.
 *
 * <p>A firing while a cycle runs begins another cycle when that one has emitted its last event; several such firings
 * begin one. The pipeline's messages {@code bspump.pipeline.cycle_begin!}, {@code .cycle_end!} and {@code
 * .cycle_canceled!} tell of the cycles.
 *
 * @param <O> the type of the events
 */
public abstract class TriggerSource<O> extends Source<O> {

    private final List<Trigger> triggers = new CopyOnWriteArrayList<>();
    private final Firings firings = new Firings();

    /** Creates a source whose id is its simple class name. */
    protected TriggerSource(Application app, Pipeline pipeline) {
        this(app, pipeline, null, Map.of());
    }

    /**
     * @param id the id, or null for the simple class name
     * @param config values that go above the class's defaults and below the file
     */
    protected TriggerSource(Application app, Pipeline pipeline, @Nullable String id, Map<String, ?> config) {
        super(app, pipeline, id, config);
    }

    /** Lets the trigger begin cycles of this source, besides others it has, and returns this. */
    public final TriggerSource<O> on(Trigger trigger) {
        triggers.add(trigger);
        return this;
    }

    /** Returns the triggers that begin its cycles. */
    final List<Trigger> triggers() {
        return triggers;
    }

    /**
     * Returns the events of one cycle. Subscribed like {@link Source#events}, one cycle at a time; when it fails, the
     * source has failed, and the next attempt begins a new cycle.
     */
    protected abstract Flux<? extends Emission<O>> cycle();

    /** Whether the source has a trigger: it may then be asked for the rest later, and need not end what is unfinished. */
    protected final boolean isTriggered() {
        return !triggers.isEmpty();
    }

    @Override
    protected final Flux<? extends Emission<O>> events() {
        if (triggers.isEmpty()) {
            return observedCycle();
        }
        return Flux.<Emission<O>>defer(() -> {
                    firings.begin(triggers.size());
                    triggers.forEach(trigger -> trigger.attach(this));
                    return firings.next()
                            .flatMapMany(fired -> observedCycle())
                            .doOnComplete(() -> triggers.forEach(trigger -> trigger.cycleEnded(this)))
                            .repeat(firings::mayFire);
                })
                .doFinally(end -> triggers.forEach(trigger -> trigger.detach(this)));
    }

    @SuppressWarnings("unchecked") // emissions are only read
    private Flux<Emission<O>> observedCycle() {
        return Flux.defer(() -> {
                    pipeline().publish("bspump.pipeline.cycle_begin!");
                    return (Flux<Emission<O>>) cycle();
                })
                .doFinally(end -> pipeline()
                        .publish(
                                end == SignalType.CANCEL
                                        ? "bspump.pipeline.cycle_canceled!"
                                        : "bspump.pipeline.cycle_end!"));
    }

    /** A trigger has fired. Any thread. */
    final void fire() {
        firings.fire();
    }

    /** A trigger will not fire any more. Any thread. */
    final void exhausted() {
        firings.exhausted();
    }
}
