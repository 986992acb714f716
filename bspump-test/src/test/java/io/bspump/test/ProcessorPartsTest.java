package io.bspump.test;

import io.bspump.Application;
import io.bspump.ConditionalSinks;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.crypto.CoHashing;
import io.bspump.crypto.DecryptAES;
import io.bspump.crypto.EncryptAES;
import io.bspump.crypto.Hashing;
import io.bspump.crypto.IntegrityEnricher;
import io.bspump.filter.AttributeFilter;
import io.bspump.filter.ContentFilter;
import io.bspump.filter.TimeDriftFilter;
import io.bspump.mapping.FlattenDictProcessor;
import io.bspump.mapping.IteratorGenerator;
import io.bspump.mapping.MappingItemsGenerator;
import io.bspump.mapping.MappingItemsProcessor;
import io.bspump.mapping.MappingKeysGenerator;
import io.bspump.mapping.MappingKeysProcessor;
import io.bspump.mapping.MappingTransformator;
import io.bspump.mapping.MappingValuesGenerator;
import io.bspump.mapping.MappingValuesProcessor;
import io.bspump.mapping.RenameFields;
import io.bspump.mapping.TimeZoneNormalizer;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.text.BytesToStringParser;
import io.bspump.text.HexlifyProcessor;
import io.bspump.text.StringToBytesParser;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;

/** Simple processors and generators keep the contracts. */
class ProcessorPartsTest {

    private static final String KEY = "00112233445566778899aabbccddeeff";
    private static final byte[] HELLO =
            HexFormat.of().parseHex("000000000000000000000000759c4b5b2a4013be0b78e1711a81f2a9ebdec67d49");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> map(Object... items) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < items.length; i += 2) {
            map.put((String) items[i], items[i + 1]);
        }
        return map;
    }

    private static List<Map<String, Object>> maps() {
        return List.of(map("a", 1, "b", 2), map(), map("b", List.of(1)), map("a", 2));
    }

    private static List<Map<String, Object>> largeMaps() {
        Map<String, Object> large = new LinkedHashMap<>();
        IntStream.range(0, 300).forEach(i -> large.put("k" + i, i));
        return List.of(map("a", 1, "b", 2), map(), large);
    }

    private static List<Map<String, Object>> times(String time) {
        return List.of(map("@timestamp", time), map(), map("@timestamp", time, "a", 1));
    }

    /** Not random at all, so that the same comes out again. */
    private static final class Counting extends SecureRandom {
        private static final long serialVersionUID = 1;
        private byte count;

        @Override
        public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, count++);
        }
    }

    private static final class Rebuilding extends MappingTransformator {
        Rebuilding(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected Map<String, Transformation> build() {
            return Map.of("a", (key, value) -> Map.entry("x", value));
        }
    }

    @Nested
    class BytesBecomeText extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new BytesToStringParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(bytes("a"), bytes(""), bytes("žluť"));
        }
    }

    @Nested
    class TextBecomesBytes extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new StringToBytesParser(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of("a", "", "žluť");
        }
    }

    @Nested
    class BytesBecomeDigits extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new HexlifyProcessor(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(bytes("a"), bytes(""), bytes("žluť"));
        }
    }

    @Nested
    class MapsAreFlattened extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new FlattenDictProcessor(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(Map.of("a", Map.of("b", 1)), Map.of(), Map.of("a", 1));
        }
    }

    @Nested
    class FieldsAreRenamed extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new RenameFields(app, pipeline, null, Map.of("fields", "a->x"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class MapsAreRebuilt extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new Rebuilding(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class KeysBecomeAList extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingKeysProcessor(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class ValuesBecomeAList extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingValuesProcessor(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class ItemsBecomeAList extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingItemsProcessor(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class TimesAreNormalized extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new TimeZoneNormalizer(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return times("2026-07-01T02:00:00");
        }
    }

    @Nested
    class EventsAreFilteredByContent extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new ContentFilter(app, pipeline, Map.of("a", Map.of("$gt", 1)));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class FieldsAreFiltered extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new AttributeFilter(app, pipeline, null, Map.of("fields", "a"));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class OldEventsAreDropped extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new TimeDriftFilter(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return times("9999-01-01T00:00:00Z");
        }
    }

    @Nested
    class EventsAreHashed extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new Hashing(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of("a", bytes("b"), "");
        }
    }

    @Nested
    class HashesGoIntoTheContext extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new CoHashing(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of("a", bytes("b"), "");
        }
    }

    @Nested
    class BytesAreEncrypted extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new EncryptAES(app, pipeline, null, Map.of("key", KEY), new Counting());
        }

        @Override
        protected List<?> events() {
            return List.of(bytes("a"), bytes(""), bytes("žluť"));
        }
    }

    @Nested
    class BytesAreDecrypted extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new DecryptAES(app, pipeline, null, Map.of("key", KEY));
        }

        @Override
        protected List<?> events() {
            return List.of(HELLO, HELLO.clone(), HELLO.clone());
        }
    }

    @Nested
    class EventsAreChained extends ProcessorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new IntegrityEnricher(app, pipeline, null, Map.of("salt_length", 0));
        }

        @Override
        protected List<?> events() {
            return maps();
        }
    }

    @Nested
    class KeysBecomeEvents extends GeneratorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingKeysGenerator(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return largeMaps();
        }
    }

    @Nested
    class ValuesBecomeEvents extends GeneratorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingValuesGenerator(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return largeMaps();
        }
    }

    @Nested
    class ItemsBecomeEvents extends GeneratorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new MappingItemsGenerator(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return largeMaps();
        }
    }

    @Nested
    class ElementsBecomeEvents extends GeneratorContract {
        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new IteratorGenerator(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(
                    List.of(1, 2), List.of(), IntStream.range(0, 300).boxed().toList(), Arrays.asList(null, 3));
        }
    }

    @Nested
    class ElementsAreEmitted extends SourceContract {
        private int count;

        @Override
        protected void prepare(int events) {
            count = events;
        }

        @Override
        protected Source<?> create(Application app, Pipeline pipeline) {
            return new IteratorSource<>(
                    app, pipeline, IntStream.range(0, count).boxed().toList());
        }
    }

    @Nested
    class EventsAreChosenAndDiscarded extends SinkContract {
        private final List<Object> seen = new ArrayList<>();

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new ConditionalSinks<>(app, pipeline)
                    .when(seen::add, new NullSink(app, pipeline))
                    .when(event -> false, new NullSink(app, pipeline, "Never", Map.of()));
        }

        @Override
        protected List<?> events() {
            return List.of(1, 2, 3, 4);
        }

        @Override
        protected List<?> received() {
            return seen;
        }
    }
}
