package io.bspump;

import org.jspecify.annotations.Nullable;

/** A list of groups, linked through themselves: adding and removing one costs nothing. A group stands in one at a time. */
final class GroupList {

    private @Nullable Group<Object> first;
    private @Nullable Group<Object> last;
    private int size;

    @Nullable
    Group<Object> first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    int size() {
        return size;
    }

    void add(Group<Object> group) {
        group.before = last;
        if (last == null) {
            first = group;
        } else {
            last.after = group;
        }
        last = group;
        size++;
    }

    void remove(Group<Object> group) {
        if (group.before == null) {
            first = group.after;
        } else {
            group.before.after = group.after;
        }
        if (group.after == null) {
            last = group.before;
        } else {
            group.after.before = group.before;
        }
        group.before = null;
        group.after = null;
        size--;
    }
}
