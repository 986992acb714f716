package io.bspump;

/** What {@link Application#run} returns; the documentation and {@code --help} explain them. */
final class ExitCode {

    static final int FAILED = 1;
    static final int CONFIGURATION = 2;
    static final int UNSETTLED = 3;
    static final int KILLED = 70;

    private ExitCode() {}
}
