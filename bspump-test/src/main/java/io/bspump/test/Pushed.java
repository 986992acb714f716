package io.bspump.test;

import io.bspump.Emission;
import io.bspump.Settlement;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An event that was pushed into a {@link PipelineTester}, and what became of it. Thread-safe. */
public final class Pushed {

    private final String source;
    private final Object event;
    private final Map<String, ?> context;
    private final Sinks.One<Settlement> end = Sinks.one();
    private volatile @Nullable Settlement settlement;

    Pushed(String source, Object event, Map<String, ?> context) {
        this.source = source;
        this.event = event;
        this.context = context;
    }

    /** Returns the event as it was pushed. */
    public Object event() {
        return event;
    }

    /** Returns how it has ended, or null when it has not yet. */
    public @Nullable Settlement settlement() {
        return settlement;
    }

    Mono<Settlement> end() {
        return end.asMono();
    }

    Emission<Object> emission() {
        PushedEmission emission = new PushedEmission(this);
        emission.context().putAll(context);
        return emission;
    }

    /** Says how the event of an emission has ended. */
    static void settled(Emission<?> emission, Settlement how) {
        Pushed pushed = ((PushedEmission) emission).pushed;
        if (pushed.settlement != null) {
            throw new IllegalStateException(pushed + " has settled again, now as " + how);
        }
        pushed.settlement = how;
        pushed.end.tryEmitValue(how).orThrow();
    }

    @Override
    public String toString() {
        return event + " at " + source + ": " + (settlement == null ? "unsettled" : settlement);
    }

    private static final class PushedEmission extends Emission<Object> {

        private final Pushed pushed;

        PushedEmission(Pushed pushed) {
            super(pushed.event);
            this.pushed = pushed;
        }
    }
}
