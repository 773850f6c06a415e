/**
 * What every service does the same way: connections to Kafka and the registry, topic creation from the catalogue, views of
 * compacted topics, one worker per declared pipeline, consume-transform-produce in transactions, health.
 */
@NullMarked
package io.freshet.runtime;

import org.jspecify.annotations.NullMarked;
