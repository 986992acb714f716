/** What leads events from one pipeline to another. */
@NullMarked
package io.bspump.routing;

import org.jspecify.annotations.NullMarked;
