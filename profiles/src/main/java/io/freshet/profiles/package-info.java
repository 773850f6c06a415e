/**
 * What training and monitoring must agree on: mergeable profiles of feature values, and statistics that say how far a
 * window's profile has moved from a baseline's. Pure computation: no I/O, no clock, no threads. Accumulators are mutable
 * and not safe for concurrent use, reading included, because the quantile sketch caches its sorted view.
 */
@NullMarked
package io.freshet.profiles;

import org.jspecify.annotations.NullMarked;
