package io.bspump.test;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Sink;
import io.bspump.Stage;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** Stands in for a sink: records what it confirms, which is at once unless it is told otherwise. */
final class RecordingSink extends Sink<Object> {

    private final Consumer<Output> outputs;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Deque<Held> held = new ConcurrentLinkedDeque<>();
    private volatile boolean holding;

    private record Held(Output output, MonoSink<Void> confirmation) {}

    RecordingSink(Application app, Stage<?, ?> replaced, Consumer<Output> outputs) {
        super(app, replaced.pipeline(), replaced.id(), Map.of());
        this.outputs = outputs;
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        Throwable failure = failures.poll();
        if (failure != null) {
            return Mono.error(failure);
        }
        Output output = new Output(address(), event, context.asMap());
        if (!holding) {
            outputs.accept(output);
            return Mono.empty();
        }
        return Mono.create(confirmation -> {
            Held waiting = new Held(output, confirmation);
            held.add(waiting);
            confirmation.onCancel(() -> held.remove(waiting));
        });
    }

    void failNext(Throwable error) {
        failures.add(error);
    }

    void hold() {
        holding = true;
    }

    /** Confirms the first that is held; returns whether there was one. */
    boolean confirm() {
        return confirm(held.pollFirst());
    }

    /** Confirms the last that is held; returns whether there was one. */
    boolean confirmLast() {
        return confirm(held.pollLast());
    }

    private boolean confirm(@Nullable Held one) {
        if (one == null) {
            return false;
        }
        outputs.accept(one.output);
        one.confirmation.success();
        return true;
    }

    /** Fails the first that is held; returns whether there was one. */
    boolean reject(Throwable error) {
        Held first = held.poll();
        if (first == null) {
            return false;
        }
        first.confirmation.error(error);
        return true;
    }

    /** Holds no more and confirms all that are held. */
    void release() {
        holding = false;
        boolean more;
        do {
            more = confirm();
        } while (more);
    }

    List<Output> held() {
        return held.stream().map(Held::output).toList();
    }
}
