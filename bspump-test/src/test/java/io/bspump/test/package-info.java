@NullMarked
package io.bspump.test;

import org.jspecify.annotations.NullMarked;
