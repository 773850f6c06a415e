package io.freshet.trainer.dataset;

import io.freshet.schemas.message.OffsetRange;
import io.freshet.schemas.row.Example;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was read from pinned ranges.
 *
 * @param ranges where it stands, every partition among them
 * @param pinnedAt when the ranges' ends were known, processing time
 * @param contentHash of every record, see {@link ContentHash}
 * @param schemaIds the registry's ids of the values' schemas, ascending
 * @param records how many committed records the ranges hold
 * @param read how many of them are examples
 * @param examples the newest of those by event time, twice as many as the declaration asks for at most; ties by partition
 *     and offset
 * @param newestLabel when the newest label of an example became known, event time; empty when there is no example
 */
public record Pinned(
        List<OffsetRange> ranges,
        Instant pinnedAt,
        String contentHash,
        List<Integer> schemaIds,
        long records,
        long read,
        List<Example> examples,
        Optional<Instant> newestLabel) {
    public Pinned {
        ranges = List.copyOf(ranges);
        schemaIds = List.copyOf(schemaIds);
        examples = List.copyOf(examples);
    }

    /** How many records are no examples. */
    public long unreadable() {
        return records - read;
    }
}
