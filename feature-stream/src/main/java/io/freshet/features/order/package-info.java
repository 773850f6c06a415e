/**
 * One order for records that come by several lanes, however fast each of them is. Knows nothing of Kafka; queued records
 * are kept in a store of the caller's.
 */
@NullMarked
package io.freshet.features.order;

import org.jspecify.annotations.NullMarked;
