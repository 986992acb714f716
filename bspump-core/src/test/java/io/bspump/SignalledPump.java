package io.bspump;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs in a JVM of its own: a pump whose pipeline behaves as the system property {@code mode} says. */
final class SignalledPump {

    private static final Logger LOG = LoggerFactory.getLogger(SignalledPump.class);

    private SignalledPump() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        FakePipeline pipeline = app.pumpService().addPipeline(new FakePipeline(app, "P"));
        switch (System.getProperty("mode", "")) {
            case "slow" -> pipeline.drainsAtOnce = false;
            case "stuck" -> {
                pipeline.drainsAtOnce = false;
                pipeline.endsWhenCut = false;
            }
            case "error" -> pipeline.error = true;
            default -> pipeline.error = false;
        }
        pipeline.unsettled = 3;
        app.pubSub().subscribe("Application.tick!", message -> print(pipeline.calls.toString()));
        app.pubSub().subscribe("Application.hup!", message -> {
            LOG.debug("Detail after hup");
            print("hup");
        });
        app.pubSub().subscribe("Application.stop!", message -> print("stopping"));
        int exitCode = app.run();
        print("returned " + exitCode);
        System.exit(exitCode);
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
