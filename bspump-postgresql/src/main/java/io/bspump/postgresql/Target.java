package io.bspump.postgresql;

import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What the section of a sink says about where events go, and what the server says about that. Any thread. */
final class Target {

    static final String TABLE = "table";
    static final String COLUMNS = "columns";
    static final String MODE = "mode";
    static final String CONFLICT_KEYS = "conflict_keys";
    static final String STATEMENT = "statement";

    private final Config config;
    private final String mode;
    /** The places of the keys among the columns. */
    private final List<Integer> conflictKeys;

    private final @Nullable Writing statement;
    private final Catalogue catalogue;
    private volatile @Nullable Known known;

    /** How it is written over a link; another link may lead to another server. */
    private record Known(long link, Writing writing) {}

    Target(Config config) {
        this.config = config;
        this.mode = config.get(MODE);
        List<ConfigProblem> problems = new ArrayList<>();
        Map<String, String> keys = keys(config.getList(COLUMNS, List.of()), problems);
        List<String> columns = List.copyOf(keys.keySet());
        this.conflictKeys = config.getList(CONFLICT_KEYS, List.of()).stream()
                .map(columns::indexOf)
                .toList();
        this.statement = config.contains(STATEMENT) ? statement(problems) : null;
        checkTable(keys, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        this.catalogue = new Catalogue(config.get(TABLE, ""), keys);
    }

    private Map<String, String> keys(List<String> columns, List<ConfigProblem> problems) {
        Map<String, String> keys = new LinkedHashMap<>();
        for (String each : columns) {
            int equals = each.indexOf('=');
            String name = equals < 0 ? each : each.substring(0, equals).strip();
            String key = equals < 0 ? each : each.substring(equals + 1).strip();
            if (name.isEmpty() || key.isEmpty() || keys.put(name, key) != null) {
                problems.add(config.problem(COLUMNS, "must be COLUMN or COLUMN=KEY each, once, was '" + each + "'"));
            }
        }
        return keys;
    }

    private @Nullable Writing statement(List<ConfigProblem> problems) {
        if (config.contains(TABLE) || config.contains(COLUMNS)) {
            problems.add(config.problem(STATEMENT, "must not be given together with table and columns"));
        }
        try {
            return new StatementWriting(NamedStatement.parse(config.get(STATEMENT)));
        } catch (IllegalArgumentException e) {
            problems.add(config.problem(STATEMENT, "must be a statement with parameters :name: " + e.getMessage()));
            return null;
        }
    }

    private void checkTable(Map<String, String> keys, List<ConfigProblem> problems) {
        if (config.contains(STATEMENT)) {
            return;
        }
        if (!config.contains(TABLE)) {
            problems.add(config.problem(TABLE, "is required, or a statement"));
        }
        if (keys.isEmpty()) {
            problems.add(config.problem(COLUMNS, "is required, with at least one column"));
        }
        if (mode.equals("upsert") == conflictKeys.isEmpty()) {
            problems.add(config.problem(CONFLICT_KEYS, "is required for mode = upsert, and for that alone"));
        }
        for (String key : config.getList(CONFLICT_KEYS, List.of())) {
            if (!keys.containsKey(key)) {
                problems.add(config.problem(CONFLICT_KEYS, "must be among the columns, was '" + key + "'"));
            }
        }
    }

    /** How events are written over a link. */
    Mono<Writing> writing(long link, PostgresqlConnection session) {
        Known last = known;
        return last != null && last.link() == link ? Mono.just(last.writing()) : anew(link, session);
    }

    /** The same, from what the server says now. */
    Mono<Writing> anew(long link, PostgresqlConnection session) {
        return statement != null
                ? Mono.just(statement)
                : catalogue.read(session).map(this::of).doOnNext(read -> known = new Known(link, read));
    }

    private Writing of(Table table) {
        return mode.equals("copy") ? new CopyWriting(table) : new InsertWriting(table, conflictKeys);
    }
}
