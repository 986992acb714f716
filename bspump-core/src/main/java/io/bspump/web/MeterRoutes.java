package io.bspump.web;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** {@code /metrics}: all meters of the application, as Prometheus or OpenMetrics text. */
final class MeterRoutes {

    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final WebWork work;
    private @Nullable PrometheusMeterRegistry shown; // made when it is needed: most pumps do without

    MeterRoutes(WebWork work) {
        this.work = work;
    }

    /** Begins to show the meters of a registry. */
    void show(MeterRegistry registry) {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        if (registry instanceof CompositeMeterRegistry composite) {
            composite.add(prometheus);
        }
        shown = prometheus;
    }

    List<Route> routes() {
        return List.of(Route.of("GET", "/metrics", Route.Access.ALWAYS, this::metrics));
    }

    /** Asks the code behind all meters, which may take its time. */
    private Mono<Answer> metrics(ApiRequest request) {
        boolean open = request.headers().get("accept", "").contains("application/openmetrics-text");
        String type = open ? OPEN_METRICS : PROMETHEUS;
        return work.call(() -> Answer.of(200, type, shown == null ? "" : shown.scrape(type)));
    }
}
