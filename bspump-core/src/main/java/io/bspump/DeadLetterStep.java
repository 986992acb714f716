package io.bspump;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Leads failed events to the dead-letter stages. It holds as many as are failing at a time, which the other steps bound.
 */
final class DeadLetterStep extends Step {

    private final Step next;
    private final Queue<Letter> letters = new ArrayDeque<>();

    DeadLetterStep(Step next) {
        this.next = next;
    }

    /** Sends the letter; its failure is released when it has settled. */
    void send(Failure failure, DeadLetter content) {
        letters.add(new Letter(failure, content));
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

        Letter(Failure failure, DeadLetter content) {
            this.failure = failure;
            this.content = content;
        }

        @Override
        void settle(Settlement how) {
            Settlement end = how == Settlement.FAILED ? Settlement.FAILED : Settlement.DEAD_LETTERED;
            failure.holder.release(failure, end);
        }
    }
}
