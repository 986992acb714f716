package io.bspump.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.sink.NullSink;
import io.bspump.source.IteratorSource;
import io.bspump.test.PipelineTester;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaKeyFilterTest {

    private static final class Filtering extends Pipeline {
        Filtering(Application app) {
            super(app, "P");
            build(
                    new IteratorSource<>(app, this, List.of()),
                    new KafkaKeyFilter<>(app, this, List.of("b".getBytes(UTF_8)), null, Map.of("keys", "a")),
                    new NullSink(app, this));
        }
    }

    @Test
    void letsPassWhatHasOneOfTheKeys() {
        try (PipelineTester tester = PipelineTester.of(Filtering::new)) {
            tester.push("1", Map.of("kafka_key", "a".getBytes(UTF_8)));
            tester.push("2", Map.of("kafka_key", "b"));
            tester.push("3", Map.of("kafka_key", "c"));
            tester.push("4");
            tester.assertOutputs("1", "2");
        }
    }
}
