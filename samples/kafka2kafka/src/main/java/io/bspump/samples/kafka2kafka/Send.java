package io.bspump.samples.kafka2kafka;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileLineSource;
import io.bspump.kafka.KafkaSink;
import java.util.Map;

/** Sends what is typed, as a console producer does: a line of standard input is an order. */
final class Send extends Pipeline {

    Send(Application app) {
        super(app, "Send");
        build(
                new FileLineSource(app, this, null, Map.of("path", "-")),
                new KafkaSink(app, this, Kafka2Kafka.KAFKA, null, Map.of("topic", Kafka2Kafka.ORDERS)));
    }
}
