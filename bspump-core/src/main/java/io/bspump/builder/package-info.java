/** Pumps without Java of one's own: pipelines, connections and lookups from a definition in YAML or JSON. */
@NullMarked
package io.bspump.builder;

import org.jspecify.annotations.NullMarked;
