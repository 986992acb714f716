/** TCP and UDP: sources that listen, sinks that send. */
@NullMarked
package io.bspump.net;

import org.jspecify.annotations.NullMarked;
