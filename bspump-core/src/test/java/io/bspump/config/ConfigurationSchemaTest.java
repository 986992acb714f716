package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConfigurationSchemaTest {

    private static final Options OPTIONS = Options.of(
            Option.string("host").required().doc("Host."),
            Option.string("user").required().alias("username").doc("User."),
            Option.integer("port").between(1, 65_535).defaultTo(5432).doc("Port."),
            Option.number("ratio").atLeast(0.5).defaultTo(1.5).doc("Ratio | share."),
            Option.bool("flag").defaultTo(true).deprecated("use 'ratio'").doc("Flag."),
            Option.duration("timeout")
                    .between(Duration.ofMillis(1), Duration.ofHours(1))
                    .defaultTo("10s")
                    .doc("Timeout."),
            Option.size("buffer").atMost(1_000).defaultTo("1kB").doc("Buffer."),
            Option.choice("on_error", "stop", "skip").defaultTo("stop").doc("Policy."),
            Option.list("topics").defaultTo("").doc("Topics."),
            Option.url("url", "http", "https").doc("URL."),
            Option.secret("password").defaultTo("guest").doc("Password."));

    private static JsonNode schema() throws JsonProcessingException {
        return new ObjectMapper()
                .readTree(new ConfigurationSchema()
                        .add("general", "General", Configuration.GENERAL)
                        .add("connection:*", "One", OPTIONS)
                        .add("connection:*", "Two", Configuration.SECRETS)
                        .add("pipeline:*:Kafka.Source", "Source", OPTIONS)
                        .toJson());
    }

    @Test
    void isAnObjectOfSections() throws JsonProcessingException {
        JsonNode schema = schema();
        assertThat(schema.path("$schema").asText()).isEqualTo("https://json-schema.org/draft/2020-12/schema");
        assertThat(schema.at("/properties/general/properties/include/type").toString())
                .isEqualTo("[\"string\",\"array\"]");
        assertThat(schema.path("patternProperties").fieldNames())
                .toIterable()
                .containsExactly("^connection:[^:]+$", "^pipeline:[^:]+:Kafka\\.Source$");
        assertThat(schema.at("/patternProperties/^connection:[^:]+$/anyOf"))
                .extracting(alternative -> alternative.path("title").asText())
                .containsExactly("One", "Two");
    }

    @Test
    void describesEveryTypeOfOption() throws JsonProcessingException {
        JsonNode section = schema().path("patternProperties").path("^pipeline:[^:]+:Kafka\\.Source$");
        JsonNode keys = section.path("properties");
        assertThat(section.path("required").toString()).isEqualTo("[\"host\"]");
        assertThat(section.path("allOf").toString())
                .isEqualTo("[{\"anyOf\":[{\"required\":[\"user\"]},{\"required\":[\"username\"]}]}]");
        assertThat(keys.path("username").toString())
                .isEqualTo("{\"type\":\"string\",\"description\":\"Another name of user.\"}");
        assertThat(keys.path("port").toString())
                .isEqualTo("{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535,\"description\":\"Port.\","
                        + "\"default\":5432}");
        assertThat(keys.path("ratio").toString())
                .isEqualTo("{\"type\":\"number\",\"minimum\":0.5,\"description\":\"Ratio | share.\",\"default\":1.5}");
        assertThat(keys.path("flag").toString())
                .isEqualTo("{\"type\":\"boolean\",\"description\":\"Flag.\",\"deprecated\":true,\"default\":true}");
        assertThat(keys.at("/on_error/enum").toString()).isEqualTo("[\"stop\",\"skip\"]");
        assertThat(keys.at("/url/format").asText()).isEqualTo("uri");
        assertThat(keys.path("password").toString())
                .isEqualTo("{\"type\":\"string\",\"format\":\"password\",\"writeOnly\":true,"
                        + "\"description\":\"Password.\"}");
        assertThat("1.5h").matches(keys.at("/timeout/pattern").asText());
        assertThat("5 minutes").doesNotMatch(keys.at("/timeout/pattern").asText());
        assertThat("64kB").matches(keys.at("/buffer/pattern").asText());
        assertThat("64kb").doesNotMatch(keys.at("/buffer/pattern").asText());
    }

    @Test
    void tableHasARowForEveryOption() {
        assertThat(OptionsTable.markdown(OPTIONS))
                .isEqualTo(
                        """
                        | key | type | default | meaning |
                        | --- | --- | --- | --- |
                        | `host` | text | required | Host. |
                        | `user` | text | required | User. Also `username`. |
                        | `port` | whole number, 1 to 65535 | `5432` | Port. |
                        | `ratio` | number, at least 0.5 | `1.5` | Ratio \\| share. |
                        | `flag` | yes or no | `true` | Flag. Deprecated: use 'ratio'. |
                        | `timeout` | duration, 1ms to 3600s | `10s` | Timeout. |
                        | `buffer` | size, at most 1000 | `1kB` | Buffer. |
                        | `on_error` | `stop`, `skip` | `stop` | Policy. |
                        | `topics` | list | empty | Topics. |
                        | `url` | URL (http, https) | none | URL. |
                        | `password` | secret | `guest` | Password. |
                        """);
    }
}
