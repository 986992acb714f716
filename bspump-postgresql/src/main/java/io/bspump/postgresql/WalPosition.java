package io.bspump.postgresql;

/**
 * An event of a replication stream.
 *
 * @param lsn where its transaction was committed
 * @param number its place in the transaction, from 1 on
 */
record WalPosition(long lsn, long number) {

    /** Before all events. */
    static final WalPosition START = new WalPosition(0, 0);

    /**
     * Reads what {@link #toString} has written.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static WalPosition parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' is no position of a replication stream");
        }
        return new WalPosition(Lsn.parse(text.substring(0, colon)), Long.parseLong(text, colon + 1, text.length(), 10));
    }

    boolean isAfter(WalPosition other) {
        int order = Long.compareUnsigned(lsn, other.lsn);
        return order > 0 || (order == 0 && number > other.number);
    }

    @Override
    public String toString() {
        return Lsn.text(lsn) + ":" + number;
    }
}
