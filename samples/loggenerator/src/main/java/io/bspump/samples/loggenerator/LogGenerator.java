package io.bspump.samples.loggenerator;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.file.FileSink;

/** Writes an access log as a web server does: it grows, and it rotates. */
public final class LogGenerator extends Pipeline {

    LogGenerator(Application app) {
        super(app, "LogGenerator");
        build(new LogLineSource(app, this), new FileSink(app, this));
    }

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addPipeline(new LogGenerator(app));
        System.exit(app.run());
    }
}
