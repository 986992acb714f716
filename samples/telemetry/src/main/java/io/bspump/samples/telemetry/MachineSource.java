package io.bspump.samples.telemetry;

import io.bspump.Application;
import io.bspump.Emission;
import io.bspump.Pipeline;
import io.bspump.TriggerSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Emits a measurement of the machine in each cycle, but at most one in a second: its figures now, and what they were
 * before, so that who gets it need not remember anything. {@code run} (milliseconds since 1970) and {@code number}, which
 * has no gaps within a run, let everybody see whether one is missing. The context has {@code host}.
 */
final class MachineSource extends TriggerSource<Map<String, Object>> {

    private final Machine machine = new Machine();
    private final long run = System.currentTimeMillis();

    // One cycle at a time.
    private @Nullable Map<String, Object> before;
    private long second;
    private long number;

    MachineSource(Application app, Pipeline pipeline) {
        super(app, pipeline);
    }

    @Override
    protected Flux<Emission<Map<String, Object>>> cycle() {
        return Mono.fromCallable(this::measure)
                .subscribeOn(app().blocking()) // it reads files of the system
                .map(this::emission)
                .flux();
    }

    private @Nullable Map<String, Object> measure() {
        long time = System.currentTimeMillis();
        if (time / 1000 == second) {
            return null;
        }
        second = time / 1000;
        Map<String, Object> now = machine.figures();
        now.put("time", time);
        Map<String, Object> last = before;
        before = now;
        if (last == null) {
            return null;
        }
        Map<String, Object> measurement = new LinkedHashMap<>();
        measurement.put("host", machine.host());
        measurement.put("run", run);
        measurement.put("number", ++number);
        measurement.put("before", last);
        measurement.put("now", now);
        return measurement;
    }

    private Emission<Map<String, Object>> emission(Map<String, Object> measurement) {
        Emission<Map<String, Object>> emission = new Emission<>(measurement);
        emission.context().put("host", machine.host());
        return emission;
    }
}
