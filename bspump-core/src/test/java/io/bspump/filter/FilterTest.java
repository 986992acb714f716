package io.bspump.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import io.bspump.json.JsonDocument;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {

    @TempDir
    Path directory;

    private TestApp app;
    private Pipeline pipeline;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        pipeline = app.pipeline("P");
    }

    @AfterEach
    void close() {
        app.close();
    }

    private ContentFilter filter(String query) {
        return new ContentFilter(app, pipeline, "C", Map.of("query", query));
    }

    private static Object json(String text) {
        return JsonDocument.read("the text", text.getBytes(StandardCharsets.UTF_8))
                .get(0);
    }

    private boolean hits(String query, String event) {
        return filter(query).process(new Context(), json(event)) != null;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"a": 1}                            | {"a": 1, "b": 2}          | true
                    {"a": 1}                            | {"a": 2}                  | false
                    {"a": 1}                            | {}                        | false
                    {"a": 1}                            | {"a": 1.0}                | true
                    {"a": 1}                            | {"a": "1"}                | false
                    {"a": 1, "b": 2}                    | {"a": 1, "b": 2}          | true
                    {"a": 1, "b": 2}                    | {"a": 1, "b": 3}          | false
                    {}                                  | {"a": 1}                  | true
                    {"a": null}                         | {}                        | true
                    {"a": null}                         | {"a": null}               | true
                    {"a": null}                         | {"a": 0}                  | false
                    {"a": {"b": 1}}                     | {"a": {"b": 1}}           | true
                    {"a": {"b": 1}}                     | {"a": {"b": 1, "c": 2}}   | false
                    {"a.b": 1}                          | {"a": {"b": 1}}           | true
                    {"a.b": 1}                          | {"a.b": 1}                | true
                    {"a.b": 1}                          | {"a": 1}                  | false
                    {"a.b.c": 1}                        | {"a": {"b": null}}        | false
                    {"a": [1, 2]}                       | {"a": [1, 2]}             | true
                    {"a": 2}                            | {"a": [1, 2]}             | true
                    {"a": {"$eq": 1}}                   | {"a": 1}                  | true
                    {"a": {"$ne": 1}}                   | {"a": 1}                  | false
                    {"a": {"$ne": 1}}                   | {"a": 2}                  | true
                    {"a": {"$ne": 1}}                   | {}                        | true
                    {"a": {"$ne": 1}}                   | {"a": [1, 2]}             | false
                    {"a": {"$gt": 5}}                   | {"a": 5}                  | false
                    {"a": {"$gt": 5}}                   | {"a": 5.5}                | true
                    {"a": {"$gt": 5}}                   | {"a": "6"}                | false
                    {"a": {"$gt": 5}}                   | {}                        | false
                    {"a": {"$gte": 5}}                  | {"a": 5}                  | true
                    {"a": {"$lt": 5}}                   | {"a": 5}                  | false
                    {"a": {"$lt": 5}}                   | {"a": 4.999}              | true
                    {"a": {"$lte": 5}}                  | {"a": 5.0}                | true
                    {"a": {"$gt": 1, "$lt": 3}}         | {"a": 2}                  | true
                    {"a": {"$gt": 1, "$lt": 3}}         | {"a": 3}                  | false
                    {"a": {"$gt": "b"}}                 | {"a": "c"}                | true
                    {"a": {"$gt": "b"}}                 | {"a": "a"}                | false
                    {"a": {"$lt": 9007199254740993}}    | {"a": 9007199254740992}   | true
                    {"a": {"$lt": 9007199254740993}}    | {"a": 9007199254740992.0} | true
                    {"a": {"$gt": 1e400}}               | {"a": 99999999999999999999999} | false
                    {"a": 99999999999999999999999}      | {"a": 99999999999999999999999} | true
                    {"a": {"$in": [1, "x"]}}            | {"a": "x"}                | true
                    {"a": {"$in": [1, "x"]}}            | {"a": 1.0}                | true
                    {"a": {"$in": []}}                  | {"a": 1}                  | false
                    {"a": {"$in": [1]}}                 | {"a": [3, 1]}             | true
                    {"a": {"$nin": [1]}}                | {"a": 1}                  | false
                    {"a": {"$nin": [1]}}                | {}                        | true
                    {"a": {"$exists": true}}            | {"a": 0}                  | true
                    {"a": {"$exists": true}}            | {}                        | false
                    {"a": {"$exists": false}}           | {}                        | true
                    {"a": {"$exists": false}}           | {"a": []}                 | false
                    {"a": {"$regex": "b+"}}             | {"a": "abbc"}             | true
                    {"a": {"$regex": "^b+"}}            | {"a": "abbc"}             | false
                    {"a": {"$regex": "B", "$options": "i"}} | {"a": "abbc"}         | true
                    {"a": {"$regex": "b"}}              | {"a": 7}                  | false
                    {"a": {"$not": {"$gt": 5}}}         | {"a": 5}                  | true
                    {"a": {"$not": {"$gt": 5}}}         | {}                        | true
                    {"a": {"$not": {"$gt": 5}}}         | {"a": 6}                  | false
                    {"$and": [{"a": 1}, {"b": 2}]}      | {"a": 1, "b": 2}          | true
                    {"$and": [{"a": 1}, {"b": 2}]}      | {"a": 1}                  | false
                    {"$or": [{"a": 1}, {"b": 2}]}       | {"b": 2}                  | true
                    {"$or": [{"a": 1}, {"b": 2}]}       | {"b": 1}                  | false
                    {"$nor": [{"a": 1}, {"b": 2}]}      | {"b": 1}                  | true
                    {"$not": {"a": 1}}                  | {"a": 1}                  | false
                    {"$or": [{"$and": [{"a": 1}, {"b": {"$gt": 0}}]}, {"c": 1}], "d": 1} | {"a": 1, "b": 1, "d": 1} | true
                    """)
    void aQueryFitsOrNot(String query, String event, boolean fits) {
        assertThat(hits(query, event)).isEqualTo(fits);
    }

    @Test
    void numbersOfAnyTypeAreComparedByValue() {
        ContentFilter filter = new ContentFilter(app, pipeline, Map.of("a", 5L));
        for (Number five :
                List.of(5, (short) 5, (byte) 5, 5f, 5.0, BigInteger.valueOf(5), new java.math.BigDecimal("5.00"))) {
            assertThat(filter.process(new Context(), Map.of("a", five)))
                    .as(five.getClass().getName())
                    .isNotNull();
        }
        for (Number other : List.of(
                Double.NaN, Double.POSITIVE_INFINITY, BigInteger.TWO.pow(64).add(BigInteger.valueOf(5)))) {
            assertThat(filter.process(new Context(), Map.of("a", other))).isNull();
        }
    }

    private void assertRefused(String query, String rule) {
        assertThatThrownBy(() -> filter(query))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:C] query " + rule);
    }

    @Test
    void aQueryThatIsNoneIsRefusedWithThePlace() {
        assertRefused("", "is required");
        assertRefused("{", "must be a query in JSON (the query is not JSON at line 1, column 2");
        assertRefused("[1]", "must be one JSON object, was '[1]'");
        assertRefused("{} {}", "must be one JSON object");
        assertRefused(
                "{\"a\": {\"$gth\": 1}}", "cannot be used: query.a.$gth is not known; operators are $eq, $ne, $gt,");
        assertRefused("{\"a\": {\"$gt\": [1]}}", "cannot be used: query.a.$gt must be a number or a text");
        assertRefused("{\"a\": {\"$gt\": 1, \"b\": 1}}", "cannot be used: query.a must have operators only, or none");
        assertRefused("{\"a\": {\"$in\": 1}}", "cannot be used: query.a.$in must be a list");
        assertRefused("{\"a\": {\"$exists\": 1}}", "cannot be used: query.a.$exists must be true or false");
        assertRefused(
                "{\"a\": {\"$regex\": \"(\"}}",
                "cannot be used: query.a.$regex must be a regular expression: Unclosed");
        assertRefused("{\"a\": {\"$regex\": 1}}", "cannot be used: query.a.$regex must be a text");
        assertRefused(
                "{\"a\": {\"$regex\": \"a\", \"$options\": \"q\"}}",
                "cannot be used: query.a.$regex: $options must be of i, m, s and x");
        assertRefused("{\"a\": {\"$options\": \"i\"}}", "cannot be used: query.a.$options must stand beside $regex");
        assertRefused("{\"a\": {\"$not\": 1}}", "cannot be used: query.a.$not must be an object of operators");
        assertRefused("{\"$xor\": []}", "cannot be used: query.$xor: beside fields there are $and, $or, $nor and $not");
        assertRefused("{\"$or\": []}", "cannot be used: query.$or must be a list of queries that is not empty");
        assertRefused("{\"$or\": [{}, 1]}", "cannot be used: query.$or[1] must be a query, an object");
        assertRefused(
                "{\"$or\": [{\"$and\": [{\"a.b\": {\"$lt\": null}}]}]}",
                "cannot be used: query.$or[0].$and[0].a.b.$lt must be a number or a text");
    }

    @Test
    void hitsAndMissesCanBeTreatedOtherwise() {
        ContentFilter marking = new ContentFilter(app, pipeline, Map.of("a", 1)) {
            @Override
            protected Object onHit(Context context, Map<String, @Nullable Object> event) {
                return "hit";
            }

            @Override
            protected Object onMiss(Context context, Map<String, @Nullable Object> event) {
                return "miss";
            }
        };
        assertThat(marking.process(new Context(), Map.of("a", 1))).isEqualTo("hit");
        assertThat(marking.process(new Context(), Map.of("a", 2))).isEqualTo("miss");
        assertThatThrownBy(() -> marking.process(new Context(), "a"))
                .hasMessage("the event must be a map, was a java.lang.String");
    }

    @Test
    void theConfigurationGoesAboveTheQueryInCode() {
        ContentFilter filter = new ContentFilter(app, pipeline, Map.of("a", 1), "C", Map.of("query", "{\"a\": 2}"));
        assertThat(filter.process(new Context(), Map.of("a", 1))).isNull();
        assertThat(filter.process(new Context(), Map.of("a", 2))).isNotNull();
    }

    private static Map<String, Object> event() {
        return new HashMap<>(Map.of("a", 1, "b", 2, "c", 3));
    }

    @Test
    void fieldsAreRemovedOrKept() {
        Map<String, Object> event = event();
        AttributeFilter removing = new AttributeFilter(app, pipeline, "A", Map.of("fields", "a, x"));
        assertThat(removing.process(new Context(), event)).isSameAs(event).isEqualTo(Map.of("b", 2, "c", 3));
        AttributeFilter keeping = new AttributeFilter(app, pipeline, "A", Map.of("fields", "a x", "inclusive", "yes"));
        assertThat(keeping.process(new Context(), event())).isEqualTo(Map.of("a", 1));
        assertThatThrownBy(() -> removing.process(new Context(), Map.of("a", 1, "b", 1)))
                .hasMessageStartingWith("the event must be a map that can be changed, was a java.util.");
        assertThatThrownBy(() -> keeping.process(new Context(), Map.of("a", 1, "b", 1)))
                .hasMessageStartingWith("the event must be a map that can be changed, was a java.util.");
    }

    @Test
    void fieldsCanBeChosenByTheEvent() {
        AttributeFilter filter = new AttributeFilter(app, pipeline) {
            @Override
            protected boolean predicate(Context context, Map<String, @Nullable Object> event) {
                return event.containsKey("b");
            }

            @Override
            protected Set<String> fields(Context context, Map<String, @Nullable Object> event) {
                return Set.of("c");
            }
        };
        assertThat(filter.process(new Context(), event())).isEqualTo(Map.of("a", 1, "b", 2));
        assertThat(filter.process(new Context(), new HashMap<>(Map.of("c", 1)))).isEqualTo(Map.of("c", 1));
    }

    private @Nullable Object drift(@Nullable Object time) {
        Clock clock = Clock.fixed(Instant.parse("2026-11-21T04:00:00Z"), ZoneOffset.UTC);
        TimeDriftFilter filter = new TimeDriftFilter(app, pipeline, "T", Map.of("max_time_drift", "60"), clock);
        Map<String, @Nullable Object> event = new HashMap<>();
        event.put("@timestamp", time);
        return filter.process(new Context(), event);
    }

    @Test
    void whatIsTooOldIsDropped() {
        double now = Instant.parse("2026-11-21T04:00:00Z").getEpochSecond();
        for (Object good : Arrays.<Object>asList(
                now,
                now - 60,
                now + 1e6,
                (long) now,
                "2026-11-21T03:59:00Z",
                "2026-11-21T05:00:00+01:00",
                Instant.parse("2026-11-21T03:59:00Z"))) {
            assertThat(drift(good)).as(good.toString()).isNotNull();
        }
        for (Object old : Arrays.<Object>asList(
                now - 60.5, 0, "2026-11-21T03:58:59Z", "2026-11-21T04:00:00+01:00", Instant.EPOCH)) {
            assertThat(drift(old)).as(old.toString()).isNull();
        }
        assertThat(drift(null)).isNull();
    }

    @Test
    void whatIsNoTimeIsAnErrorThatDoesNotQuoteIt() {
        assertThatThrownBy(() -> drift("now"))
                .hasMessage("field '@timestamp' must be a time such as 2026-11-21T03:00:00Z, was another text");
        assertThatThrownBy(() -> drift(true)).hasMessage("field '@timestamp' must be a time, was a java.lang.Boolean");
    }
}
