package io.bspump.builder;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Source;
import io.bspump.Stage;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import io.bspump.builder.PumpDefinition.PipelineElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pipeline that a definition describes. What is wrong with its parts is recorded, and then it is not built. */
final class DefinedPipeline extends Pipeline {

    private final Construction construction;
    private final Found found;
    private boolean wrong;

    DefinedPipeline(
            Application app, PipelineElement element, Map<String, ?> config, Construction construction, Found found) {
        super(app, element.id(), config);
        this.construction = construction;
        this.found = found;
        List<Source<?>> sources = new ArrayList<>();
        element.sources().forEach(each -> source(each).ifPresent(sources::add));
        List<Stage<?, ?>> stages = new ArrayList<>();
        element.processors().forEach(each -> stage(each).ifPresent(stages::add));
        stage(element.sink()).ifPresent(stages::add);
        if (!wrong) {
            build(sources, stages.toArray(new Stage<?, ?>[0]));
        }
    }

    /** Whether all its parts have been made. */
    boolean isBuilt() {
        return !wrong;
    }

    @SuppressWarnings("unchecked") // nothing is known of the types of events here; build checks what can be checked
    private Optional<Stage<?, ?>> stage(Element element) {
        return (Optional<Stage<?, ?>>) (Optional<?>) make(Stage.class, element, section(element));
    }

    private String section(Element element) {
        return "pipeline:" + id() + ":" + element.name();
    }

    private <T> Optional<T> make(Class<T> type, Element element, String section) {
        Optional<T> made = construction.make(type, element, this, section);
        wrong |= made.isEmpty();
        return made;
    }

    private Optional<Source<?>> source(Element element) {
        Optional<Source<?>> source =
                make(Source.class, element, section(element)).map(each -> each);
        element.trigger().ifPresent(each -> make(Trigger.class, each, section(element))
                .ifPresent(trigger -> source.ifPresent(made -> attach(each, made, trigger))));
        return source;
    }

    private void attach(Element element, Source<?> source, Trigger trigger) {
        if (source instanceof TriggerSource<?> cyclic) {
            cyclic.on(trigger);
        } else {
            wrong = true;
            String name = source.getClass().getName();
            found.add(element.line(), element.path(), "is for sources that work in cycles, " + name + " is none");
        }
    }
}
