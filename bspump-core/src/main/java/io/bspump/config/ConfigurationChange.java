package io.bspump.config;

import java.util.Map;
import java.util.Set;

/**
 * How a configuration that was read anew differs from the one in force, section by section, after everything has been merged
 * and expanded.
 *
 * @param added sections that the files have now
 * @param changed sections that the files have as before, in which something else stands, or whose holders would get something
 *     else for another reason, such as an environment variable
 * @param removed sections that the files do not have any more
 * @param affected for each claimed section the keys whose values are other ones than its holders have
 */
public record ConfigurationChange(
        Set<String> added, Set<String> changed, Set<String> removed, Map<String, Set<String>> affected) {}
