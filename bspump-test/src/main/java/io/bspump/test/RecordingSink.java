package io.bspump.test;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Sink;
import io.bspump.Stage;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A sink that remembers what comes, and confirms it at once unless it is told to hold it. {@link RunningApplication#record} makes
 * one; {@link PipelineTester} puts others in the place of a pipeline's own sinks.
 *
 * <p>Its lane writes and any thread may read and confirm. It never fails an event unless told so.
 */
public final class RecordingSink extends Sink<Object> {

    private static final int CONCURRENCY = 100_000;

    private final Consumer<Output> arrivals;
    private final Consumer<Output> outputs;
    private final List<Output> seen = new CopyOnWriteArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Deque<Held> held = new ConcurrentLinkedDeque<>();
    private volatile boolean holding;

    private record Held(Output output, MonoSink<Void> confirmation) {}

    /** Takes any number of events that are not confirmed yet. */
    public RecordingSink(Application app, Pipeline pipeline) {
        super(app, pipeline, null, Map.of("concurrency", CONCURRENCY));
        this.arrivals = seen::add;
        this.outputs = confirmed -> {};
    }

    /** Stands in for a sink and gives what it confirms to somebody else, who remembers it. */
    RecordingSink(Application app, Stage<?, ?> replaced, Consumer<Output> outputs) {
        super(app, replaced.pipeline(), replaced.id(), Map.of());
        this.arrivals = arrived -> {};
        this.outputs = outputs;
    }

    /** Everything that has come, confirmed or not, in the order of arrival. */
    public List<Output> seen() {
        return seen;
    }

    /** Everything that has come as text; bytes are taken for UTF-8. */
    public List<String> texts() {
        return seen.stream().map(Output::text).toList();
    }

    @Override
    protected Mono<Void> process(Context context, Object event) {
        Throwable failure = failures.poll();
        if (failure != null) {
            return Mono.error(failure);
        }
        Output output = new Output(address(), event, context.asMap());
        arrivals.accept(output);
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

    /** Confirms nothing from now on before it is told to. */
    public void hold() {
        holding = true;
    }

    /** Confirms the first that is held; returns whether there was one. */
    public boolean confirm() {
        return confirm(held.pollFirst());
    }

    /** Confirms those of the held that fit; returns how many they are. */
    public int confirm(Predicate<Output> which) {
        List<Held> fitting =
                held.stream().filter(each -> which.test(each.output)).toList();
        held.removeAll(fitting);
        fitting.forEach(this::confirm);
        return fitting.size();
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
    public void release() {
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
