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

    /** Rows of the first page, by which the sizes of others are told. */
    private static final int FIRST = 100;

    /** Bytes of a page, about. */
    private static final long PAGE = 4 * 1024 * 1024;

    private final PostgresqlConnection session;
    private final int fetchSize;
    private final Reader reader;

    // One page at a time.
    private long rows;
    private long bytes;

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

    /** Fetches all rows, for one subscriber; a page is fetched when it is asked for. */
    Flux<List<SourceRow>> pages() {
        return Mono.defer(this::fetch).repeat().takeUntil(Page::isLast).map(Page::finish);
    }

    private Mono<Page> fetch() {
        Page page = new Page(size());
        return session.createStatement("FETCH " + page.wanted + " FROM " + NAME)
                .execute()
                .concatMap(result -> read(result, page))
                .then(Mono.fromSupplier(() -> {
                    rows += page.fetched;
                    return page;
                }));
    }

    private int size() {
        return (int) Math.min(fetchSize, rows == 0 ? FIRST : Math.max(1, PAGE / Math.max(1, bytes / rows)));
    }

    private Flux<Boolean> read(PostgresqlResult result, Page page) {
        return result.map((row, metadata) -> {
            page.fetched++;
            SourceRow read = reader.read(row, metadata);
            if (read != null) {
                bytes += read.bytes();
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
