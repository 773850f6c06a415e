/**
 * Trainings on an MLflow tracking server and in its model registry, by MLflow's REST API 2.0 (its documentation, "REST API").
 * What goes there comes from the log and can be sent again at any time: everything is looked for before it is made.
 */
@NullMarked
package io.freshet.trainer.tracking;

import org.jspecify.annotations.NullMarked;
