package io.bspump.builder;

import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the classes that a definition names. A class is found by its package and its name; those of bspump also by the module
 * that the Python framework has them in, or by their name alone. Finding a class runs none of its code.
 */
final class PartClasses {

    private static final Pattern NAME = Pattern.compile("\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*"
            + "(\\.\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*)*");

    /** Where bspump's own parts are. */
    private static final List<String> PACKAGES = List.of(
            "io.bspump",
            "io.bspump.aggregation",
            "io.bspump.crypto",
            "io.bspump.elasticsearch",
            "io.bspump.file",
            "io.bspump.filter",
            "io.bspump.json",
            "io.bspump.kafka",
            "io.bspump.lookup",
            "io.bspump.mapping",
            "io.bspump.mongodb",
            "io.bspump.mqtt",
            "io.bspump.ipc",
            "io.bspump.postgresql",
            "io.bspump.random",
            "io.bspump.routing",
            "io.bspump.sink",
            "io.bspump.source",
            "io.bspump.text",
            "io.bspump.trigger");

    /** Classes of the Python framework that have another name here. */
    private static final Map<String, String> RENAMED = Map.of(
            "StreamSource", "StreamServerSource",
            "TCPSource", "StreamServerSource",
            "TCPStreamSource", "StreamServerSource",
            "StreamSink", "StreamClientSink",
            "UDPSource", "DatagramSource",
            "PPrintSink", "PrintSink");

    private PartClasses() {}

    /**
     * Finds a class.
     *
     * @param module a package, a module of the Python framework, or null
     * @param name the simple name; the whole name if there is no module
     * @throws ClassNotFoundException with a message for people
     */
    static Class<?> find(@Nullable String module, String name) throws ClassNotFoundException {
        String whole = module == null ? name : module + "." + name;
        if (!NAME.matcher(whole).matches()) {
            throw new ClassNotFoundException("'" + Found.shown(whole) + "' is no name of a class");
        }
        boolean python = module != null && (module.equals("bspump") || module.startsWith("bspump."));
        boolean alone = module == null && name.indexOf('.') < 0;
        Class<?> type = python || alone ? ofBspump(RENAMED.getOrDefault(name, name)) : load(whole);
        if (type == null) {
            String hint = python || alone ? " among the parts of bspump on the class path" : " on the class path";
            throw new ClassNotFoundException("there is no '" + Found.shown(whole) + "'" + hint);
        }
        return type;
    }

    private static @Nullable Class<?> ofBspump(String name) {
        for (String each : PACKAGES) {
            Class<?> type = load(each + "." + name);
            if (type != null) {
                return type;
            }
        }
        return null;
    }

    private static @Nullable Class<?> load(String name) {
        try {
            return Class.forName(name, false, PartClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // A linkage error is a name in the wrong case on some file systems, or a class whose library is missing.
            return null;
        }
    }

    /** Says why no object of the class can be made, or returns null. */
    static @Nullable String unusable(Class<?> type) {
        int modifiers = type.getModifiers();
        if (type.isInterface() || Modifier.isAbstract(modifiers)) {
            return "is abstract";
        }
        for (Class<?> each = type; each != null; each = each.getDeclaringClass()) {
            if (!Modifier.isPublic(each.getModifiers())) {
                return "is not public";
            }
        }
        if (type.isMemberClass() && !Modifier.isStatic(modifiers)) {
            return "is an inner class";
        }
        return type.getConstructors().length == 0 ? "has no public constructor" : null;
    }
}
