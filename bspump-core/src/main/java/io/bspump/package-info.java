/** What one types to write a pump. */
@NullMarked
package io.bspump;

import org.jspecify.annotations.NullMarked;
