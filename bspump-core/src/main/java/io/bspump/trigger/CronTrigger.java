package io.bspump.trigger;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import io.bspump.config.Config;
import io.bspump.config.ConfigException;
import io.bspump.config.Option;
import io.bspump.config.Options;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Fires at the times of a crontab expression in a time zone: five fields (minute, hour, day of month, month, day of week),
 * or six with the second before them. Times that a change to summer time skips, and those that come while the application
 * does not run, are not made up for; times that come twice when summer time ends fire once.
 */
public final class CronTrigger extends Trigger {

    public static final Options OPTIONS = Options.of(
            Option.string("cron_string").required().doc("The expression, such as `0/5 * * * *`."),
            Option.string("time_zone")
                    .defaultTo("")
                    .doc("The time zone, such as `Europe/Prague`; empty: the machine's."));

    /** Timers are set no further ahead, so that a clock that was changed is noticed. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final ExecutionTime times;
    private final ZoneId zone;
    private @Nullable Disposable timer; // guarded by this

    /** Creates a trigger in the time zone of the machine. */
    public CronTrigger(Application app, String expression) {
        this(app, null, Map.of("cron_string", expression));
    }

    /**
     * @param expression for example {@code 0/5 * * * *}
     */
    public CronTrigger(Application app, String expression, ZoneId zone) {
        this(app, null, Map.of("cron_string", expression, "time_zone", zone.getId()));
    }

    /**
     * @param id the id, or null for {@code CronTrigger}
     * @param config values that go above the class's defaults and below the file
     */
    public CronTrigger(Application app, @Nullable String id, Map<String, ?> config) {
        super(app, id, config);
        times = parse(config());
        zone = zone(config());
    }

    private static ExecutionTime parse(Config config) {
        String expression = config.get("cron_string").strip();
        boolean seconds = expression.split("\\s+", -1).length == 6;
        CronType type = seconds ? CronType.SPRING : CronType.UNIX;
        try {
            CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(type));
            return ExecutionTime.forCron(parser.parse(expression).validate());
        } catch (IllegalArgumentException e) {
            String reason = "must be a crontab expression, was '" + expression + "': " + e.getMessage();
            throw new ConfigException(List.of(config.problem("cron_string", reason)));
        }
    }

    private static ZoneId zone(Config config) {
        String name = config.get("time_zone");
        try {
            return name.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(name);
        } catch (DateTimeException e) {
            String reason = "must be a time zone such as Europe/Prague, was '" + name + "'";
            throw new ConfigException(List.of(config.problem("time_zone", reason)));
        }
    }

    @Override
    protected synchronized void attached(TriggerSource<?> source) {
        if (timer == null) {
            schedule(now());
        }
    }

    @Override
    protected synchronized void detached(TriggerSource<?> source) {
        if (timer != null && !hasSources()) {
            timer.dispose();
            timer = null;
        }
    }

    private synchronized void schedule(ZonedDateTime from) {
        Optional<ZonedDateTime> next = times.nextExecution(from);
        if (next.isPresent()) {
            await(next.get());
        }
    }

    private synchronized void await(ZonedDateTime time) {
        Duration left = Duration.between(now(), time);
        Duration wait = left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT;
        timer = timer().schedule(() -> due(time), Math.max(0, wait.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void due(ZonedDateTime time) {
        if (!hasSources()) {
            return;
        }
        if (now().isBefore(time)) {
            await(time);
        } else {
            fire();
            schedule(time.isBefore(now()) ? now() : time);
        }
    }

    private ZonedDateTime now() {
        return Instant.ofEpochMilli(timer().now(TimeUnit.MILLISECONDS)).atZone(zone);
    }
}
