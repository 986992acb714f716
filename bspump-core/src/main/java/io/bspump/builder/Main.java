package io.bspump.builder;

import io.bspump.Application;
import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.nio.file.Path;

/** Runs a pump that is defined in a file: the main class of a fat jar without Java of one's own. */
public final class Main {

    /** What it understands in {@code [general]}. */
    public static final Options OPTIONS = Options.of(Option.string("pump")
            .required()
            .doc("The file with the definition of the pump, YAML or JSON; `--pump FILE` on the command line."));

    private Main() {}

    /** {@code --pump FILE}, and what every pump understands; see {@code --help}. */
    public static void main(String... args) {
        Application app = new Application(args);
        Config general = app.configuration().section("general", OPTIONS);
        String file = general.get("pump");
        if (!file.isBlank()) {
            new PumpBuilder(Path.of(file)).constructPump(app);
        }
        Runtime.getRuntime().exit(app.run());
    }
}
