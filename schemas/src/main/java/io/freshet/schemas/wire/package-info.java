/**
 * The wire format: Confluent's, through Confluent's own client and Avro serializers, so that any Confluent-compatible
 * client and registry works with Freshet's topics.
 */
@NullMarked
package io.freshet.schemas.wire;

import org.jspecify.annotations.NullMarked;
