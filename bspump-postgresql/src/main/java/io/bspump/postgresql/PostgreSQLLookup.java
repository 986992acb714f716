package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.ConnectionReference;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.json.JsonDocument;
import io.bspump.lookup.AsyncLookup;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.spi.Parameters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Finds rows of a table by a key, as maps of what PostgreSQL makes of a row as JSON. Keys that are asked for at about the same time
 * go into one query. Answers are remembered as in every {@link AsyncLookup}. While the connection is down, questions wait until
 * their {@code timeout}.
 */
public final class PostgreSQLLookup extends AsyncLookup<Object, Map<String, Object>> {

    private static final String CONNECTION = "connection";
    private static final String KEY = "key";

    public static final Options OPTIONS = Options.of(
            Option.string(CONNECTION).required().doc("The id of the connection."),
            Option.string(Target.TABLE)
                    .alias("from")
                    .required()
                    .doc("The table, or a view, to look up in; also SCHEMA.TABLE."),
            Option.string(KEY).required().doc("The column that is compared; it should have a unique index."),
            Option.list(Target.COLUMNS).doc("The columns to give; without it all."),
            Option.integer("batch_size")
                    .between(1, 100_000)
                    .defaultTo(1000)
                    .doc("How many keys one query asks for at the most."),
            Option.integer("concurrency")
                    .between(1, 1000)
                    .defaultTo(2)
                    .doc("How many queries may be under way at a time."));

    private final String key;
    private final List<String> columns;
    private final Catalogue catalogue;
    private final int batchSize;
    private final int concurrency;
    private final ConcurrentLinkedQueue<LookupQuestion> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile @Nullable Known known;

    private record Known(long link, Table table) {}

    /** Makes a lookup that is configured by {@code [lookup:ID]} alone. */
    public PostgreSQLLookup(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a lookup.
     *
     * @param config values that the file may override
     */
    public PostgreSQLLookup(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        this.key = config().get(KEY);
        this.columns = config().getList(Target.COLUMNS, List.of());
        this.batchSize = config().getInt("batch_size");
        this.concurrency = config().getInt("concurrency");
        Map<String, String> names = new LinkedHashMap<>();
        names.put(key, key);
        columns.forEach(column -> names.put(column, column));
        this.catalogue = new Catalogue(config().get(Target.TABLE), names);
    }

    /** Makes sure that there is the connection. */
    @Override
    protected Mono<Void> load() {
        return Mono.fromRunnable(() -> attach().close());
    }

    private ConnectionReference<PostgreSQLConnection> attach() {
        try {
            return app().pumpService().attach(config().get(CONNECTION), PostgreSQLConnection.class, toString());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(List.of(config().problem(CONNECTION, String.valueOf(e.getMessage()))));
        }
    }

    @Override
    protected Mono<Map<String, Object>> find(Object wanted) {
        return Mono.create(asker -> {
            LookupQuestion question = new LookupQuestion(wanted, asker);
            asker.onCancel(() -> waiting.remove(question));
            waiting.add(question);
            ask();
        });
    }

    /** Sends a query, unless enough are under way; those who ask meanwhile come with one of the next. */
    private void ask() {
        int now = underWay.get();
        while (now < concurrency && !waiting.isEmpty()) {
            if (underWay.compareAndSet(now, now + 1)) {
                // Not at once: others who ask in the same turn of a lane come along.
                app().blocking().schedule(this::send);
                return;
            }
            now = underWay.get();
        }
    }

    private void send() {
        List<LookupQuestion> questions = new ArrayList<>();
        LookupQuestion next;
        while (questions.size() < batchSize && (next = waiting.poll()) != null) {
            questions.add(next);
        }
        Mono<Void> work = questions.isEmpty()
                ? Mono.empty()
                : Mono.using(
                        this::attach,
                        reference -> reference.use(
                                present -> present.use(session -> answer(present.link(), session, questions))
                                        .then()),
                        ConnectionReference::close);
        work.doFinally(how -> {
                    underWay.decrementAndGet();
                    ask();
                })
                .subscribe(
                        nothing -> {},
                        error -> questions.forEach(each -> each.asker().error(PostgreSQLException.of(error))));
    }

    /** What the server says of the table, asked for once for each link and after each error. */
    private Mono<Table> table(long link, PostgresqlConnection session) {
        Known last = known;
        return last != null && last.link() == link
                ? Mono.just(last.table())
                : catalogue.read(session).doOnNext(read -> known = new Known(link, read));
    }

    private Mono<Void> answer(long link, PostgresqlConnection session, List<LookupQuestion> questions) {
        return table(link, session).flatMap(table -> {
            Column column = table.columns().get(0);
            Map<Long, LookupQuestion> asked = new HashMap<>();
            String keys = keys(questions, column, asked);
            return session.createStatement(sql(table, column))
                    .bind(0, Parameters.in(PostgresqlObjectId.UNSPECIFIED, keys))
                    .execute()
                    .flatMap(result -> result.map((row, metadata) -> Map.entry(
                            Long.valueOf(String.valueOf(row.get(0, Long.class))),
                            String.valueOf(row.get(1, String.class)))))
                    .collectList()
                    // Many answers at once may have to wait for the memory of answers, and the driver's thread must
                    // not.
                    .publishOn(app().blocking())
                    .doOnNext(rows -> {
                        rows.forEach(row -> found(asked.remove(row.getKey()), row.getValue()));
                        asked.values().forEach(each -> each.asker().success());
                    })
                    .then()
                    .doOnError(e -> known = null);
        });
    }

    /** The keys as an array; who asks for what cannot be a key is told so. */
    private static String keys(List<LookupQuestion> questions, Column column, Map<Long, LookupQuestion> asked) {
        StringBuilder keys = new StringBuilder("{");
        for (LookupQuestion question : questions) {
            try {
                String text = column.text(question.key());
                ArrayText.next(keys);
                ArrayText.append(keys, text);
                asked.put(asked.size() + 1L, question);
            } catch (IllegalArgumentException e) {
                question.asker().error(e);
            }
        }
        return keys.append('}').toString();
    }

    private String sql(Table table, Column column) {
        String chosen = columns.isEmpty()
                ? "t"
                : table.columns().stream()
                        .skip(columns.contains(key) ? 0 : 1)
                        .map(each -> "t." + each.quoted())
                        .collect(Collectors.joining(", ", "(SELECT r FROM (SELECT ", ") AS r)"));
        return "SELECT k.i, to_jsonb(" + chosen + ")::text FROM unnest($1::" + column.type()
                + "[]) WITH ORDINALITY AS k(key, i) JOIN " + table.name() + " AS t ON t." + column.quoted()
                + " = k.key";
    }

    /** Of several rows with one key the first one counts. */
    @SuppressWarnings("unchecked") // a row is an object
    private static void found(@Nullable LookupQuestion question, String row) {
        if (question != null) {
            Object read = JsonDocument.read("the row", row.getBytes(StandardCharsets.UTF_8))
                    .get(0);
            question.asker().success((Map<String, Object>) Objects.requireNonNull(read));
        }
    }
}
