package io.bspump;

/** An event that was put into a {@link FedSource}: it is told how it ended there. */
abstract class Fed extends Emission<Object> {

    private boolean followed;

    Fed(Context context, Object event) {
        super(event);
        context().putAll(context);
    }

    /** Whether another one is emitted right after it. */
    void follow(boolean now) {
        followed = now;
    }

    @Override
    protected boolean isFollowed() {
        return followed;
    }

    /** The event has ended. Called on the lane of the pipeline that it was put into. */
    abstract void ended(Settlement how);
}
