package io.bspump.samples.hello;

import io.bspump.*;
import io.bspump.file.*;
import io.bspump.json.*;
import java.util.Map;

public final class Hello extends Pipeline {
    Hello(Application app) {
        super(app, "Hello");
        var map = new StdJsonToDictParser(app, this);
        var add = Processors.peek(app, this, "Greet", Hello::greet);
        build(new FileLineSource(app, this), map, add, new DictToJsonBytesParser(app, this), new FileSink(app, this));
    }

    private static void greet(Map<String, Object> person) {
        person.put("greeting", "Hello, " + person.getOrDefault("name", "world") + "!");
    }

    public static void main(String[] args) {
        Application app = new Application(args);
        app.pumpService().addPipeline(new Hello(app));
        System.exit(app.run());
    }
}
