/** A pump that follows the access log of a web server. */
@NullMarked
package io.bspump.samples.accesslog;

import org.jspecify.annotations.NullMarked;
