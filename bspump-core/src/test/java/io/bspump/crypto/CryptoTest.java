package io.bspump.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bspump.Context;
import io.bspump.Pipeline;
import io.bspump.TestApp;
import io.bspump.config.ConfigException;
import io.bspump.json.JsonDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CryptoTest {

    private static final String KEY = "00112233445566778899aabbccddeeff";

    @TempDir
    Path directory;

    private TestApp app;
    private Pipeline pipeline;

    @BeforeEach
    void open() {
        app = TestApp.in(directory);
        pipeline = app.pipeline("P");
    }

    @AfterEach
    void close() {
        app.close();
    }

    private String hash(String algorithm, Object event) {
        return new Hashing(app, pipeline, "H", Map.of("algorithm", algorithm)).process(new Context(), event);
    }

    @ParameterizedTest
    @CsvSource({
        "md5, 900150983cd24fb0d6963f7d28e17f72",
        "sha1, a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha224, 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        "sha256, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA256, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha3_256, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"
    })
    void hashesByTheKnownAlgorithms(String algorithm, String abc) {
        assertThat(hash(algorithm, "abc")).isEqualTo(abc);
        assertThat(hash(algorithm, "abc".getBytes(StandardCharsets.UTF_8))).isEqualTo(abc);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sha384", "sha512", "sha3_224", "sha3_384", "sha3_512"})
    void hashesByAllThatAreNamed(String algorithm) {
        int bits = Integer.parseInt(algorithm.replaceFirst("sha(3_)?", ""));
        assertThat(hash(algorithm, "")).hasSize(bits / 4);
    }

    @Test
    void hashesTextAsUtf8() {
        assertThat(hash("sha256", "ž")).isEqualTo(hash("sha256", new byte[] {(byte) 0xc5, (byte) 0xbe}));
        assertThatThrownBy(() -> hash("sha256", 1))
                .hasMessage("the event must be a byte[] or a String, was a java.lang.Integer");
    }

    @Test
    void otherAlgorithmsAreRefusedWithTheListOfWhatThereIs() {
        new Hashing(app, pipeline, "B", Map.of("algorithm", "blake2b"));
        assertThat(app.configuration().problems().toString())
                .contains("[pipeline:P:B] algorithm must be one of sha1, sha224, sha256, sha384, sha512, sha3_224,"
                        + " sha3_256, sha3_384, sha3_512, md5, was 'blake2b'");
    }

    @Test
    void theHashMayGoIntoTheContext() {
        Context context = new Context();
        Object event = "abc";
        assertThat(new CoHashing(app, pipeline).process(context, event)).isSameAs(event);
        assertThat(context.get("hash")).isEqualTo(hash("sha256", "abc"));
    }

    private EncryptAES encrypt(String key) {
        return new EncryptAES(app, pipeline, "E", Map.of("key", key));
    }

    private DecryptAES decrypt(String key) {
        return new DecryptAES(app, pipeline, "D", Map.of("key", key));
    }

    @Test
    void whatIsEncryptedIsDecrypted() throws Exception {
        Random random = new Random(5);
        for (int size : new int[] {16, 24, 32}) {
            byte[] key = new byte[size];
            random.nextBytes(key);
            EncryptAES encrypt = encrypt(HexFormat.of().formatHex(key));
            DecryptAES decrypt = decrypt(Base64.getEncoder().encodeToString(key));
            for (int length : new int[] {0, 1, 15, 16, 17, 100_000}) {
                byte[] plain = new byte[length];
                random.nextBytes(plain);
                byte[] secret = encrypt.process(new Context(), plain);
                assertThat(secret).hasSize(length + 28);
                assertThat(decrypt.process(new Context(), secret)).isEqualTo(plain);
            }
        }
    }

    @Test
    void theSameIsEncryptedOtherwiseEachTime() throws Exception {
        Set<String> seen = new HashSet<>();
        for (int instance = 0; instance < 10; instance++) {
            EncryptAES encrypt = encrypt(KEY);
            for (int i = 0; i < 100; i++) {
                byte[] secret = encrypt.process(new Context(), new byte[1]);
                assertThat(seen.add(HexFormat.of().formatHex(secret, 0, 12))).isTrue();
            }
        }
    }

    @Test
    void whatWasChangedByABitIsAnError() throws Exception {
        byte[] secret = encrypt(KEY).process(new Context(), "hello".getBytes(StandardCharsets.UTF_8));
        DecryptAES decrypt = decrypt(KEY);
        for (int bit = 0; bit < secret.length * 8; bit++) {
            byte[] changed = secret.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> decrypt.process(new Context(), changed))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the event was encrypted with another key, or was changed");
        }
        assertThatThrownBy(() -> decrypt("ff" + KEY.substring(2)).process(new Context(), secret))
                .hasMessage("the event was encrypted with another key, or was changed");
        assertThatThrownBy(() -> decrypt.process(new Context(), new byte[27]))
                .hasMessage("the event must have at least 28 bytes to be one that was encrypted, had 27");
        assertThat(decrypt.process(new Context(), secret))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "hidden word", "00112233445566778899aabbccddeef", "AAAA", "žžžžžžžžžžžžžžžž"})
    void aKeyThatIsNoneIsRefusedAndNotShown(String key) {
        assertThatThrownBy(() -> encrypt(key))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "[pipeline:P:E] key must be 16, 24 or 32 bytes as hexadecimal digits or in Base64, was '***'");
    }

    @Test
    void thereIsNoDefaultKey() {
        assertThatThrownBy(() -> new EncryptAES(app, pipeline))
                .isInstanceOf(ConfigException.class)
                .hasMessage("[pipeline:P:EncryptAES] key is required");
    }

    private static Map<String, @Nullable Object> event(Object value) {
        Map<String, @Nullable Object> event = new LinkedHashMap<>();
        event.put("value", value);
        event.put("inner", Map.of("b", 1, "a", 2));
        return event;
    }

    @Test
    void eventsAreChained() throws Exception {
        IntegrityEnricher enricher = new IntegrityEnricher(app, pipeline);
        Object previous = null;
        Set<Object> ids = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            Map<String, @Nullable Object> event = event("same");
            assertThat(enricher.process(new Context(), event)).isSameAs(event);
            assertThat(event.get("_prev_id")).isEqualTo(previous);
            assertThat(event.get("_s")).asString().matches("[0-9a-f]{6}");
            previous = event.get("_id");
            assertThat(ids.add(previous)).isTrue();

            Map<String, @Nullable Object> content = new HashMap<>(event);
            content.remove("_id");
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(JsonDocument.writeSorted(content));
            assertThat(previous).isEqualTo(HexFormat.of().formatHex(digest));
        }
    }

    @Test
    void theHashIsThatOfSortedJson() throws Exception {
        IntegrityEnricher enricher = new IntegrityEnricher(
                app, pipeline, "I", Map.of("salt_length", "0", "hash_key", "h", "prev_hash_key", "p"));
        Map<String, @Nullable Object> event = event(1);
        enricher.process(new Context(), event);
        byte[] json = "{\"inner\":{\"a\":2,\"b\":1},\"p\":null,\"value\":1}".getBytes(StandardCharsets.UTF_8);
        assertThat(event.get("h"))
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(json)));
        assertThat(event).doesNotContainKey("_s");
    }

    @Test
    void anEventThatCannotBeHashedDoesNotBreakTheChain() {
        IntegrityEnricher enricher = new IntegrityEnricher(app, pipeline);
        Map<String, @Nullable Object> first = event(1);
        Map<String, @Nullable Object> second = event(2);
        enricher.process(new Context(), first);
        assertThatThrownBy(() -> enricher.process(new Context(), event(new Object())))
                .hasMessageContaining("cannot be written as JSON at $.value");
        enricher.process(new Context(), second);
        assertThat(second.get("_prev_id")).isEqualTo(first.get("_id"));
    }

    @Test
    void listsKeepTheirOrder() {
        assertThat(new String(
                        JsonDocument.writeSorted(List.of(2, 1, Map.of("z", List.of(), "a", "ž"))),
                        StandardCharsets.UTF_8))
                .isEqualTo("[2,1,{\"a\":\"ž\",\"z\":[]}]");
    }
}
