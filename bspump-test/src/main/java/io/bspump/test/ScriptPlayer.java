package io.bspump.test;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Plays a script once, step by step on the loop's thread. */
final class ScriptPlayer {

    private final ProxyLoop loop;
    private final FaultProxy proxy;
    private final FaultScript script;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable RuntimeException failure;
    private int round;
    private int next;
    private ProxyLoop.@Nullable Timer timer;

    ScriptPlayer(ProxyLoop loop, FaultProxy proxy, FaultScript script) {
        this.loop = loop;
        this.proxy = proxy;
        this.script = script;
    }

    void step() {
        if (ended.getCount() == 0) {
            return;
        }
        if (next == script.steps().size()) {
            next = 0;
            round++;
        }
        if (round == script.rounds() || script.steps().isEmpty()) {
            stop();
            return;
        }
        FaultScript.Step step = script.steps().get(next++);
        ProxyLinks.LOG.debug("Fault, step={} proxy={}", step, proxy);
        try {
            step.fault().accept(proxy);
        } catch (RuntimeException e) {
            failure = e;
            proxy.undoFaults();
            stop();
        }
        if (ended.getCount() == 0) {
            return;
        }
        timer = loop.after(step.lasting().toNanos(), this::undo);
    }

    private void undo() {
        proxy.undoFaults();
        step();
    }

    void stop() {
        if (timer != null) {
            loop.cancel(timer);
        }
        ended.countDown();
    }

    void await(Duration timeout) {
        try {
            if (!ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new AssertionError("the fault script did not end within " + timeout + ": " + script);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the fault script " + script, e);
        }
        if (failure != null) {
            throw new IllegalStateException("the fault script failed: " + script, failure);
        }
    }
}
