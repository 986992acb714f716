package io.bspump.kafka;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.Processor;

/** What the loss test runs as a process: from topic to topic. */
final class LossPump {

    private LossPump() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addPipeline(new Copying(app));
        System.exit(app.run());
    }

    private static final class Copying extends Pipeline {
        Copying(Application app) {
            super(app, "Copy");
            build(new KafkaSource(app, this, "K"), new Passing(app, this), new KafkaSink(app, this, "K"));
        }
    }

    private static final class Passing extends Processor<byte[], byte[]> {
        Passing(Application app, Pipeline pipeline) {
            super(app, pipeline);
        }

        @Override
        protected byte[] process(Context context, byte[] event) {
            return event;
        }
    }
}
