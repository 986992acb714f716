package io.bspump;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * Leads failed events to the dead-letter stages. It holds as many as may be in flight at the most.
 */
final class DeadLetterStep extends Step {

    private final Step next;
    private final Queue<Letter> letters = new ArrayDeque<>();

    DeadLetterStep(Step next) {
        this.next = next;
    }

    /** Sends the letter; the failed event settles when the letter has. */
    void send(Failure failure, DeadLetter content) {
        letters.add(new Letter(failure, content, failure.holder.letGo(failure)));
    }

    @Override
    boolean ready() {
        return true;
    }

    @Override
    void accept(Context context, Object event) {
        throw new IllegalStateException("dead letters are sent");
    }

    @Override
    boolean flow() {
        boolean moved = false;
        while (!letters.isEmpty() && next.ready()) {
            Letter letter = letters.remove();
            next.accept(new Context(letter.failure.context, letter), letter.content);
            moved = true;
        }
        return moved;
    }

    @Override
    boolean busy() {
        return !letters.isEmpty() && next.ready();
    }

    /** Hears how the letter ended: that is how the failed event ends. */
    private static final class Letter extends Owner {

        private final Failure failure;
        private final DeadLetter content;
        private final boolean free;

        /**
         * @param free whether nobody else holds the failed event
         */
        Letter(Failure failure, DeadLetter content, boolean free) {
            this.failure = failure;
            this.content = content;
            this.free = free;
        }

        @Override
        void addOrigins(List<Emission<?>> to) {
            failure.context.addOrigins(to);
        }

        @Override
        void settle(Settlement how) {
            Settlement end = how == Settlement.FAILED ? Settlement.FAILED : Settlement.DEAD_LETTERED;
            if (free) {
                failure.context.settle(end);
            } else {
                failure.holder.release(failure, end);
            }
        }
    }
}
