package io.bspump;

import io.bspump.config.Option;
import io.bspump.config.Options;
import io.bspump.logging.Logging;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The sections that belong to the application as a whole, and what they understand beyond what their reader declares. */
final class Settings {

    static final Options GENERAL = Options.of(
            Option.string("var_dir")
                    .defaultTo("var")
                    .doc("Directory for what the pump has to remember; made when needed."),
            Option.duration("tick_period")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo(Duration.ofSeconds(1))
                    .doc("Time between two Application.tick! messages."),
            Option.duration("drain_timeout")
                    .defaultTo(Duration.ofSeconds(30))
                    .doc("How long a stop waits for the events in flight."),
            Option.bool("stop_when_finished")
                    .defaultTo(true)
                    .doc("Whether the pump stops by itself when the sources of all pipelines have ended."));

    private Settings() {}

    /** All of them by section, for the documentation and the schema. */
    static Map<String, Options> sections() {
        Map<String, Options> sections = new LinkedHashMap<>();
        sections.put("general", GENERAL);
        sections.put("logging", Logging.OPTIONS);
        sections.put("logging:file", Logging.FILE_OPTIONS);
        return sections;
    }
}
