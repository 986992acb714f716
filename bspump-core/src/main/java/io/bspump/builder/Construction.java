package io.bspump.builder;

import io.bspump.Application;
import io.bspump.Pipeline;
import io.bspump.Trigger;
import io.bspump.config.ConfigException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the objects of a definition. Of a class's public constructors it takes the one with the fewest parameters that has a
 * place for all that the element gives: the application and the pipeline by their types, {@code id} and {@code config} by
 * their types and names, and each of {@code args} by the name of a parameter ({@code chill_down} or {@code chillDown}). What is
 * wrong is recorded.
 */
final class Construction {

    /** Arguments that the Python framework has under another name. */
    private static final Map<String, String> RENAMED = Map.of(
            "messagetypes", "topics",
            "chilldownperiod", "chilldown",
            "cronstring", "expression");

    private final Application app;
    private final Found found;
    private final Values values;

    Construction(Application app, Found found, Values values) {
        this.app = app;
        this.found = found;
        this.values = values;
    }

    /**
     * Makes the object of an element.
     *
     * @param section the name of its section, for references in its values
     * @return empty if something is wrong
     */
    <T> Optional<T> make(Class<T> type, Element element, @Nullable Pipeline pipeline, String section) {
        Optional<Map<String, Object>> config = values.config(element.path(), section, element.config());
        Constructor<?> constructor = choose(element, pipeline);
        if (constructor == null || config.isEmpty()) {
            return Optional.empty();
        }
        Object[] arguments = arguments(constructor, element, pipeline, section, config.get());
        return arguments == null ? Optional.empty() : invoke(type, constructor, arguments, element);
    }

    private @Nullable Constructor<?> choose(Element element, @Nullable Pipeline pipeline) {
        List<Constructor<?>> all = List.of(element.type().getConstructors());
        Optional<Constructor<?>> fitting = all.stream()
                .filter(each -> fits(each, element, pipeline))
                .min(Comparator.comparingInt(Constructor::getParameterCount));
        if (fitting.isEmpty()) {
            reject(element, all);
        }
        return fitting.orElse(null);
    }

    private static boolean fits(Constructor<?> constructor, Element element, @Nullable Pipeline pipeline) {
        Set<String> open = element.args().keySet().stream()
                .map(Construction::plain)
                .collect(Collectors.toCollection(TreeSet::new));
        boolean id = element.id() != null;
        boolean config = !element.config().isEmpty();
        for (Parameter parameter : constructor.getParameters()) {
            String name = plain(parameter.getName());
            if (isId(parameter)) {
                id = false;
            } else if (isConfig(parameter)) {
                config = false;
            } else if (isPipeline(parameter) && pipeline == null) {
                return false;
            } else if (!isGiven(parameter) && !open.remove(name)) {
                return false;
            }
        }
        // A trigger has no id of its own here.
        return open.isEmpty() && !(id && needsItsId(element)) && !config;
    }

    private static boolean needsItsId(Element element) {
        return !Trigger.class.isAssignableFrom(element.type())
                && !element.type().getSimpleName().equals(element.id());
    }

    private static String plain(String name) {
        String plain = name.replace("_", "").toLowerCase(Locale.ROOT);
        return RENAMED.getOrDefault(plain, plain);
    }

    private static boolean isId(Parameter parameter) {
        return parameter.getType() == String.class && parameter.getName().equals("id");
    }

    private static boolean isConfig(Parameter parameter) {
        return parameter.getType() == Map.class && parameter.getName().equals("config");
    }

    private static boolean isPipeline(Parameter parameter) {
        return parameter.getType() == Pipeline.class;
    }

    private static boolean isGiven(Parameter parameter) {
        return parameter.getType() == Application.class || isPipeline(parameter);
    }

    private static boolean isArgument(Parameter parameter) {
        return !isGiven(parameter) && !isId(parameter) && !isConfig(parameter);
    }

    private void reject(Element element, List<Constructor<?>> all) {
        String type = element.type().getName();
        if (all.stream().flatMap(each -> Stream.of(each.getParameters())).noneMatch(Parameter::isNamePresent)) {
            found.add(element.line(), element.path(), "cannot be made: " + type + " must be compiled with -parameters");
            return;
        }
        List<String> ways = new ArrayList<>();
        Set<String> known = new TreeSet<>();
        for (Constructor<?> each : all) {
            List<Parameter> arguments = Stream.of(each.getParameters())
                    .filter(Construction::isArgument)
                    .toList();
            if (arguments.stream().allMatch(parameter -> Values.canGive(parameter.getType()))) {
                List<String> names =
                        arguments.stream().map(Construction::written).toList();
                known.addAll(names);
                ways.add(names.isEmpty() ? "none" : String.join(" and ", names));
            }
        }
        String accepted = ways.isEmpty()
                ? "it needs arguments that a definition cannot give"
                : "it takes " + ways.stream().distinct().collect(Collectors.joining(", or "));
        String seen = element.args().isEmpty()
                ? "none"
                : String.join(" and ", element.args().keySet());
        String hint = element.args().keySet().stream()
                .filter(name -> !known.contains(name))
                .map(name -> Found.hint(name, known))
                .collect(Collectors.joining());
        found.add(
                element.line(),
                element.path() + ".args",
                "do not fit " + type + ": " + accepted + "; given: " + Found.shown(seen) + hint);
    }

    private static String written(Parameter parameter) {
        return parameter.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private Object @Nullable [] arguments(
            Constructor<?> constructor,
            Element element,
            @Nullable Pipeline pipeline,
            String section,
            Map<String, Object> config) {
        Map<String, Node> args = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        element.args().forEach((name, node) -> {
            args.put(plain(name), node);
            names.put(plain(name), name);
        });
        Parameter[] parameters = constructor.getParameters();
        @Nullable Object[] arguments = new Object[parameters.length];
        boolean wrong = false;
        for (int i = 0; i < parameters.length; i++) {
            Parameter parameter = parameters[i];
            Node node = args.get(plain(parameter.getName()));
            if (isId(parameter)) {
                arguments[i] = element.id();
            } else if (isConfig(parameter)) {
                arguments[i] = config;
            } else if (isGiven(parameter) || node == null) {
                arguments[i] = isPipeline(parameter) ? pipeline : app;
            } else {
                String name = String.valueOf(names.get(plain(parameter.getName())));
                Optional<Object> value = values.argument(
                        element.path() + ".args." + Found.shown(name), section, name, parameter.getType(), node);
                wrong |= value.isEmpty();
                arguments[i] = value.orElse(null);
            }
        }
        return wrong ? null : arguments;
    }

    private <T> Optional<T> invoke(Class<T> type, Constructor<?> constructor, Object[] arguments, Element element) {
        try {
            return Optional.of(type.cast(constructor.newInstance(arguments)));
        } catch (InvocationTargetException e) {
            failed(element.line(), element.path(), e.getCause() == null ? e : e.getCause());
        } catch (ReflectiveOperationException | LinkageError e) {
            failed(element.line(), element.path(), e);
        }
        return Optional.empty();
    }

    /** Records that an object could not be made. */
    void failed(int line, String path, Throwable reason) {
        if (reason instanceof ConfigException broken) {
            broken.problems().forEach(found::add);
        } else if (reason instanceof VirtualMachineError fatal) {
            throw fatal;
        } else if (reason instanceof ExceptionInInitializerError && reason.getCause() != null) {
            failed(line, path, reason.getCause());
        } else {
            String message = reason.getMessage() == null ? reason.getClass().getName() : reason.getMessage();
            found.add(line, path, "cannot be made: " + values.masked(message));
        }
    }
}
