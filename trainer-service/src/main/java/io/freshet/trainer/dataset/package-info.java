/**
 * Training sets as pinned pieces of the log: read, hashed, read again as long as retention leaves them there. Needs Kafka,
 * and is open to the command line.
 */
@NullMarked
package io.freshet.trainer.dataset;

import org.jspecify.annotations.NullMarked;
