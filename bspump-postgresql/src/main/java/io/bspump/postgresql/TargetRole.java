package io.bspump.postgresql;

/** Which server of several is wanted. */
enum TargetRole {
    ANY(true, true),
    PRIMARY(true, false),
    SECONDARY(false, true),
    PREFER_PRIMARY(true, true),
    PREFER_SECONDARY(true, true);

    private final boolean primaries;
    private final boolean secondaries;

    TargetRole(boolean primaries, boolean secondaries) {
        this.primaries = primaries;
        this.secondaries = secondaries;
    }

    /** Whether a server of this kind will do. */
    boolean takes(boolean standby) {
        return standby ? secondaries : primaries;
    }

    /** Whether none could be better than a server of this kind. */
    boolean prefers(boolean standby) {
        return switch (this) {
            case PREFER_PRIMARY -> !standby;
            case PREFER_SECONDARY -> standby;
            default -> takes(standby);
        };
    }

    /** The word in the configuration. */
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
