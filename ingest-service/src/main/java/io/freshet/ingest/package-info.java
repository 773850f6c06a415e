/**
 * Events and labels over HTTP, one verdict each: accepted and on the log, or rejected with a reason and kept. What is
 * answered has been acknowledged by the brokers.
 */
@Configuration
@Requires(property = "freshet.service", value = IngestApplication.NAME)
@NullMarked
package io.freshet.ingest;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
