package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/**
 * The rows of a cursor that is open in a session's transaction, fetched in pages: as many as are asked for, and never more.
 * Rows come on the driver's thread.
 *
 * <p>Each page is taken from the driver without a bound, so that the driver has nothing to hold back: when it is asked for
 * more by another thread while messages come, it may emit two of them in the wrong order.
 */
final class Cursor<T> implements Publisher<T> {

    static final String NAME = "bspump_rows";

    private final PostgresqlConnection session;
    private final int fetchSize;
    private final Reader<T> reader;

    /** What makes something of a row. */
    @FunctionalInterface
    interface Reader<T> {
        /** Returns null for a row that is left out. */
        @Nullable
        T read(Readable row, RowMetadata metadata);
    }

    Cursor(PostgresqlConnection session, int fetchSize, Reader<T> reader) {
        this.session = session;
        this.fetchSize = fetchSize;
        this.reader = reader;
    }

    @Override
    public void subscribe(Subscriber<? super T> subscriber) {
        subscriber.onSubscribe(new Fetching(subscriber));
    }

    private final class Fetching implements Subscription {

        private final Subscriber<? super T> subscriber;
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger due = new AtomicInteger();
        private final Disposable.Swap page = Disposables.swap();
        private volatile boolean fetches;

        // Only for who emits.
        private long fetched;
        private long emitted;

        Fetching(Subscriber<? super T> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            requested.accumulateAndGet(n, (before, more) -> before + more < 0 ? Long.MAX_VALUE : before + more);
            fetch();
        }

        @Override
        public void cancel() {
            page.dispose();
        }

        private void fetch() {
            if (due.getAndIncrement() != 0) {
                return;
            }
            int done = 1;
            do {
                long wanted = Math.min(requested.get(), fetchSize);
                if (!fetches && wanted > 0 && !page.isDisposed()) {
                    fetches = true;
                    fetch(wanted);
                }
                done = due.addAndGet(-done);
            } while (done != 0);
        }

        private void fetch(long wanted) {
            fetched = 0;
            emitted = 0;
            page.replace(Flux.from(session.createStatement("FETCH " + wanted + " FROM " + NAME)
                            .execute())
                    .flatMap(this::emit)
                    .subscribe(row -> {}, subscriber::onError, () -> end(wanted)));
        }

        private Publisher<Boolean> emit(PostgresqlResult result) {
            return result.map((row, metadata) -> emit(row, metadata));
        }

        private Boolean emit(Row row, RowMetadata metadata) {
            fetched++;
            T value = reader.read(row, metadata);
            if (value != null && !page.isDisposed()) {
                emitted++;
                subscriber.onNext(value);
            }
            return true;
        }

        private void end(long wanted) {
            if (requested.get() != Long.MAX_VALUE) {
                requested.addAndGet(-emitted);
            }
            if (fetched < wanted) {
                subscriber.onComplete();
            } else {
                fetches = false;
                fetch();
            }
        }
    }
}
