/** The configuration: pipelines.conf, its expansion and overrides, and the options that components declare. */
@NullMarked
package io.bspump.config;

import org.jspecify.annotations.NullMarked;
