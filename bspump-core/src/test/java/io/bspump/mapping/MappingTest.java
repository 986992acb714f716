package io.bspump.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappingTest {

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

    /** Makes a map of keys and values in order. */
    private static Map<Object, Object> map(@Nullable Object... items) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < items.length; i += 2) {
            map.put(items[i], items[i + 1]);
        }
        return map;
    }

    private Object flatten(Object event, String... separator) {
        Map<String, ?> config = separator.length == 0 ? Map.of() : Map.of("separator", separator[0]);
        return new FlattenDictProcessor(app, pipeline, "F", config).process(new Context(), event);
    }

    @Test
    void innerMapsAreFlattened() {
        Object event = map("a", map("b", 1, "c", map("d", null)), "e", 2);
        assertThat(flatten(event)).isEqualTo(map("a.b", 1, "a.c.d", null, "e", 2));
        assertThat(flatten(event, "_")).isEqualTo(map("a_b", 1, "a_c_d", null, "e", 2));
        assertThat(((Map<?, ?>) flatten(event)).keySet().toString()).isEqualTo("[a.b, a.c.d, e]");
    }

    @Test
    void listsAndEmptyMapsStay() {
        Object list = List.of(map("x", map("y", 1)));
        assertThat(flatten(map("l", list, "m", map(), "n", map("o", map()))))
                .isEqualTo(map("l", list, "m", map(), "n.o", map()));
        assertThat(flatten(map())).isEqualTo(map());
    }

    @Test
    void aFlattenedEventIsANewOneThatCanBeChanged() {
        Map<Object, Object> event = map("a", map("b", 1));
        @SuppressWarnings("unchecked")
        Map<String, Object> flat = (Map<String, Object>) flatten(Collections.unmodifiableMap(event));
        flat.put("x", 1);
        assertThat(event).isEqualTo(map("a", map("b", 1)));
    }

    @Test
    void fieldsThatBecomeTheSameAreAnError() {
        assertThatThrownBy(() -> flatten(map("a", map("b", 1), "a.b", 2)))
                .hasMessage("two fields of the event become 'a.b'");
        assertThatThrownBy(() -> flatten(map("a.b", null, "a", map("b", 2))))
                .hasMessage("two fields of the event become 'a.b'");
        assertThatThrownBy(() -> flatten(map(null, 1))).hasMessage("a key of the event is null");
    }

    @Test
    void aBottomlessEventIsAnErrorAndNoStackOverflow() {
        Map<Object, Object> event = map();
        event.put("self", event);
        assertThatThrownBy(() -> flatten(event)).hasMessage("the event must not be deeper than 1000 maps");
    }

    @Test
    void onlyMapsAreTaken() {
        Context context = new Context();
        assertThatThrownBy(() -> flatten("x")).hasMessage("the event must be a map, was a java.lang.String");
        assertThatThrownBy(() -> new MappingKeysProcessor(app, pipeline).process(context, List.of()))
                .hasMessageStartingWith("the event must be a map, was a java.util.");
        assertThatThrownBy(() -> new MappingItemsGenerator(app, pipeline).generate(context, new byte[0]))
                .hasMessage("the event must be a map, was a byte[]");
    }

    @Test
    void keysValuesAndItemsBecomeLists() {
        Object event = map("a", 1, "b", null);
        Context context = new Context();
        assertThat(new MappingKeysProcessor(app, pipeline).process(context, event))
                .containsExactly("a", "b");
        assertThat(new MappingValuesProcessor(app, pipeline).process(context, event))
                .isEqualTo(Arrays.asList(1, null));
        assertThat(new MappingItemsProcessor(app, pipeline).process(context, event))
                .isEqualTo(List.of(List.of("a", 1), Arrays.asList("b", null)));
        assertThat(new MappingItemsProcessor(app, pipeline).process(context, map()))
                .isEmpty();
    }

    @Test
    void keysValuesAndItemsBecomeEvents() {
        Object event = map("a", 1, "b", null, "c", 3);
        Context context = new Context();
        assertThat(new MappingKeysGenerator(app, pipeline)
                        .generate(context, event)
                        .collectList()
                        .block())
                .isEqualTo(List.of("a", "b", "c"));
        assertThat(new MappingValuesGenerator(app, pipeline)
                        .generate(context, event)
                        .collectList()
                        .block())
                .isEqualTo(List.of(1, 3));
        assertThat(new MappingItemsGenerator(app, pipeline)
                        .generate(context, event)
                        .collectList()
                        .block())
                .isEqualTo(List.of(List.of("a", 1), Arrays.asList("b", null), List.of("c", 3)));
    }

    @Test
    void elementsBecomeEvents() {
        IteratorGenerator generator = new IteratorGenerator(app, pipeline);
        Context context = new Context();
        assertThat(generator
                        .generate(context, Arrays.asList(null, 1, null, null, 2, null))
                        .collectList()
                        .block())
                .isEqualTo(List.of(1, 2));
        assertThat(generator.generate(context, new ArrayList<>()).collectList().block())
                .isEmpty();
        assertThat(generator
                        .generate(context, Collections.singletonList(null))
                        .collectList()
                        .block())
                .isEmpty();
        assertThatThrownBy(() -> generator.generate(context, 7))
                .hasMessage("the event must be a list or another Iterable, was a java.lang.Integer");
    }

    private static final class Transform extends MappingTransformator {
        Transform(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Map<String, Transformation> build() {
            return Map.of(
                    "size", (key, value) -> Map.entry("bytes", Integer.parseInt(String.valueOf(value))),
                    "secret", (key, value) -> null,
                    "same", (key, value) -> Map.entry("bytes", 0));
        }
    }

    @Test
    void aMapIsRebuiltFieldByField() throws Exception {
        Transform transform = new Transform(app, pipeline);
        assertThat(transform.process(new Context(), map("size", "12", "secret", "x", "other", null)))
                .isEqualTo(map("bytes", 12, "other", null));
        assertThatThrownBy(() -> transform.process(new Context(), map("size", "12", "same", 1)))
                .hasMessage("two fields of the event become 'bytes'");
        assertThatThrownBy(() -> transform.process(new Context(), map("size", "x")))
                .isInstanceOf(NumberFormatException.class);
    }

    @Test
    void otherFieldsCanBeTransformedToo() throws Exception {
        MappingTransformator dropping = new MappingTransformator(app, pipeline, "T", Map.of()) {
            @Override
            protected Map<String, Transformation> build() {
                return Map.of("keep", Map::entry);
            }

            @Override
            protected @Nullable Entry<String, Object> other(String key, @Nullable Object value) {
                return null;
            }
        };
        assertThat(dropping.process(new Context(), map("keep", 1, "go", 2))).isEqualTo(map("keep", 1));
    }

    private Object rename(String fields, Object event) {
        return new RenameFields(app, pipeline, "R", Map.of("fields", fields)).process(new Context(), event);
    }

    @Test
    void fieldsAreRenamedInPlace() {
        Map<Object, Object> event = map("a", 1, "b", null, "c", 3);
        assertThat(rename("a->x, b->y, missing->z", event)).isSameAs(event).isEqualTo(map("x", 1, "y", null, "c", 3));
        assertThat(rename("a->x, b->y, missing->z", event)).isEqualTo(map("x", 1, "y", null, "c", 3));
        assertThat(rename("\n  remote addr -> client\n  c -> d", map("remote addr", 1, "c", 2)))
                .isEqualTo(map("client", 1, "d", 2));
    }

    @Test
    void aFieldIsNotOverwrittenByARenamedOne() {
        assertThatThrownBy(() -> rename("a->b", map("a", 1, "b", null)))
                .hasMessage("field 'a' cannot become 'b', the event has that field too");
        assertThatThrownBy(() -> rename("a->b", Map.of("a", 1)))
                .hasMessageStartingWith("the event must be a map that can be changed, was a java.util.");
    }

    @Test
    void namesThatContradictEachOtherAreRefused() {
        assertRenameRefused("a", "must be a list of old->new, was 'a'");
        assertRenameRefused("->a", "must be a list of old->new, was '->a'");
        assertRenameRefused("a->b, a->c", "must rename a field once, 'a' is renamed twice, was");
        assertRenameRefused("a->c, b->c", "must give each new name once and to no old one, not so 'c', was");
        assertRenameRefused("a->b, b->a", "must give each new name once and to no old one, not so 'b', was");
        assertRenameRefused("a->a", "must give each new name once and to no old one, not so 'a', was");
    }

    private void assertRenameRefused(String fields, String rule) {
        assertThatThrownBy(() -> rename(fields, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[pipeline:P:R] fields " + rule);
    }

    private Object normalize(String zone, Object time) {
        Map<String, Object> event = new HashMap<>(Map.of("@timestamp", time));
        new TimeZoneNormalizer(app, pipeline, "Z", Map.of("timezone", zone)).process(new Context(), event);
        return event.get("@timestamp");
    }

    @Test
    void localTimesBecomeUniversal() {
        assertThat(normalize("Europe/Prague", "2026-11-21T04:00:00")).isEqualTo("2026-11-21T03:00:00Z");
        assertThat(normalize("Europe/Prague", "2026-07-01 04:00:00.5")).isEqualTo("2026-07-01T02:00:00.500Z");
        assertThat(normalize("+01:00", LocalDateTime.of(2026, 1, 1, 1, 0)))
                .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(normalize("CET", LocalDateTime.of(2026, 7, 1, 2, 0)))
                .isEqualTo(Instant.parse("2026-07-01T00:00:00Z"));
    }

    @Test
    void timesThatSayTheirZoneKeepTheirInstant() {
        Instant instant = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(normalize("CET", "2026-01-01T00:00:00Z")).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(normalize("CET", "2026-01-01T02:00:00+02:00")).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(normalize("CET", instant)).isEqualTo(instant);
        assertThat(normalize("CET", OffsetDateTime.ofInstant(instant, ZoneOffset.ofHours(3))))
                .isEqualTo(instant);
        assertThat(normalize("CET", instant.atZone(ZoneOffset.ofHours(3)))).isEqualTo(instant);
    }

    @Test
    void theHourThatComesTwiceIsTheFirstAndTheOneThatIsSkippedIsShifted() {
        assertThat(normalize("Europe/Prague", "2026-10-25T02:30:00")).isEqualTo("2026-10-25T00:30:00Z");
        assertThat(normalize("Europe/Prague", "2026-03-29T02:30:00")).isEqualTo("2026-03-29T01:30:00Z");
    }

    @Test
    void whatIsNoTimeIsAnErrorThatDoesNotQuoteIt() {
        assertThatThrownBy(() -> normalize("CET", "yesterday"))
                .hasMessage("field '@timestamp' must be a date and time such as 2026-11-21T04:00:00, was another text");
        assertThatThrownBy(() -> normalize("CET", 7))
                .hasMessage("field '@timestamp' must be a date and time, was a java.lang.Integer");
        assertThat(new TimeZoneNormalizer(app, pipeline).process(new Context(), Map.of()))
                .isEqualTo(Map.of());
        assertThatThrownBy(() -> normalize("Mars/Olympus", "x"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "[pipeline:P:Z] timezone must be a time zone such as Europe/Prague, CET or +01:00,"
                                + " was 'Mars/Olympus'");
    }
}
