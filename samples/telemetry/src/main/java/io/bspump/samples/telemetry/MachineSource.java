package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TriggerSource;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Emits the figures of the machine once in each cycle, with its name in the context as {@code host}. */
final class MachineSource extends TriggerSource<Map<String, Object>> {

    private final Machine machine = new Machine();

    MachineSource(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Flux<Emission<Map<String, Object>>> cycle() {
        return Mono.fromCallable(machine::figures)
                .subscribeOn(app().blocking()) // it reads files of the system
                .map(this::emission)
                .flux();
    }

    private Emission<Map<String, Object>> emission(Map<String, Object> figures) {
        Emission<Map<String, Object>> emission = new Emission<>(figures);
        emission.context().put("host", machine.host());
        return emission;
    }
}
