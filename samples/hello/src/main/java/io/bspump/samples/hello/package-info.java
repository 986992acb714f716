/** The smallest pump. */
@NullMarked
package io.bspump.samples.hello;

import org.jspecify.annotations.NullMarked;
