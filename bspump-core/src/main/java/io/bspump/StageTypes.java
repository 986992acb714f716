package io.bspump;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known at run time of the types that go into a stage and come out of it.
 *
 * @param input null when it is not known
 * @param output null when it is not known
 */
record StageTypes(@Nullable Class<?> input, @Nullable Class<?> output) {

    static final StageTypes UNKNOWN = new StageTypes(null, null);

    /** Returns what the class of a stage tells. */
    static StageTypes of(Class<?> stage) {
        return new StageTypes(argument(stage, Stage.class, 0), argument(stage, Stage.class, 1));
    }

    /** Returns the type of the events that a source emits, or null when it is not known. */
    static @Nullable Class<?> ofEvents(Source<?> source) {
        return argument(source.getClass(), Source.class, 0);
    }

    /** Whether events of one type can go into a stage for the other. What is not known fits. */
    static boolean fit(@Nullable Class<?> output, @Nullable Class<?> input) {
        return output == null || input == null || input.isAssignableFrom(output) || output.isAssignableFrom(input);
    }

    /** Walks up from the type to the generic ancestor and finds what its parameter stands for. */
    private static @Nullable Class<?> argument(Class<?> type, Class<?> ancestor, int index) {
        Map<TypeVariable<?>, Type> known = new HashMap<>();
        Class<?> current = type;
        while (current != ancestor) {
            Type parent = current.getGenericSuperclass();
            Class<?> raw = current.getSuperclass();
            if (parent instanceof ParameterizedType parameterized) {
                Type[] arguments = parameterized.getActualTypeArguments();
                for (int i = 0; i < arguments.length; i++) {
                    known.put(raw.getTypeParameters()[i], arguments[i]);
                }
            }
            current = raw;
        }
        return resolve(ancestor.getTypeParameters()[index], known);
    }

    private static @Nullable Class<?> resolve(@Nullable Type type, Map<TypeVariable<?>, Type> known) {
        if (type instanceof Class<?> found) {
            return found;
        }
        if (type instanceof ParameterizedType parameterized) {
            return resolve(parameterized.getRawType(), known);
        }
        if (type instanceof TypeVariable<?>) {
            return known.containsKey(type) ? resolve(known.get(type), known) : null;
        }
        if (type instanceof GenericArrayType array) {
            Class<?> component = resolve(array.getGenericComponentType(), known);
            return component == null ? null : component.arrayType();
        }
        return type instanceof WildcardType wildcard ? resolve(wildcard.getUpperBounds()[0], known) : null;
    }
}
