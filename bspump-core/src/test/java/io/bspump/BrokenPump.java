package io.bspump;

import io.bspump.config.Config;

/** Runs in a JVM of its own: a program that fails between the constructor of the application and run(). */
final class BrokenPump {

    private BrokenPump() {}

    public static void main(String[] args) {
        Application app = new Application(args);
        Config config = app.configuration().section("mine");
        switch (System.getProperty("mode", "")) {
            case "needs-key" -> config.get("host");
            case "needs-number" -> config.getInt("port");
            default -> throw new IllegalStateException("a defect of the program");
        }
        System.exit(app.run());
    }
}
