package io.bspump.trigger;

import io.bspump.Application;
import io.bspump.Trigger;
import io.bspump.TriggerSource;

/**
 * Fires once, when a source starts. The source ends with that cycle, and the application stops when all its pipelines
 * have finished.
 */
public final class RunOnceTrigger extends Trigger {

    public RunOnceTrigger(Application app) {
        super(app);
    }

    @Override
    protected void attached(TriggerSource<?> source) {
        fire(source);
        exhausted(source);
    }
}
