package io.bspump.mapping;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Goes through what is not null; null can be no event. */
final class Elements implements Iterator<Object> {

    private final Iterator<?> all;
    private @Nullable Object next;

    private Elements(Iterator<?> all) {
        this.all = all;
    }

    static Flux<Object> of(Iterable<?> elements) {
        return Flux.fromIterable(() -> new Elements(elements.iterator()));
    }

    @Override
    public boolean hasNext() {
        while (next == null && all.hasNext()) {
            next = all.next();
        }
        return next != null;
    }

    @Override
    public Object next() {
        Object element = hasNext() ? next : null;
        if (element == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return element;
    }
}
