package io.bspump.lookup;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.bspump.Application;
import io.bspump.Lookup;
import io.bspump.config.Config;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A lookup that asks another system for each key and remembers the answers for a while, also that there was none. Those who
 * ask for a key while the system is asked for it share its answer. Failures are not remembered. Any thread may look things up.
 *
 * @param <K> the type of the keys, with {@code equals} and {@code hashCode}
 * @param <V> the type of the values; what is remembered is given to many, so it must not be changed
 */
public abstract class AsyncLookup<K, V> extends Lookup {

    /** What lookups of this kind understand besides. */
    public static final Options OPTIONS = Options.of(
            Option.integer("cache_size")
                    .between(0, Integer.MAX_VALUE)
                    .defaultTo(10_000)
                    .doc("How many answers are remembered; of more, those that are rarely asked for go."),
            Option.duration("cache_ttl").defaultTo("1h").doc("How long a value is remembered."),
            Option.duration("cache_miss_ttl").defaultTo("1m").doc("How long it is remembered that there is no value."),
            Option.duration("timeout")
                    .atLeast(Duration.ofMillis(1))
                    .defaultTo("10s")
                    .doc("How long the other system may take for one answer."));

    private final Cache<K, Optional<V>> answers;
    private final Map<K, Mono<Optional<V>>> underWay = new ConcurrentHashMap<>();
    private final Duration timeout;
    private volatile @Nullable AsyncLookup<K, V> next;

    /** Makes a lookup that is configured by its section alone. */
    protected AsyncLookup(Application app, String id) {
        this(app, id, Map.of());
    }

    /**
     * Makes a lookup.
     *
     * @param config values that the file may override
     */
    protected AsyncLookup(Application app, String id, Map<String, ?> config) {
        this(app, id, config, Ticker.systemTicker());
    }

    AsyncLookup(Application app, String id, Map<String, ?> config, Ticker ticker) {
        super(app, id, config);
        timeout = config().getDuration("timeout");
        answers = Caffeine.newBuilder()
                .maximumSize(config().getInt("cache_size"))
                .expireAfter(AsyncLookup.<K, V>expiry(config()))
                .executor(task -> app.blocking().schedule(task))
                .ticker(ticker)
                .build();
    }

    private static <K, V> Expiry<K, Optional<V>> expiry(Config config) {
        Duration ttl = config.getDuration("cache_ttl");
        Duration missTtl = config.getDuration("cache_miss_ttl");
        return Expiry.creating((key, answer) -> answer.isPresent() ? ttl : missTtl);
    }

    /**
     * Asks the other system; empty if it has no value. Called on the thread that looks up, which may be a lane, so it must not
     * block; subscribed to once. Cancelled when it takes longer than {@code timeout}.
     */
    protected abstract Mono<? extends V> find(K key);

    /**
     * Returns the value; empty if there is none; an error if the other system has failed or not answered in time. Cancelling
     * it does not end a question that others may wait for.
     */
    public final Mono<V> get(K key) {
        return Mono.defer(() -> {
            AsyncLookup<K, V> following = next;
            if (following != null) {
                return following.get(key);
            }
            Optional<V> answer = answers.getIfPresent(key);
            return answer == null ? ask(key).flatMap(this::counted) : counted(answer);
        });
    }

    /** Forgets the answer for a key, so that it is asked for anew. */
    public final void forget(K key) {
        answers.invalidate(key);
        AsyncLookup<K, V> following = next;
        if (following != null) {
            following.forget(key);
        }
    }

    /** Forgets all answers. */
    public final void forgetAll() {
        answers.invalidateAll();
        AsyncLookup<K, V> following = next;
        if (following != null) {
            following.forgetAll();
        }
    }

    @Override
    @SuppressWarnings("unchecked") // of the same class, made from the same code
    protected final boolean follow(Lookup other) {
        if (other.getClass() != getClass()) {
            return false;
        }
        next = (AsyncLookup<K, V>) other;
        answers.invalidateAll();
        return true;
    }

    /** Makes what the questions need ready; defaults to nothing. */
    @Override
    protected Mono<Void> load() {
        return Mono.empty();
    }

    @Override
    protected final long entries() {
        return answers.estimatedSize();
    }

    private Mono<V> counted(Optional<V> answer) {
        count(answer.isPresent());
        return Mono.justOrEmpty(answer);
    }

    private Mono<Optional<V>> ask(K key) {
        return underWay.computeIfAbsent(key, this::question);
    }

    private Mono<Optional<V>> question(K key) {
        return Mono.defer(() -> find(key))
                .<Optional<V>>map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .timeout(timeout, app().blocking())
                .onErrorMap(TimeoutException.class, this::late)
                // Before it is told: who asks again because of a failure must not get the same one.
                .doOnNext(answer -> {
                    answers.put(key, answer);
                    underWay.remove(key);
                })
                .doOnError(e -> underWay.remove(key))
                .cache();
    }

    private IllegalStateException late(TimeoutException cause) {
        return new IllegalStateException(this + " had no answer within " + timeout.toMillis() + "ms", cause);
    }
}
