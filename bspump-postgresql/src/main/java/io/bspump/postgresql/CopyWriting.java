package io.bspump.postgresql;

import io.netty.buffer.ByteBuf;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Writes rows with COPY in its text format, the fastest way for what is only added. */
final class CopyWriting implements Writing {

    /** The bytes of one message. */
    private static final int CHUNK = 64 * 1024;

    private final List<Column> columns;
    private final String sql;

    CopyWriting(Table table) {
        this.columns = table.columns();
        String names = columns.stream().map(Column::quoted).collect(Collectors.joining(", "));
        this.sql = "COPY " + table.name() + " (" + names + ") FROM STDIN";
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public boolean isOneStatement() {
        return true;
    }

    /** A publisher of buffers would be gathered before the first byte is sent; publishers of one buffer each are not. */
    @Override
    public Mono<Void> write(PostgresqlConnection session, Iterable<Row> rows) {
        Flux<Mono<ByteBuf>> chunks = Flux.<Mono<ByteBuf>, Iterator<Row>>generate(rows::iterator, (rest, sink) -> {
            CopyText text = new CopyText(CHUNK + CHUNK / 8);
            while (text.length() < CHUNK && rest.hasNext()) {
                text.append(rest.next());
            }
            if (text.length() > 0) {
                sink.next(Mono.just(text.buffer()));
            } else {
                sink.complete();
            }
            return rest;
        });
        return session.copyIn(sql).fromMany(chunks).build().then();
    }
}
