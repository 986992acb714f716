package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Context;
import io.bspump.DeadLetter;
import io.bspump.Pipeline;
import io.bspump.Processor;
import java.util.HashMap;
import java.util.Map;

/** Makes a row of the table {@code telemetry_dead} of a dead letter. */
final class Letter extends Processor<DeadLetter, Map<String, Object>> {

    Letter(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Map<String, Object> process(Context context, DeadLetter letter) {
        Map<String, Object> row = new HashMap<>();
        row.put("time", letter.time());
        row.put("topic", letter.context().get("mqtt_topic"));
        row.put("stage", letter.stage());
        row.put("error", String.valueOf(letter.error().getMessage()));
        // A text in PostgreSQL cannot have the character 0.
        row.put("event", String.valueOf(letter.toMap().get("event")).replace("\0", "\\0"));
        return row;
    }
}
