/**
 * What the answers of the serving model turn out to be worth as labels land, against what the model promised on its
 * hold-out: sums that can be merged, the figures made of them, and a sequential test. No Kafka and no clock.
 */
@NullMarked
package io.freshet.drift.performance;

import org.jspecify.annotations.NullMarked;
