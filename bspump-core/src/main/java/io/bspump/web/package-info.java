/** The management API: connections, pipelines, health and meters over HTTP, and the command line that uses it. */
@NullMarked
package io.bspump.web;

import org.jspecify.annotations.NullMarked;
