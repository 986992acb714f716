/** A pump that writes an access log as a web server does. */
@NullMarked
package io.bspump.samples.loggenerator;

import org.jspecify.annotations.NullMarked;
