/** Sources and sinks of files, standard input and standard output. */
@NullMarked
package io.bspump.file;

import org.jspecify.annotations.NullMarked;
