/**
 * Events and labels in, feature rows and labelled examples out. Arrivals are taken in the order of their own time; each
 * event's features are computed over what had arrived before it. The arithmetic is pure; {@link
 * io.freshet.features.FeatureTopology} puts it on the log.
 */
@NullMarked
package io.freshet.features;

import org.jspecify.annotations.NullMarked;
