package io.bspump.postgresql;

import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.RowMetadata;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The rows of a cursor that is open in a session's transaction, fetched in pages. A page has as many rows as are wanted at once,
 * or fewer if these would take much memory.
 *
 * <p>Each page is taken from the driver without a bound, so that the driver has nothing to hold back: when it is asked for
 * more by another thread while messages come, it may emit two of them in the wrong order.
 */
final class Cursor {

    static final String NAME = "bspump_rows";

    /** How many pages are asked for before those before them are wanted. */
    private static final int AHEAD = 2;

    /** Rows of each page that is asked for before the size of rows is known. */
    private static final int FIRST = 50;

    /** Bytes of a page, about. */
    private static final long PAGE = 4 * 1024 * 1024;

    private final PostgresqlConnection session;
    private final int fetchSize;
    private final Reader reader;

    // Pages come one after the other, on the driver's thread.
    private long rows;
    private long bytes;

    // Written there.
    private volatile long bytesOfRow;
    private volatile boolean ended;

    /** What makes something of a row. */
    @FunctionalInterface
    interface Reader {
        /** Returns null for a row that is left out. */
        @Nullable
        SourceRow read(Readable row, RowMetadata metadata);
    }

    Cursor(PostgresqlConnection session, int fetchSize, Reader reader) {
        this.session = session;
        this.fetchSize = fetchSize;
        this.reader = reader;
    }

    /** Fetches all rows, for one subscriber, up to two pages ahead of what is asked for. */
    Flux<List<SourceRow>> pages() {
        return Flux.<Mono<Page>>generate(next -> {
                    if (ended) {
                        next.complete();
                    } else {
                        next.next(Mono.defer(this::fetch));
                    }
                })
                // The server begins with a page when it has sent the one before, since it has been asked for both.
                .flatMapSequentialDelayError(page -> page, AHEAD, 1)
                .map(Page::finish);
    }

    private Mono<Page> fetch() {
        Page page = new Page(size());
        return session.createStatement("FETCH " + page.wanted + " FROM " + NAME)
                .execute()
                .concatMap(result -> read(result, page))
                .then(Mono.fromSupplier(() -> {
                    rows += page.fetched;
                    bytes += page.bytes;
                    bytesOfRow = bytes / Math.max(1, rows);
                    ended |= page.isLast();
                    return page;
                }))
                // The page behind one that has failed fails as well, which says nothing.
                .onErrorResume(error -> ended ? Mono.empty() : fail(error));
    }

    private Mono<Page> fail(Throwable error) {
        ended = true;
        return Mono.error(error);
    }

    private int size() {
        long known = bytesOfRow;
        return (int) Math.min(fetchSize, known == 0 ? FIRST : Math.max(1, PAGE / known));
    }

    private Flux<Boolean> read(PostgresqlResult result, Page page) {
        return result.map((row, metadata) -> {
            page.fetched++;
            SourceRow read = reader.read(row, metadata);
            if (read != null) {
                page.bytes += read.bytes();
                page.rows.add(read);
            }
            return true;
        });
    }

    /** What came at once. */
    private static final class Page {

        private final int wanted;
        private final List<SourceRow> rows;
        private int fetched;
        private long bytes;

        Page(int wanted) {
            this.wanted = wanted;
            this.rows = new ArrayList<>(wanted);
        }

        boolean isLast() {
            return fetched < wanted;
        }

        List<SourceRow> finish() {
            for (int i = 0; i < rows.size() - 1; i++) {
                rows.get(i).follow();
            }
            return rows;
        }
    }
}
