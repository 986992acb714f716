package io.bspump.samples.kafka2kafka;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileSink;
import io.bspump.kafka.KafkaSource;
import java.util.Map;

/** Prints what has come out, as a console consumer does. */
final class Show extends Pipeline {

    Show(Application app) {
        super(app, "Show");
        build(
                new KafkaSource(app, this, Kafka2Kafka.KAFKA, null, Map.of("topic", Kafka2Kafka.PAID)),
                new FileSink(app, this, null, Map.of("path", "-")));
    }
}
