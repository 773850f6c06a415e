/**
 * The contract that every service and every outside client shares: Avro messages in {@code message}, topics in
 * {@code topic}, pipeline declarations in {@code pipeline}.
 */
@NullMarked
package io.freshet.schemas;

import org.jspecify.annotations.NullMarked;
