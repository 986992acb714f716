package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.bspump.Aggregator;
import io.bspump.Application;
import io.bspump.Context;
import io.bspump.Group;
import io.bspump.Pipeline;
import io.bspump.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The contract finds aggregators that are wrong. */
class AggregatorContractTest {

    /** Pairs of events; wrong in one way or another. */
    private static final class Pairs extends Aggregator<Object, List<Object>> {

        private enum Fault {
            SHARES,
            KEEPS,
            BLOCKS
        }

        private static final List<Object> SHARED = new ArrayList<>();
        private static Fault fault = Fault.SHARES;

        private Pair open = new Pair();

        Pairs(Application app, Pipeline pipeline) {
            super(app, pipeline, null, Map.of());
        }

        private final class Pair extends Group<List<Object>> {
            private final List<Object> events = fault == Fault.SHARES ? SHARED : new ArrayList<>();

            @Override
            protected List<Object> result(Context context) {
                return List.copyOf(events);
            }

            @Override
            protected void closed() {
                if (fault != Fault.KEEPS) {
                    open = new Pair();
                }
            }
        }

        @Override
        protected void process(Context context, Object event) throws InterruptedException {
            if (fault == Fault.BLOCKS) {
                new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
            }
            open.events.add(event);
            join(open);
            if (open.size() == 2) {
                close(open);
            }
        }
    }

    /** Run by the launcher, not by itself. */
    static final class Broken extends AggregatorContract {
        @Override
        protected Duration patience() {
            return Duration.ofMillis(700);
        }

        @Override
        protected Stage<?, ?> create(Application app, Pipeline pipeline) {
            return new Pairs(app, pipeline);
        }

        @Override
        protected List<?> events() {
            return List.of(1, 2, 3, 4, 5);
        }
    }

    private static Map<String, String> failures(Pairs.Fault fault) {
        Pairs.fault = fault;
        Pairs.SHARED.clear();
        return ContractRunner.failures(Broken.class);
    }

    @Test
    void findsOneThatSharesItsState() {
        assertThat(failures(Pairs.Fault.SHARES)).containsKeys("makes the same of the same events again");
    }

    @Test
    void findsOneThatKeepsAGroupThatIsClosed() {
        assertThat(failures(Pairs.Fault.KEEPS))
                .containsKeys("makes fewer events of the sample events, and each of these settles once");
    }

    @Test
    void findsOneThatBlocks() {
        assertThat(failures(Pairs.Fault.BLOCKS)).containsKeys("does not block the lane");
    }
}
