/** PostgreSQL: {@link io.bspump.postgresql.PostgreSQLConnection} and what works over it. */
@NullMarked
package io.bspump.postgresql;

import org.jspecify.annotations.NullMarked;
