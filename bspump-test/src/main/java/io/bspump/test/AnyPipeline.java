package io.bspump.test;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import java.util.List;
import java.util.function.BiFunction;

/** A pipeline of the components that a test gives. */
final class AnyPipeline extends Pipeline {

    AnyPipeline(Application app, String id, BiFunction<Application, Pipeline, ? extends List<?>> components) {
        super(app, id);
        List<?> all = components.apply(app, this);
        build(
                (Source<?>) all.get(0),
                all.stream().skip(1).map(each -> (Stage<?, ?>) each).toArray(Stage<?, ?>[]::new));
    }
}
