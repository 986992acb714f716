package io.bspump.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DictionaryLookupTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private TestApp app;
    private Path file;
    private final List<Object> changed = new ArrayList<>();

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        app.pubSub()
                .subscribe(
                        "bspump.Lookup.changed!",
                        message -> changed.add(message.values().get("lookup")));
        file = directory.resolve("codes.json");
    }

    @AfterEach
    void close() {
        app.close();
    }

    private DictionaryLookup lookup(String... more) {
        Map<String, String> config = new HashMap<>(Map.of("source_url", file.toString()));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return new DictionaryLookup(app, "Codes", config);
    }

    private static DictionaryLookup load(DictionaryLookup lookup) {
        lookup.load().block(PATIENCE);
        return lookup;
    }

    private void write(String text) throws IOException {
        Files.writeString(file, text);
    }

    @Test
    void anObjectIsADictionary() throws IOException {
        write("{\"200\": \"OK\", \"404\": {\"text\": \"Not Found\"}, \"0\": null}");

        DictionaryLookup lookup = load(lookup());

        assertThat(lookup.get("200")).isEqualTo("OK");
        assertThat(lookup.get("404")).isEqualTo(Map.of("text", "Not Found"));
        assertThat(lookup.get("0")).isNull();
        assertThat(lookup.contains("200")).isTrue();
        assertThat(lookup.contains("500")).isFalse();
        assertThat(lookup.size()).isEqualTo(2);
        assertThat(lookup.asMap()).containsOnlyKeys("200", "404");
        assertThat(changed).containsExactly(lookup);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"ip\": \"a\", \"n\": 1}\n{\"ip\": \"b\"}\n",
                "[{\"ip\": \"a\", \"n\": 1}, {\"ip\": \"b\"}]",
                "{\"ip\": \"a\", \"n\": 1} {\"ip\": \"b\"}"
            })
    void recordsAreFoundByTheirKey(String text) throws IOException {
        write(text);

        DictionaryLookup lookup = load(lookup("key", "ip"));

        assertThat(lookup.asMap()).isEqualTo(Map.of("a", Map.of("ip", "a", "n", 1), "b", Map.of("ip", "b")));
    }

    @Test
    void recordsAreFoundByNumbersToo() throws IOException {
        write("{\"code\": 404, \"text\": \"Not Found\"}");

        assertThat(load(lookup("key", "code")).get("404")).isEqualTo(Map.of("code", 404, "text", "Not Found"));
    }

    @Test
    void thereMayBeNoRecords() throws IOException {
        write("");

        assertThat(load(lookup("key", "code")).size()).isZero();
    }

    @Test
    void valuesCannotBeChanged() throws IOException {
        write("{\"a\": {\"b\": [{\"c\": 1}]}}");
        DictionaryLookup lookup = load(lookup());

        Map<?, ?> a = (Map<?, ?>) lookup.get("a");
        List<?> b = (List<?>) a.get("b");
        Map<?, ?> c = (Map<?, ?>) b.get(0);

        for (Runnable change : List.<Runnable>of(a::clear, b::clear, c::clear, lookup.asMap()::clear)) {
            assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    private void assertNotLoaded(String text, String reason, String... config) throws IOException {
        write(text);
        assertThatThrownBy(() -> load(lookup(config))).hasMessageContaining(reason);
    }

    @Test
    void saysWhyASourceIsNoDictionary() throws IOException {
        String what = "the file '" + file + "'";
        assertNotLoaded("{\"a\": 1", what + " is not JSON at line 1, column 8: Unexpected end-of-input");
        assertNotLoaded("{\"a\": 1, \"a\": 2}", what + " is not JSON at line 1, column 13: Duplicate field 'a'");
        String oneObject = what + " must be one JSON object; for several objects say key";
        assertNotLoaded("", oneObject);
        assertNotLoaded("[]", oneObject);
        assertNotLoaded("{} {}", oneObject);
        assertNotLoaded("{\"k\": 1}\n7", what + ": record 2 must be a JSON object", "key", "k");
        String noKey = what + ": record 2 must have a text or a number in its field 'k'";
        assertNotLoaded("[{\"k\": 1}, {}]", noKey, "key", "k");
        assertNotLoaded("[{\"k\": 1}, {\"k\": []}]", noKey, "key", "k");
        assertNotLoaded(
                "[{\"k\": 1}, {\"k\": \"1\"}]", what + ": record 2 has the same 'k' as one before it", "key", "k");
        assertNotLoaded("{\"a\": \"bcdef\"}", what + " must not exceed max_size, 10 bytes", "max_size", "10");
    }

    @Test
    void aSourceOfTheGreatestSizeIsRead() throws IOException {
        write("{\"a\": 1}  ");

        assertThat(load(lookup("max_size", "10")).get("a")).isEqualTo(1);
    }

    @Test
    void aMissingFileIsAnError() {
        assertThatThrownBy(() -> load(lookup())).hasMessageContaining("the file '" + file + "' does not exist");
    }

    @Test
    void aDirectoryIsAnError() throws IOException {
        Files.createDirectory(file);
        assertThatThrownBy(() -> load(lookup())).hasMessageContaining("the file '" + file + "' cannot be read: ");
    }

    @Test
    void theSourceMayBeAUrlOfAFile() throws IOException {
        write("{\"a\": 1}");

        assertThat(load(lookup("source_url", file.toUri().toString())).get("a")).isEqualTo(1);
    }

    @Test
    void aFileThatHasNotChangedIsNotReadAgain() throws IOException {
        write("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());
        Map<String, Object> first = lookup.asMap();

        load(lookup);

        assertThat(lookup.asMap()).isSameAs(first);
        assertThat(changed).hasSize(1);
    }

    @Test
    void aFileThatHasChangedIsReadAgain() throws IOException {
        write("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());

        write("{\"a\": 2}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        load(lookup);
        assertThat(lookup.get("a")).isEqualTo(2);

        write("{\"b\": 22}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        load(lookup);
        assertThat(lookup.asMap()).containsOnlyKeys("b");
        assertThat(changed).hasSize(3);
    }

    @Test
    void aFileOfSameTimeAndSizeThatTookTheOthersPlaceIsReadAgain() throws IOException {
        write("{\"a\": 1}");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        DictionaryLookup lookup = load(lookup());

        Path other = Files.writeString(directory.resolve("other"), "{\"a\": 3}");
        Files.setLastModifiedTime(other, FileTime.fromMillis(1_000));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
        load(lookup);

        assertThat(lookup.get("a")).isEqualTo(3);
    }

    @Test
    void theSameContentAnewIsNoChange() throws IOException {
        write("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());

        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        load(lookup);

        assertThat(changed).hasSize(1);
    }

    @Test
    void whatCannotBeReadAgainStaysAndIsTriedAgain() throws IOException {
        write("{\"a\": 1}");
        DictionaryLookup lookup = load(lookup());

        write("{\"a\": ");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> load(lookup)).hasMessageContaining("is not JSON");
            assertThat(lookup.get("a")).isEqualTo(1);
        }
        Files.delete(file);
        assertThatThrownBy(() -> load(lookup)).hasMessageContaining("does not exist");
        assertThat(lookup.get("a")).isEqualTo(1);

        write("{\"a\": 4}");
        assertThat(load(lookup).get("a")).isEqualTo(4);
    }

    @Test
    void whatIsNotLoadedCannotBeLookedUp() {
        DictionaryLookup lookup = lookup();

        assertThatThrownBy(() -> lookup.get("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[lookup:Codes] is not loaded yet");
        assertThat(lookup.size()).isZero();
    }

    @Test
    void whatIsOptionalAndNotLoadedIsEmpty() {
        DictionaryLookup lookup = lookup("optional", "yes");

        assertThat(lookup.get("a")).isNull();
        assertThat(lookup.asMap()).isEmpty();
    }

    @Test
    void sourcesOfOtherKindsAreRefused() {
        assertRefused("zk://host/path", "must be a path or a URL of http, https or file, was 'zk://host/path'");
        assertRefused("http:///path", "must be a URL with a host, was 'http:///path'");
        assertRefused("http://a b/", "must be a URL without blanks and the like, was 'http://a b/'");
        assertThatThrownBy(() -> lookup("source_url", "http://me:hidden-word@host/"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("must not hold a user name; say username and password")
                .message()
                .doesNotContain("hidden-word");
    }

    private void assertRefused(String url, String rule) {
        assertThatThrownBy(() -> lookup("source_url", url))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("[lookup:Codes] source_url " + rule);
    }
}
