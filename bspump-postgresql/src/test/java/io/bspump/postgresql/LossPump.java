package io.bspump.postgresql;

import io.bspump.Application;
import io.bspump.Pipeline;
import java.nio.file.Path;

/** The pump of the loss test: from numbers to a table. */
public final class LossPump {

    private LossPump() {}

    /** Runs it. */
    public static void main(String[] args) {
        int count = Integer.parseInt(System.getProperty("loss.count"));
        Path position = Path.of(System.getProperty("loss.position"));
        Application app = new Application(args);
        app.pumpService().addPipeline(new Load(app, count, position));
        System.exit(app.run());
    }

    private static final class Load extends Pipeline {

        Load(Application app, int count, Path position) {
            super(app, "Load");
            build(new NumberSource(app, this, count, position), new PostgreSQLSink(app, this, "Store"));
        }
    }
}
