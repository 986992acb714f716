package io.bspump;

import java.time.Instant;

/**
 * Why a pipeline has stopped consuming.
 *
 * @param stage the id of the component that failed
 * @param error what it threw
 * @param time when
 */
public record PipelineError(String stage, Throwable error, Instant time) {

    @Override
    public String toString() {
        return stage + ": " + error;
    }
}
