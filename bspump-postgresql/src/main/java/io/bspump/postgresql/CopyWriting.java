package io.bspump.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.nio.charset.StandardCharsets;
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
    public Mono<Void> write(PostgresqlConnection session, List<Row> rows) {
        Flux<Mono<ByteBuf>> chunks = Flux.<Mono<ByteBuf>, Integer>generate(() -> 0, (from, sink) -> {
            if (from == rows.size()) {
                sink.complete();
                return from;
            }
            StringBuilder text = new StringBuilder(CHUNK + CHUNK / 8);
            int at = from;
            while (at < rows.size() && text.length() < CHUNK) {
                append(text, rows.get(at++));
            }
            sink.next(Mono.just(Unpooled.wrappedBuffer(text.toString().getBytes(StandardCharsets.UTF_8))));
            return at;
        });
        return session.copyIn(sql).fromMany(chunks).build().then();
    }

    private static void append(StringBuilder text, Row row) {
        for (int i = 0; i < row.size(); i++) {
            if (i > 0) {
                text.append('\t');
            }
            String value = row.text(i);
            if (value == null) {
                text.append("\\N");
            } else {
                escape(text, value);
            }
        }
        text.append('\n');
    }

    private static void escape(StringBuilder text, String value) {
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            char escaped =
                    switch (value.charAt(i)) {
                        case '\\' -> '\\';
                        case '\t' -> 't';
                        case '\n' -> 'n';
                        case '\r' -> 'r';
                        default -> 0;
                    };
            if (escaped != 0) {
                text.append(value, from, i).append('\\').append(escaped);
                from = i + 1;
            }
        }
        text.append(value, from, value.length());
    }
}
