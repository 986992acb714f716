package io.bspump;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Waits for a Mono, whose end on any thread comes back as a message on the lane. */
final class LaneCall<T> implements CoreSubscriber<T>, Runnable {

    private final Lane lane;
    private final BiConsumer<? super @Nullable T, ? super @Nullable Throwable> ended;

    // Written by the publisher, read on the lane after the message that says it has ended.
    private @Nullable T result;
    private @Nullable Throwable error;

    private volatile @Nullable Subscription subscription;

    private LaneCall(Lane lane, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> ended) {
        this.lane = lane;
        this.ended = ended;
    }

    /**
     * Begins.
     *
     * @param ended takes the result, or the error, on the lane
     */
    static <T> LaneCall<T> begin(
            Lane lane, Mono<? extends T> work, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> ended) {
        LaneCall<T> call = new LaneCall<>(lane, ended);
        work.subscribe(call);
        return call;
    }

    @Override
    public void onSubscribe(Subscription s) {
        subscription = s;
        s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(T value) {
        result = value;
    }

    @Override
    public void onError(Throwable t) {
        error = t;
        lane.execute(this);
    }

    @Override
    public void onComplete() {
        lane.execute(this);
    }

    @Override
    public void run() {
        ended.accept(result, error);
    }

    void cancel() {
        Subscription s = subscription;
        if (s != null) {
            s.cancel();
        }
    }
}
