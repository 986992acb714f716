package io.bspump.web;

import java.util.List;

/**
 * A page for people that shows pipelines and connections as they are now. It has nothing of the pump in itself: what it
 * shows it asks the API for, with the token that its reader enters.
 */
final class StatusPage {

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;"
            + " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private final WebWork work;

    StatusPage(WebWork work) {
        this.work = work;
    }

    List<Route> routes() {
        return List.of(
                route("/", "status.html", "text/html"),
                route("/status.css", "status.css", "text/css"),
                route("/status.js", "status.js", "text/javascript"));
    }

    private Route route(String path, String resource, String type) {
        return Route.of(
                "GET",
                path,
                Route.Access.OPEN,
                request -> work.call(() -> Answer.of(200, type + "; charset=utf-8", WebResource.read(resource))
                        .header("content-security-policy", POLICY)));
    }
}
