package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.json.DictToJsonBytesParser;
import io.bspump.mqtt.MQTTSink;
import io.bspump.trigger.PeriodicTrigger;
import java.util.Map;

/** Reads the figures of the machine, by default every second, and publishes them as JSON under the name of the machine. */
final class Measure extends Pipeline {

    Measure(Application app) {
        super(app, "Measure");
        build(
                new MachineSource(app, this).on(new PeriodicTrigger(app, "EverySecond", Map.of("interval", "1s"))),
                new DictToJsonBytesParser(app, this),
                new MQTTSink(app, this, Telemetry.BROKER, null, Map.of("topic", "telemetry/{host}")));
    }
}
