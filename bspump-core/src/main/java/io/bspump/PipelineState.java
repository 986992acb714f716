package io.bspump;

/** The life of a pipeline. */
public enum PipelineState {
    /** Built, not started. */
    CREATED,
    /** Its components are starting. */
    STARTING,
    /** Events flow. */
    RUNNING,
    /** It stopped consuming because of an error and keeps the failed event until it is resumed. */
    ERROR,
    /** Its sources stopped reading; what is in flight drains. */
    STOPPING,
    /** Stopped for good. */
    STOPPED,
    /** All sources ended and every event has settled. */
    FINISHED
}
