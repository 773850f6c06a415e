/** Every model family beside the same learner of scikit-learn or XGBoost's Python package, on the same prepared rows. */
@NullMarked
package io.freshet.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
