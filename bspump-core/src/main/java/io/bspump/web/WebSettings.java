package io.bspump.web;

import io.bspump.config.Config;
import io.bspump.config.ConfigProblem;
import io.bspump.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What {@code [web]} says.
 *
 * @param listen empty if the API is switched off, or if the address makes no sense
 * @param token empty if there is none
 * @param bodyLimit bytes
 */
record WebSettings(
        Optional<ListenAddress> listen,
        Secret token,
        long bodyLimit,
        Duration requestTimeout,
        Duration idleTimeout,
        List<ConfigProblem> problems) {

    static WebSettings of(Config config) {
        Optional<ListenAddress> listen = ListenAddress.parse(config.get("listen"));
        Secret token = config.getSecret("token", Secret.of(""));
        return new WebSettings(
                listen,
                token,
                config.getSize("body_limit"),
                config.getDuration("request_timeout"),
                config.getDuration("idle_timeout"),
                problems(config, listen, token));
    }

    private static List<ConfigProblem> problems(Config config, Optional<ListenAddress> listen, Secret token) {
        String text = config.get("listen");
        if (text.isBlank()) {
            return List.of();
        }
        if (listen.isEmpty()) {
            return List.of(config.problem(
                    "listen", "must be a port or an address such as 127.0.0.1:8080, was '" + text + "'"));
        }
        if (!listen.orElseThrow().isLoopback() && token.reveal().isBlank()) {
            return List.of(config.problem(
                    "token", "is required when [web] listen is not a loopback address, was '" + text + "'"));
        }
        return List.of();
    }

    boolean isOn() {
        return listen.isPresent() && problems.isEmpty();
    }

    boolean hasToken() {
        return !token.reveal().isBlank();
    }
}
