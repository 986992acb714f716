package io.bspump.file;

import java.util.regex.Pattern;

/**
 * The names that log files get when they are rotated: {@code access.log} becomes {@code access.log.1}, {@code
 * access.log-20261121}, {@code access.log.2.gz}.
 */
final class RotatedName {

    private static final Pattern ENDING = Pattern.compile("([-._]\\d[-_.:T\\d]*Z?)?(\\.gz)?$");

    private RotatedName() {}

    /** Returns the path without what a rotation has added. */
    static String stem(String path) {
        int name = path.lastIndexOf('/') + 1;
        var ending = ENDING.matcher(path).region(name, path.length());
        return ending.find() && ending.start() > name ? path.substring(0, ending.start()) : path;
    }

    static boolean isRotated(String path) {
        return !stem(path).equals(path);
    }
}
