package io.bspump.web;

import io.bspump.Application;
import io.bspump.ReloadReport;
import io.bspump.config.ConfigException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code /bspump/v1/reload}: reads the configuration again, as SIGHUP does. */
final class ReloadRoutes {

    private final Application app;

    ReloadRoutes(Application app) {
        this.app = app;
    }

    List<Route> routes() {
        return List.of(Route.of("POST", "/bspump/v1/reload", Route.Access.RUNNING, request -> app.reload()
                .onErrorMap(
                        IllegalStateException.class,
                        e -> new ApiError(503, "not_running", String.valueOf(e.getMessage())))
                .map(ReloadRoutes::answer)));
    }

    private static Answer answer(ReloadReport report) {
        if (report.isRefused()) {
            return ApiError.invalid(new ConfigException(report.problems())).answer();
        }
        List<Map<String, Object>> items = new ArrayList<>();
        for (ReloadReport.Item item : report.items()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("section", item.section());
            one.put("outcome", item.outcome().name().toLowerCase(Locale.ROOT));
            one.put("reason", item.reason());
            items.add(one);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("complete", report.isComplete());
        body.put("added", report.added());
        body.put("changed", report.changed());
        body.put("removed", report.removed());
        body.put("items", items);
        return Answer.json(200, body);
    }
}
