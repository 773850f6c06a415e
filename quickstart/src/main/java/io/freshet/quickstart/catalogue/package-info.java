/**
 * The feature catalogue of a pipeline: what is declared about each feature, what its newest rows hold, what it is computed
 * from and which models read it. Reading and showing are apart; what is shown is fit for a terminal, for JSON or for a page.
 */
@NullMarked
package io.freshet.quickstart.catalogue;

import org.jspecify.annotations.NullMarked;
