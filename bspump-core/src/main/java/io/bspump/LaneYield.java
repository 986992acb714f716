package io.bspump;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where it is on the class path, that a lane with nothing to do may give its processor to those who have work for
 * it: that does not wait for anybody.
 */
public final class LaneYield implements BlockHoundIntegration {

    /** For {@link java.util.ServiceLoader}. */
    public LaneYield() {}

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside(Lane.class.getName(), "letOthersSignal");
    }
}
