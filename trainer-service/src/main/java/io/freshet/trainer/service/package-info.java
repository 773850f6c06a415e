/** The trainer on the log: retrain requests in; models, their artifacts, deployments and the account of each run out. */
@Configuration
@Requires(property = "freshet.service", value = TrainerApplication.NAME)
@NullMarked
package io.freshet.trainer.service;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
