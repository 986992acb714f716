package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileJSONSink;
import io.bspump.json.StdJsonToDictParser;
import io.bspump.mqtt.MQTTSource;
import java.util.Map;

/** Takes the figures of all machines back and prints, as lines of JSON, what goes on per second. */
final class Watch extends Pipeline {

    Watch(Application app) {
        super(app, "Watch");
        build(
                new MQTTSource(app, this, Telemetry.BROKER, null, Map.of("topics", "telemetry/+")),
                new StdJsonToDictParser(app, this),
                new Rates(app, this),
                new FileJSONSink(app, this, null, Map.of("path", "-")));
    }
}
