package io.bspump.lookup;

import io.bspump.Application;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A dictionary in JSON, from a file or a web server: one object, whose fields are the entries, or objects one behind the other
 * (JSON lines) or in an array, each found by one of its fields. Entries that are null are left out; values cannot be changed.
 *
 * <p>What has not changed is not read again: of a file time, size and identity are compared, a web server is asked with its
 * {@code ETag} and {@code Last-Modified}. What came from a web server is kept in {@code var_dir}; should the server not answer
 * at a start, the pump starts with that, and a warning.
 */
public final class DictionaryLookup extends MappingLookup<String, Object> {

    public static final Options OPTIONS = Options.of(
            Option.string("source_url")
                    .alias("path")
                    .required()
                    .doc("The file, or the `http://` or `https://` URL, that has the dictionary."),
            Option.string("key")
                    .defaultTo("")
                    .doc("The field by which records are found; without it the source is one object."),
            Option.size("max_size")
                    .between(1, Integer.MAX_VALUE - 1024)
                    .defaultTo("100MB")
                    .doc("What the source may not exceed."),
            Option.duration("timeout")
                    .alias("master_timeout")
                    .between(java.time.Duration.ofMillis(1), java.time.Duration.ofDays(1))
                    .defaultTo("30s")
                    .doc("How long a web server may take for its whole answer."),
            Option.string("username").defaultTo("").doc("For a web server that wants to know, with `password`."),
            Option.secret("password").defaultTo("").doc("For a web server that wants to know, with `username`."),
            Option.secret("token").defaultTo("").doc("For a web server that wants a bearer token."),
            Option.bool("use_cache")
                    .defaultTo(true)
                    .doc("Whether what a web server gave is kept in `var_dir` for a start without it."));

    private static final Logger LOG = LoggerFactory.getLogger(DictionaryLookup.class);
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");

    private final String keyField;
    private final Origin origin;
    private final boolean cached;

    /** Of what is loaded; used by loads only, which follow one another. */
    private Content.@Nullable Version known;

    /** Makes a lookup that is configured by its section alone. */
    public DictionaryLookup(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a lookup.
     *
     * @param config values that the file may override
     * @throws ConfigException if the URL is of another scheme or holds a password
     */
    public DictionaryLookup(Application app, String id, Map<String, ?> config) {
        super(app, id, config);
        keyField = config().get("key");
        origin = origin(config().get("source_url"));
        cached = origin instanceof HttpOrigin && config().getBoolean("use_cache");
    }

    private Origin origin(String source) {
        int maxSize = (int) config().getSize("max_size");
        String scheme = SCHEME.matcher(source).replaceFirst("$1");
        return switch (scheme.equals(source) ? "file" : scheme.toLowerCase(java.util.Locale.ROOT)) {
            case "http", "https" ->
                new HttpOrigin(
                        url(source), maxSize, config().getDuration("timeout"), app().blocking(), authorization());
            case "file" -> new FileOrigin(source.startsWith("file:") ? Path.of(url(source)) : Path.of(source), maxSize);
            default -> throw config().invalid("source_url", "must be a path or a URL of http, https or file");
        };
    }

    private URI url(String source) {
        try {
            URI url = URI.create(source);
            if (url.getUserInfo() != null) {
                throw config().invalid("source_url", "must not hold a user name; say username and password");
            }
            if (!url.getScheme().equals("file") && url.getHost() == null) {
                throw config().invalid("source_url", "must be a URL with a host");
            }
            return url;
        } catch (IllegalArgumentException e) {
            throw config().invalid("source_url", "must be a URL without blanks and the like");
        }
    }

    private @Nullable String authorization() {
        String token = config().getSecret("token").reveal();
        if (!token.isEmpty()) {
            return "Bearer " + token;
        }
        String username = config().get("username");
        String both = username + ":" + config().getSecret("password").reveal();
        return username.isEmpty()
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    protected Mono<Map<String, Object>> read() {
        return Mono.defer(() -> known == null ? first() : newerThan(known));
    }

    private Mono<Map<String, Object>> first() {
        Content copy = cached ? loadCopy() : null;
        if (copy == null) {
            return newerThan(null);
        }
        Map<String, Object> entries;
        try {
            entries = parse(copy);
        } catch (IllegalArgumentException e) {
            LOG.warn("The copy of a lookup's source is of no use any more, lookup={} error={}", id(), e.getMessage());
            return newerThan(null);
        }
        return newerThan(copy.version())
                .doOnError(
                        e -> LOG.warn("The lookup starts with an old copy, lookup={} error={}", id(), e.getMessage()))
                .onErrorResume(e -> Mono.empty())
                .switchIfEmpty(Mono.fromCallable(() -> {
                    known = copy.version();
                    return entries;
                }));
    }

    private Mono<Map<String, Object>> newerThan(Content.@Nullable Version version) {
        return origin.fetch(version).publishOn(app().blocking()).map(this::accept);
    }

    private Map<String, Object> accept(Content content) {
        Map<String, Object> entries = parse(content);
        known = content.version();
        if (cached) {
            saveCopy(content);
        }
        return entries;
    }

    private Map<String, Object> parse(Content content) {
        return Dictionary.parse(origin.toString(), content.bytes(), keyField);
    }

    /** Made when it is used: a variable directory is made when it is asked for. */
    private CacheFile copy() {
        return new CacheFile(app().varDir(), id(), config().get("source_url"));
    }

    private @Nullable Content loadCopy() {
        try {
            return copy().load();
        } catch (IOException e) {
            LOG.warn("The copy of a lookup's source cannot be read, lookup={} error={}", id(), e.toString());
            return null;
        }
    }

    private void saveCopy(Content content) {
        try {
            copy().save(content);
        } catch (IOException e) {
            LOG.warn("The copy of a lookup's source cannot be written, lookup={} error={}", id(), e.toString());
        }
    }
}
