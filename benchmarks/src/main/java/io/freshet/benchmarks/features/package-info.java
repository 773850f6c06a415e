/** What feature-stream costs: throughput and latency beside a bare topology on the same records, state and restart. */
@NullMarked
package io.freshet.benchmarks.features;

import org.jspecify.annotations.NullMarked;
