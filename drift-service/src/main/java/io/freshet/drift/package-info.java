/**
 * Compares the live stream with what the serving model was trained on. Rows are profiled in panes of event time; when a
 * pane has passed, the window of the last seven is judged against the champion's baseline; a pure policy turns verdicts
 * into alerts and requests for training. {@link io.freshet.drift.DriftMonitor} is all of that without Kafka; {@link
 * io.freshet.drift.DriftTopology} feeds it from topics and keeps its state.
 */
@NullMarked
package io.freshet.drift;

import org.jspecify.annotations.NullMarked;
