/** The feature-stream as a service: one running topology for each declared pipeline. */
@Configuration
@Requires(property = "freshet.service", value = FeatureStreamApplication.NAME)
@NullMarked
package io.freshet.features.service;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
