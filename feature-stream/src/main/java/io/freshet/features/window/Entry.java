package io.freshet.features.window;

import org.jspecify.annotations.Nullable;

/**
 * What one event or label means to the windows of an entity.
 *
 * @param time its own time, epoch milliseconds
 * @param arrival its place among all arrivals of the pipeline, from 1
 * @param values per column a Double or a String; null where the column's argument has no value or its condition does not
 *     hold
 */
@SuppressWarnings("ArrayRecordComponent") // Entries are never compared by content.
public record Entry(long time, long arrival, @Nullable Object[] values) {}
