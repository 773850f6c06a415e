/**
 * Windows over what an entity has done: pure, mergeable partial results in tiles, the newest entries one by one, and the
 * values that follow from them. By one definition, stated in {@code docs/features.md}: the same arrivals in the same order
 * give the same values, bit for bit, whenever a process restarts. No Kafka here.
 */
@NullMarked
package io.freshet.features.window;

import org.jspecify.annotations.NullMarked;
