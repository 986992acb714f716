package io.bspump.test;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of numbers as bits in pages, so that ten million of them in a row are little more than a megabyte. Not thread-safe. */
final class NumberSet {

    private static final int PAGE_BITS = 16;
    private static final int PAGE = 1 << PAGE_BITS;

    private final TreeMap<Long, BitSet> pages = new TreeMap<>();
    private long size;

    // Numbers come nearly in a row: most are on the page of the one before.
    private long lastIndex = Long.MIN_VALUE;
    private BitSet lastPage = new BitSet();

    /** Adds the number; returns whether it is new. */
    boolean add(long number) {
        BitSet page = page(number >> PAGE_BITS);
        int bit = (int) (number & (PAGE - 1));
        if (page.get(bit)) {
            return false;
        }
        page.set(bit);
        size++;
        return true;
    }

    private BitSet page(long index) {
        if (index != lastIndex) {
            lastPage = pages.computeIfAbsent(index, key -> new BitSet());
            lastIndex = index;
        }
        return lastPage;
    }

    /** Adds all numbers from the first to the last. */
    void addAll(long first, long last) {
        long number = first;
        while (number <= last) {
            long index = number >> PAGE_BITS;
            long pageEnd = Math.min(last, (index << PAGE_BITS) + PAGE - 1);
            BitSet page = page(index);
            size -= page.cardinality();
            page.set((int) (number & (PAGE - 1)), (int) (pageEnd & (PAGE - 1)) + 1);
            size += page.cardinality();
            if (pageEnd == last) {
                return;
            }
            number = pageEnd + 1;
        }
    }

    long size() {
        return size;
    }

    /** Returns what is in this set and not in the other. */
    NumberSet minus(NumberSet other) {
        NumberSet rest = new NumberSet();
        for (Map.Entry<Long, BitSet> entry : pages.entrySet()) {
            BitSet bits = (BitSet) entry.getValue().clone();
            BitSet subtracted = other.pages.get(entry.getKey());
            if (subtracted != null) {
                bits.andNot(subtracted);
            }
            if (!bits.isEmpty()) {
                rest.pages.put(entry.getKey(), bits);
                rest.size += bits.cardinality();
            }
        }
        return rest;
    }

    /** Returns the first runs of consecutive numbers, in order. */
    List<LossReport.Range> ranges(int limit) {
        List<LossReport.Range> ranges = new ArrayList<>();
        for (Map.Entry<Long, BitSet> entry : pages.entrySet()) {
            long base = entry.getKey() << PAGE_BITS;
            BitSet bits = entry.getValue();
            int from = bits.nextSetBit(0);
            while (from >= 0) {
                int to = bits.nextClearBit(from);
                if (!join(ranges, base + from, base + to - 1)) {
                    if (ranges.size() == limit) {
                        return ranges;
                    }
                    ranges.add(new LossReport.Range(base + from, base + to - 1));
                }
                from = bits.nextSetBit(to);
            }
        }
        return ranges;
    }

    /** Runs go on across pages. */
    private static boolean join(List<LossReport.Range> ranges, long first, long last) {
        int end = ranges.size() - 1;
        if (end < 0 || ranges.get(end).last() + 1 != first) {
            return false;
        }
        ranges.set(end, new LossReport.Range(ranges.get(end).first(), last));
        return true;
    }
}
