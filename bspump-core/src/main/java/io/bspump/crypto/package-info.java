/** Processors that hash and encrypt. */
@NullMarked
package io.bspump.crypto;

import org.jspecify.annotations.NullMarked;
