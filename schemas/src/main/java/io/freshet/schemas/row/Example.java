package io.freshet.schemas.row;

import java.time.Instant;

/**
 * A feature row whose label became known.
 *
 * @param row the row exactly as it was scored
 * @param label 1 for a positive, 0 for a negative; of several classes the position of this one, from 0; of a regression the
 *     value
 * @param labelTime when the truth became known, event time
 */
public record Example(FeatureRow row, double label, Instant labelTime) {}
