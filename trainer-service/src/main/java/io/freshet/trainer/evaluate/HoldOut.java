package io.freshet.trainer.evaluate;

import io.freshet.trainer.rows.Targets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows that models are evaluated on. Holders must not change the arrays.
 *
 * @param targets one per row
 * @param blocks the block of time of each row, numbered densely from 0 in order of appearance
 * @param blockCount how many blocks there are
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; as many as there are rows.
public record HoldOut(Targets targets, int[] blocks, int blockCount) {
    /** The least number of blocks that is resampled. */
    static final int LEAST_BLOCKS = 5;

    private static final List<Duration> BLOCK_LENGTHS =
            List.of(Duration.ofDays(1), Duration.ofHours(1), Duration.ofMinutes(1));

    /**
     * Cuts rows into blocks: UTC days, or where that gives fewer than {@value #LEAST_BLOCKS}, hours, then minutes, and at
     * last single rows.
     *
     * @param targets one per row
     * @param eventTimes one per row, epoch milliseconds
     */
    public static HoldOut of(Targets targets, long[] eventTimes) {
        for (Duration length : BLOCK_LENGTHS) {
            Map<Long, Integer> numbers = new HashMap<>();
            int[] blocks = new int[eventTimes.length];
            for (int i = 0; i < blocks.length; i++) {
                long block = Math.floorDiv(eventTimes[i], length.toMillis());
                Integer number = numbers.putIfAbsent(block, numbers.size());
                blocks[i] = number == null ? numbers.size() - 1 : number;
            }
            if (numbers.size() >= LEAST_BLOCKS) {
                return new HoldOut(targets, blocks, numbers.size());
            }
        }
        int[] single = new int[eventTimes.length];
        for (int i = 0; i < single.length; i++) {
            single[i] = i;
        }
        return new HoldOut(targets, single, single.length);
    }

    /** Some of the rows, in those of the blocks that they are in, numbered anew. */
    HoldOut of(int[] rows) {
        int[] theirBlocks = new int[rows.length];
        Map<Integer, Integer> numbers = new HashMap<>();
        for (int i = 0; i < rows.length; i++) {
            Integer number = numbers.putIfAbsent(blocks[rows[i]], numbers.size());
            theirBlocks[i] = number == null ? numbers.size() - 1 : number;
        }
        return new HoldOut(targets.of(rows), theirBlocks, numbers.size());
    }
}
