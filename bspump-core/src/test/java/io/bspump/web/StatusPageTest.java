package io.bspump.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.web.WebPump.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusPageTest {

    @TempDir
    Path directory;

    private static String header(Reply reply, String name) {
        return reply.response().headers().firstValue(name).orElse("");
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    @Test
    void isServedWithoutATokenAndShowsNothingByItself() {
        try (WebPump pump = WebPump.start(
                directory, "token = t0ken-of-test\n[connection:C]\ntype = lab\n", made -> made.pumpService()
                        .addPipeline(new LabPipeline(made, "Secretive", "C")))) {
            pump.get("/connections").expect(401);
            String page = pump.get("/").expect(200).response().body();

            assertThat(page).startsWith("<!doctype html>").doesNotContain("Secretive");
        }
    }

    @Test
    void runsNoScriptButItsOwn() {
        try (WebPump pump = WebPump.start(directory, "")) {
            Reply page = pump.get("/");

            assertThat(header(page, "content-security-policy"))
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(page.response().body()).doesNotContain("<style", "style=", "onclick", "http:", "https:");
            assertThat(found("<script(.*?)</script>", page.response().body()))
                    .containsExactly(" src=\"status.js\" defer>");
        }
    }

    @Test
    void everythingThatItAsksForIsThere() {
        try (WebPump pump = WebPump.start(directory, "")) {
            String page = pump.get("/").response().body();
            String script = pump.get("/status.js").response().body();
            List<String> linked = found("(?:src|href)=\"([a-z./]+)\"", page);
            List<String> asked = found("'([a-z0-9/]+)'(?=[,\\]].*\\.map\\(path)", script);

            assertThat(linked).contains("status.css", "status.js", "metrics");
            assertThat(asked).containsExactly("bspump/v1/manifest", "readyz", "bspump/v1/pipelines", "connections");
            linked.forEach(path -> pump.get("/" + path).expect(200));
            asked.forEach(path -> pump.get("/" + path).expect(200));
        }
    }

    @Test
    void everyElementThatTheScriptFillsIsOnThePage() {
        try (WebPump pump = WebPump.start(directory, "")) {
            String page = pump.get("/").response().body();

            List<String> filled = found(
                    "byId\\('([a-z]+)'\\)", pump.get("/status.js").response().body());

            assertThat(filled).contains("pipelines", "connections", "trouble");
            assertThat(filled).allSatisfy(id -> assertThat(page).contains("id=\"" + id + "\""));
        }
    }
}
