/** What other programs say and are told: over TCP, over UDP, through the pipe of a subprocess. */
@NullMarked
package io.bspump.ipc;

import org.jspecify.annotations.NullMarked;
