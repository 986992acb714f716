package io.bspump.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactorTest {

    private final Redactor redactor = new Redactor();

    private String show(String text) {
        return redactor.show(Value.of(text, Origin.COMMAND_LINE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain                             | plain",
                "http://h:80/x                     | http://h:80/x",
                "http://u:p@h/x                    | http://***@h/x",
                "http://u:p/q@h/x                  | http://***@h/x",
                "http://u:p@q@h/x                  | http://***@h/x",
                "http://u@h/x                      | http://***@h/x",
                "a://u:p@h,b://v:q@i               | a://***@i",
                "u:p@h                             | ***@h",
                "dsn=u:p@h                         | dsn=***@h",
                "see u:p@h                         | see ***@h",
                "me@host                           | me@host",
                "host=h password=x user=u          | host=h password=*** user=u",
                "Password = x; y                   | Password = ***; y",
                "login password=\"a b\" z          | login password=*** z",
                "login passwd='a b' z              | login passwd=*** z",
                "http://h/?a=1&access_token=x&b=2  | http://h/?a=1&access_token=***&b=2",
                "http://h/?apikey=x                | http://h/?apikey=***"
            })
    void masksCredentials(String text, String shown) {
        assertThat(show(text)).isEqualTo(shown);
    }

    @Test
    void masksEveryTextThatHoldsASecret() {
        redactor.learn("hunter2");
        redactor.learn("abc");
        redactor.learn("   ");
        assertThat(List.of(show("hunter2"), show("xhunter2x"), show("abc"))).containsOnly("***");
        assertThat(show("xabcx")).isEqualTo("xabcx");
        redactor.learn("k".repeat(5_000));
        assertThat(show("k".repeat(5_000) + "x")).isEqualTo("***");
    }

    @Test
    void masksSecretsInsideAMessage() {
        redactor.learn("hunter2");
        redactor.learn("hunter2-and-more");
        redactor.learn("p@ss/word");
        redactor.learn("abc");
        assertThat(redactor.mask("no hunter2 and hunter2-and-more, abc", 500)).isEqualTo("no *** and ***, abc");
        assertThat(redactor.mask("GET /?q=p%40ss%2Fword failed", 500)).isEqualTo("GET /?q=*** failed");
        assertThat(redactor.mask("at mqtt://me:x/y@z@host:1883/t and http://h/p", 500))
                .isEqualTo("at mqtt://***@host:1883/t and http://h/p");
        assertThat(redactor.mask("sasl password=x\nretry", 500)).isEqualTo("sasl password=*** retry");
        assertThat(redactor.mask("x".repeat(1_000_000), 500)).isEqualTo("x".repeat(500) + "...");
        assertThat(redactor.mask("x".repeat(498) + "hunter2", 500)).isEqualTo("x".repeat(498) + "**...");
    }

    @Test
    void showsOneShortLine() {
        assertThat(show("a\nb\r\tc\u001b[31m")).isEqualTo("a\\nb\\r?c?[31m");
        assertThat(show("x".repeat(1_000_000))).isEqualTo("x".repeat(100) + "...");
    }

    @Test
    void hostileTextsTakeNoTime() {
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
            for (String piece : List.of(":", "://", "@", "passw", "password=", "token ", "'", "a:b@", "=", "a://")) {
                for (int i = 0; i < 100; i++) {
                    assertThat(show(piece.repeat(100_000))).hasSizeLessThan(300);
                    assertThat(redactor.mask(piece.repeat(100_000), 500)).hasSizeLessThan(504);
                }
            }
        });
    }
}
