package io.bspump;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** The firings of a source's triggers, of which none is lost and none counts twice: what fires meanwhile fires once. */
final class Firings {

    // Guarded by this.
    private int triggers;
    private boolean pending;
    private @Nullable MonoSink<Boolean> waiting;

    synchronized void begin(int count) {
        triggers = count;
    }

    /** Emits when there is a firing that has not begun a cycle yet; empty when there will be none. */
    Mono<Boolean> next() {
        return Mono.create(sink -> {
            boolean fired;
            synchronized (this) {
                fired = pending;
                pending = false;
                if (!fired && triggers > 0) {
                    waiting = sink;
                    return;
                }
            }
            end(sink, fired);
        });
    }

    /** Whether there is or may be another firing. */
    synchronized boolean mayFire() {
        return pending || triggers > 0;
    }

    void fire() {
        MonoSink<Boolean> woken;
        synchronized (this) {
            woken = waiting;
            waiting = null;
            pending = woken == null;
        }
        end(woken, true);
    }

    void exhausted() {
        MonoSink<Boolean> woken = null;
        synchronized (this) {
            triggers--;
            if (triggers == 0) {
                woken = waiting;
                waiting = null;
            }
        }
        end(woken, false);
    }

    private static void end(@Nullable MonoSink<Boolean> sink, boolean fired) {
        if (sink == null) {
            return;
        }
        if (fired) {
            sink.success(true);
        } else {
            sink.success();
        }
    }
}
