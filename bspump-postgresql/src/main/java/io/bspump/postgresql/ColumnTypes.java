package io.bspump.postgresql;

import io.bspump.json.JsonDocument;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Row;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * What becomes of the types of columns, by their numbers: those that every server has, and those of a database that somebody
 * has told of. Enums, intervals, ranges, geometry, network addresses and whatever is unknown stay text. Not thread-safe.
 */
final class ColumnTypes {

    private static final int JSON = 114;
    private static final int JSONB = 3802;

    /** Domains first, since arrays may be of them; tables have array types, too, which are left out. */
    private static final String OWN_TYPES =
            """
            SELECT t.oid::bigint AS type,
                   CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END::bigint AS base,
                   t.typtype <> 'd' AS is_array
            FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem
            WHERE t.oid >= 16384 AND (t.typtype = 'd' OR t.typcategory = 'A' AND e.typtype <> 'c')
            ORDER BY t.typtype = 'd' DESC, t.oid""";

    private static final Map<Integer, ValueDecoder> BUILT_IN = builtIn();

    /** Those that a domain may stand for, and that are no text. */
    private static final Map<String, ValueDecoder> NAMES = names();

    private final Map<Integer, ValueDecoder> own = new HashMap<>();

    private static Map<Integer, ValueDecoder> builtIn() {
        Map<Integer, ValueDecoder> all = new HashMap<>();
        add(all, 16, 1000, text -> text.equals("t"));
        add(all, 17, 1001, Bytea::decode);
        add(all, 21, 1005, Integer::valueOf);
        add(all, 23, 1007, Integer::valueOf);
        add(all, 20, 1016, Long::valueOf);
        add(all, 26, 1028, Long::valueOf);
        add(all, 700, 1021, Float::valueOf);
        add(all, 701, 1022, Double::valueOf);
        add(all, 1700, 1231, BigDecimal::new);
        add(all, 1082, 1182, TimeText::date);
        add(all, 1083, 1183, TimeText::time);
        add(all, 1266, 1270, TimeText::offsetTime);
        add(all, 1114, 1115, TimeText::timestamp);
        add(all, 1184, 1185, TimeText::instant);
        add(all, 2950, 2951, UUID::fromString);
        add(all, JSON, 199, JsonDocument::parse);
        add(all, JSONB, 3807, JsonDocument::parse);
        texts(all);
        return Map.copyOf(all);
    }

    /** Those whose arrays have to be known as such. */
    private static void texts(Map<Integer, ValueDecoder> all) {
        int[][] typesAndArrays = {
            {25, 1009}, {1043, 1015}, {1042, 1014}, {19, 1003}, {18, 1002}, {142, 143}, {1186, 1187}, {790, 791},
            {869, 1041}, {650, 651}, {829, 1040}, {774, 775}, {1560, 1561}, {1562, 1563}, {3904, 3905}, {3906, 3907},
            {3908, 3909}, {3910, 3911}, {3912, 3913}, {3926, 3927}, {600, 1017}, {601, 1018}, {602, 1019}, {604, 1027},
            {628, 629}, {718, 719}, {3614, 3643}, {3615, 3645}, {4072, 4073}, {3220, 3221}
        };
        for (int[] each : typesAndArrays) {
            add(all, each[0], each[1], ValueDecoder.TEXT);
        }
        all.put(1020, arrayOf(ValueDecoder.TEXT, ';')); // boxes have commas in themselves
    }

    private static Map<String, ValueDecoder> names() {
        Map<String, Integer> numbers = Map.ofEntries(
                Map.entry("bool", 16),
                Map.entry("bytea", 17),
                Map.entry("int2", 21),
                Map.entry("int4", 23),
                Map.entry("int8", 20),
                Map.entry("oid", 26),
                Map.entry("float4", 700),
                Map.entry("float8", 701),
                Map.entry("numeric", 1700),
                Map.entry("date", 1082),
                Map.entry("time", 1083),
                Map.entry("timetz", 1266),
                Map.entry("timestamp", 1114),
                Map.entry("timestamptz", 1184),
                Map.entry("uuid", 2950),
                Map.entry("json", JSON),
                Map.entry("jsonb", JSONB));
        Map<String, ValueDecoder> all = new HashMap<>();
        numbers.forEach((name, number) -> {
            ValueDecoder decoder = BUILT_IN.getOrDefault(number, ValueDecoder.TEXT);
            all.put(name, decoder);
            all.put("_" + name, arrayOf(decoder, ','));
        });
        return Map.copyOf(all);
    }

    private static void add(Map<Integer, ValueDecoder> all, int type, int array, ValueDecoder decoder) {
        all.put(type, decoder);
        all.put(array, arrayOf(decoder, ','));
    }

    /** Lists, which may hold lists and nulls. */
    static ValueDecoder arrayOf(ValueDecoder element, char delimiter) {
        return text -> new ArrayReader(text, element, delimiter).read();
    }

    /** Returns how values of a type are decoded. */
    ValueDecoder of(int type) {
        ValueDecoder known = BUILT_IN.get(type);
        return known != null ? known : own.getOrDefault(type, ValueDecoder.TEXT);
    }

    /** Tells of a type that stands for another, or of arrays of it. */
    void add(int type, int base, boolean isArray) {
        ValueDecoder decoder = of(base);
        own.put(type, isArray ? arrayOf(decoder, ',') : decoder);
    }

    /** Asks the server for the domains of its database, and for arrays of domains, enums and other types of its own. */
    Mono<Void> load(PostgresqlConnection session) {
        return session.createStatement(OWN_TYPES)
                .execute()
                .flatMap(result -> result.map((row, metadata) -> {
                    int base = number(row, "base");
                    add(number(row, "type"), base, Boolean.TRUE.equals(row.get("is_array", Boolean.class)));
                    return base;
                }))
                .then();
    }

    private static int number(Row row, String name) {
        return Objects.requireNonNull(row.get(name, Long.class)).intValue();
    }

    /**
     * Tells of a type of the database by the name that a replication stream gives: of a domain that of the type behind it, of
     * an array one that begins with an underscore.
     */
    void addNamed(int type, String name) {
        ValueDecoder base = NAMES.get(name);
        if (base != null) {
            own.put(type, base);
        } else if (name.startsWith("_")) {
            own.put(type, arrayOf(ValueDecoder.TEXT, ','));
        }
    }
}
