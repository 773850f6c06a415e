package io.freshet.features.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LaneMergeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final TreeMap<byte[], byte[]> stored = new TreeMap<>(Arrays::compareUnsigned);
    private final LaneMerge.Store store = new LaneMerge.Store() {
        @Override
        public void put(byte[] key, byte[] value) {
            stored.put(key, value);
        }

        @Override
        public void delete(byte[] key) {
            stored.remove(key);
        }

        @Override
        public List<Map.Entry<byte[], byte[]>> from(byte[] key, int most) {
            return stored.tailMap(key, true).entrySet().stream()
                    .limit(most)
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                    .toList();
        }
    };

    @Test
    void shouldGiveOneOrderHoweverLanesAdvanceAndWheneverItIsReopened() {
        long first = Long.getLong("seed", new Random().nextLong());
        for (int i = 0; i < 500; i++) {
            Random random = new Random(first + i);
            stored.clear();
            int lanes = 1 + random.nextInt(4);
            int inMemory = 1 + random.nextInt(20);
            List<Deque<Position>> left = new ArrayList<>();
            List<Position> all = new ArrayList<>();
            for (int lane = 0; lane < lanes; lane++) {
                Deque<Position> positions = new ArrayDeque<>();
                long time = 0;
                for (int s = 0; s < random.nextInt(40); s++) {
                    time += random.nextInt(3);
                    positions.add(new Position(time, lane, s));
                }
                all.addAll(positions);
                left.add(positions);
            }
            Collections.sort(all);
            LaneMerge merge = new LaneMerge(lanes, PATIENCE, store, inMemory, 0);
            List<Position> given = new ArrayList<>();
            while (given.size() < all.size()) {
                int lane = random.nextInt(lanes);
                Position next = left.get(lane).peekFirst();
                if (next == null) {
                    merge.hear(lane, new Position(Long.MAX_VALUE, lane, 0), false, 0);
                } else if (random.nextInt(4) == 0) {
                    merge.hear(lane, next, false, 0);
                } else {
                    merge.add(lane, next, text(left.get(lane).removeFirst()), false, 0);
                }
                Optional<LaneMerge.Next> out;
                while (random.nextInt(5) > 0 && (out = merge.poll(0)).isPresent()) {
                    assertThat(out.get().record()).isEqualTo(text(out.get().position()));
                    given.add(out.get().position());
                }
                merge.save();
                if (random.nextInt(20) == 0) {
                    merge = new LaneMerge(lanes, PATIENCE, store, inMemory, 0);
                }
            }
            assertThat(given).as("seed %d", first + i).isEqualTo(all);
            assertThat(stored).isEmpty();
        }
    }

    @Test
    void shouldWaitForALaneThatReadsHistory() {
        LaneMerge merge = new LaneMerge(2, PATIENCE, store, 0);
        merge.hear(1, new Position(5, 1, 0), false, 0);
        merge.add(0, new Position(9, 0, 0), text(Position.START), true, 0);

        assertThat(merge.poll(100_000)).isEmpty();

        merge.hear(1, new Position(9, 1, 4), false, 100_000);
        assertThat(merge.poll(100_000)).isPresent();
    }

    @Test
    void shouldWaitForALaneThatIsDown() {
        LaneMerge merge = new LaneMerge(2, PATIENCE, store, 0);
        merge.hear(1, Position.START, true, 0);
        merge.add(0, new Position(9, 0, 0), text(Position.START), true, 10_000);

        assertThat(merge.poll(10_000)).isEmpty();
        assertThat(merge.poll(20_000)).isEmpty();
    }

    @Test
    void shouldNotWaitForALaneThatHasNothingToBring() {
        LaneMerge merge = new LaneMerge(2, PATIENCE, store, 0);
        merge.hear(1, Position.START, true, 0);
        merge.add(0, new Position(9, 0, 0), text(Position.START), true, 0);

        assertThat(merge.poll(0)).isPresent();
        assertThat(merge.caughtUp(0)).isTrue();
    }

    @Test
    void shouldWaitNoLongerThanItsPatienceForALaneThatIsLive() {
        LaneMerge merge = new LaneMerge(2, PATIENCE, store, 0);
        merge.add(1, new Position(1, 1, 0), text(Position.START), true, 0);
        merge.add(0, new Position(9, 0, 0), text(Position.START), true, 500);

        assertThat(merge.poll(500)).get().extracting(LaneMerge.Next::position).isEqualTo(new Position(1, 1, 0));
        assertThat(merge.poll(500)).isEmpty();
        assertThat(merge.line(500)).isEqualTo(new Position(1, 1, 0));
        assertThat(merge.poll(1_500)).isPresent();
        // What the lane brings after all is given out at once.
        merge.add(1, new Position(2, 1, 2), text(Position.START), true, 1_600);
        assertThat(merge.poll(1_600)).get().extracting(LaneMerge.Next::position).isEqualTo(new Position(2, 1, 2));
        assertThat(merge.line(1_600)).isEqualTo(new Position(9, 0, 0));
    }

    @Test
    void shouldPromiseWhatItsLanesPromise() {
        LaneMerge merge = new LaneMerge(2, PATIENCE, store, 0);
        merge.hear(0, new Position(7, 0, 3), false, 0);
        assertThat(merge.line(0)).isEqualTo(Position.START);
        merge.hear(1, new Position(5, 1, 0), false, 0);
        assertThat(merge.line(0)).isEqualTo(new Position(5, 1, 0));
        merge.add(0, new Position(6, 0, 2), text(Position.START), false, 0);
        merge.hear(1, new Position(8, 1, 9), false, 0);
        assertThat(merge.line(0)).isEqualTo(new Position(6, 0, 2));
    }

    private static byte[] text(Position position) {
        return position.toString().getBytes(StandardCharsets.UTF_8);
    }
}
