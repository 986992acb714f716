package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecrecyTest {

    private static final String MARKER = "Qx7marker";

    @TempDir
    Path directory;

    static final class Component {
        public static final Options OPTIONS = Options.of(
                Option.integer("password").doc("A number that is secret."),
                Option.integer("api-key").doc("A number that is secret."),
                Option.integer("port").doc("Port."),
                Option.integer("group_port").doc("Port."),
                Option.integer("size").doc("Size."),
                Option.integer("line").doc("Size."),
                Option.integer("code").doc("Size."),
                Option.integer("dsn").doc("Size."),
                Option.integer("jaas").doc("Size."),
                Option.integer("copy").doc("Size."),
                Option.choice("choice", "a", "b").doc("Choice."),
                Option.duration("duration").doc("Duration."),
                Option.url("url", "http").doc("URL."),
                Option.url("mail", "http").doc("URL."),
                Option.bool("flag").doc("Flag."),
                Option.secret("plain").doc("Secret."));
    }

    @Test
    void noOutputHoldsASecret() throws IOException {
        Files.writeString(
                directory.resolve("group"), "GROUP_VALUE=%1$s\n%1$s\nX=\"%1$s\" %1$s\nY='%1$s\n".formatted(MARKER));
        Files.writeString(
                directory.resolve("pipelines.conf"),
                """
                %1$s
                [secrets]
                groups=group
                dir=.
                [general]
                include=${passwords:main}/x.conf
                [passwords]
                main=%1$s
                dollar=a$%1$s
                brace=a${%1$s
                name=a${%1$s}b
                angle=$<%1$s
                %1$s
                main=%1$s
                [passwords
                main=%1$s
                [passwords] %1$s
                [c]
                password=%1$s
                api-key=%1$s
                port=${passwords:main}
                group_port=x${GROUP_VALUE}x
                choice=${port}
                duration=$<DB_PASSWORD>
                url=ftp://user:%1$s@host/x
                mail=user:%1$s@host/x
                dsn=host=h password=%1$s user=u
                jaas=login required password="%1$s" other=x;
                copy=literally %1$s here
                flag=${GROUP_VALUE}
                plain=%1$s
                plain=%1$s
                unknown_token=%1$s
                broken_token=x${%1$s}
                free=${passwords:main}
                """
                        .formatted(MARKER));
        Configuration configuration = Configuration.builder()
                .environment(Map.of("DB_PASSWORD", MARKER, "BSPUMP__C__SIZE", MARKER, "BSPUMP__C__PASSWORT", MARKER))
                .systemProperties(Map.of())
                .commandLine(Map.of("c", Map.of("line", MARKER)))
                .workingDirectory(directory)
                .load();
        Config config = configuration.component("c", Component.class, Map.of("code", Secret.of(MARKER)));

        List<String> outputs = new ArrayList<>();
        configuration.problems().forEach(problem -> outputs.add(problem.toString()));
        configuration.warnings().forEach(problem -> outputs.add(problem.toString()));
        configuration.checkUnused().forEach(problem -> outputs.add(problem.toString()));
        config.keys().forEach(key -> outputs.add(config.shown(key).orElse("")));
        outputs.add(String.valueOf(catchThrowable(() -> config.getInt("free"))));
        outputs.add(String.valueOf(catchThrowable(() -> config.getUrl("free"))));
        outputs.add(config + " " + config.getSecret("plain"));
        outputs.add(new ConfigException(configuration.problems()).toString());
        outputs.addAll(configuration.sections());
        assertThat(outputs).hasSizeGreaterThan(40).noneMatch(output -> output.contains(MARKER));
        assertThat(configuration.problems()).hasSizeGreaterThan(20);
        assertThat(config.getSecret("plain").reveal()).isEqualTo(MARKER);
    }

    @Test
    void whatIsNotSecretIsShown() {
        Config config =
                Texts.load("[s]\nhost=h\nurl=http://me:x@h/y\nlist=a\n b\n").section("s");
        assertThat(config.shown("host")).hasValue("h");
        assertThat(config.shown("url")).hasValue("http://***@h/y");
        assertThat(config.shown("list")).hasValue("a\\nb");
        assertThat(config.shown("none")).isEmpty();
    }

    @Test
    void aPastedKeyIsNotRepeatedAsANameOfAKey() {
        String line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8c==";
        Configuration configuration = Texts.load("[s]\ntls_key=-----BEGIN PRIVATE KEY-----\n" + line + "\n");
        configuration.section("s", Options.of(Option.secret("tls_key").doc("Key.")));
        assertThat(Texts.unused(configuration))
                .containsExactly("[s] unknown key 'miievqibadanbgk...' (pipelines.conf:3)");
    }

    @Test
    void secretsPrintAsStarsAndCompareByText() {
        Secret secret = Secret.of(MARKER);
        assertThat(secret).hasToString("***").isEqualTo(Secret.of(MARKER)).isNotEqualTo(Secret.of("x"));
        assertThat(secret).hasSameHashCodeAs(Secret.of(MARKER));
        assertThat(secret.reveal()).isEqualTo(MARKER);
    }

    @Test
    void secretsAreNotSerialized() throws IOException {
        Secret secret = Secret.of(MARKER);
        assertThatThrownBy(() -> new ObjectMapper().writeValueAsString(secret)).hasMessageNotContaining(MARKER);
        try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
            assertThatThrownBy(() -> out.writeObject(secret)).isInstanceOf(NotSerializableException.class);
        }
    }

    @Test
    void whatIsVisibleHasNoDefaultsAndNoSecretsAlsoNotThoseLearnedLater() {
        Configuration configuration =
                Texts.load("[c]\nplain = %s\nhost = amqp://u:p@h\nuser = hunter22\n".formatted(MARKER));
        Config config = configuration.component("c", Component.class, Map.of("port", 5));

        assertThat(config.visible())
                .isEqualTo(Map.of("plain", "***", "host", "amqp://***@h", "user", "hunter22", "port", "5"));
        assertThat(config.visible()).isSameAs(config.visible());

        configuration.component("d", Component.class, Map.of("plain", "hunter22"));

        assertThat(config.visible()).containsEntry("user", "***");
    }

    @Test
    void aCheckTellsWhatIsWrongAndKeepsNothing() {
        Configuration configuration = Texts.load("");

        assertThat(configuration.check("c", Component.class, Map.of("port", "x", "prt", 1)).stream()
                        .map(ConfigProblem::toString))
                .containsExactly(
                        "[c] port must be a whole number, was 'x' (given in code)",
                        "[c] unknown key 'prt', did you mean 'port'? (given in code)");
        assertThat(configuration.problems()).isEmpty();
        assertThat(configuration.claimed()).doesNotContainKey("c");
    }
}
