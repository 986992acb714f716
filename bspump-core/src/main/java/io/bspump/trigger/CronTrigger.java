package io.bspump.trigger;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Fires at the times of a crontab expression with five fields (minute, hour, day of month, month, day of week), in a time
 * zone. A time that a change to summer time skips is made up for by none; one that comes twice fires once.
 */
public final class CronTrigger extends Trigger {

    /** Timers are set no further ahead, so that a clock that was changed is noticed. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final ExecutionTime times;
    private final ZoneId zone;
    private @Nullable Disposable timer; // guarded by this

    /** Creates a trigger in the time zone of the machine. */
    public CronTrigger(Application app, String expression) {
        this(app, expression, ZoneId.systemDefault());
    }

    /**
     * @param expression for example {@code 0/5 * * * *}
     * @throws IllegalArgumentException if it is no crontab expression
     */
    public CronTrigger(Application app, String expression, ZoneId zone) {
        super(app);
        CronParser parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
        this.times = ExecutionTime.forCron(parser.parse(expression).validate());
        this.zone = zone;
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
