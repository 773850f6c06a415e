package io.freshet.features.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline.Aggregate;
import io.freshet.schemas.pipeline.Pipeline.Function;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class EntityStatesTest {
    private static final Schema EVENT = new Schema.Parser().parse("""
            {"type": "record", "name": "E", "fields": [
              {"name": "amount", "type": "double"}, {"name": "other", "type": "double"}]}""");
    private static final long HOUR = 3_600_000;
    private static final long DAY = 24 * HOUR;
    private static final long START = 20_000 * DAY;

    private static final StateMemory ALL = new StateMemory(Long.MAX_VALUE);

    private final Bytes bytes = new Bytes();

    @Test
    void shouldCarryOverWhatIsStillDeclared() {
        Group before = group(
                feature("sum", Function.SUM, "event.amount", 1), feature("max", Function.MAX, "event.amount", 30));
        fill(before, 200, new Double[] {2.0});

        Group after = group(
                feature("mean", Function.MEAN, "event.other", 1),
                feature("sum_30d", Function.SUM, "event.amount", 30),
                feature("max", Function.MAX, "event.amount", 30),
                feature("sum", Function.SUM, "event.amount", 1));
        EntityStates states = open(after);

        // What is new starts empty, but for entries that were still kept one by one.
        Object[] values = values(after, states, "a", START + 200 * HOUR);
        assertThat(values[2]).isEqualTo(2.0);
        assertThat(values[3]).isEqualTo(48.0);
        assertThat(values[0]).isNull();
        assertThat((Double) values[1]).isBetween(2.0, 2.0 * 2 * EntityWindows.CHUNK);

        add(states, after, "a", new Entry(START + 201 * HOUR, 300, new Object[] {8.0, 5.0}), START + 201 * HOUR);
        EntityStates reopened = open(after);
        values = values(after, reopened, "a", START + 201 * HOUR);
        assertThat(values[0]).isEqualTo(8.0);
        assertThat(values[2]).isEqualTo(5.0);
    }

    @Test
    void shouldDropEntitiesThatNoRowCanLookAt() {
        Group group = group(feature("n", Function.COUNT, "1", 1));
        fill(group, 70, new Double[] {1.0});
        EntityStates states = open(group);
        add(states, group, "idle", new Entry(START, 500, new Object[] {1.0}), START);
        int all = bytes.rows().size();

        states.expire(START + 12 * HOUR, 10);
        assertThat(bytes.rows()).hasSize(all);

        states.expire(START + 2 * DAY, 100);
        assertThat(values(group, states, "idle", START)[0]).isEqualTo(0.0);
        assertThat(bytes.rows().size()).isLessThan(all);
        assertThat(values(group, states, "a", START + 70 * HOUR)[0]).isEqualTo(24.0);

        for (int i = 0; i < 10; i++) {
            states.expire(START + 70 * DAY, 2);
        }
        // The layout stays.
        assertThat(bytes.rows()).hasSize(1);
    }

    @Test
    void shouldKeepAnEntityWhoseNewestEntriesCameAfterItsTilesWereWritten() {
        Group group = group(feature("n", Function.COUNT, "1", 1));
        EntityStates states = open(group);
        for (int i = 0; i < 10; i++) {
            long time = START + i * DAY;
            add(states, group, "a", new Entry(time, i + 1, new Object[] {1.0}), time);
        }
        int all = bytes.rows().size();

        EntityStates reopened = open(group);
        reopened.save(10);
        reopened.expire(START + 9 * DAY, 100);
        assertThat(bytes.rows()).hasSize(all);

        reopened.expire(START + 11 * DAY, 100);
        assertThat(bytes.rows()).hasSize(1);
    }

    @Test
    void shouldKeepEntriesBitForBit() throws Exception {
        Object[] values = {
            null, 0.0, -0.0, 1.0, -1.0, 0.1, 1e300, Double.MIN_VALUE, (double) (1L << 53), 9e15, "", "ä€🙂", 123.45
        };
        EntryBytes written = new EntryBytes(7);
        List<Entry> entries = List.of(
                new Entry(START, 1, values),
                new Entry(START - 5, 1_000, values),
                new Entry(START + DAY, 1_001, values));
        entries.forEach(written::append);

        assertThat(EntryBytes.layout(written.toBytes())).isEqualTo(7);
        List<Entry> read = EntryBytes.read(written.toBytes(), values.length);
        assertThat(read).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(read.get(i).time()).isEqualTo(entries.get(i).time());
            assertThat(read.get(i).arrival()).isEqualTo(entries.get(i).arrival());
            // Objects compare doubles by their bits.
            assertThat(read.get(i).values()).containsExactly(values);
        }
    }

    @Test
    void shouldSayThatAStateOfAnotherFormatIsNotRead() {
        Group group = group(feature("n", Function.COUNT, "1", 1));
        fill(group, 1, new Double[] {1.0});
        bytes.rows().values().forEach(value -> value[0] = 1);

        EntityStates states = open(group);

        assertThatThrownBy(() -> states.get(group, "a"))
                .hasMessageContaining("format 1")
                .hasMessageContaining("reset");
    }

    @Test
    void shouldDropGroupsThatAreNoLongerDeclared() {
        Group before = group(feature("n", Function.COUNT, "1", 1));
        fill(before, 70, new Double[] {1.0});
        Group other = Group.of(Map.of(
                        0,
                        new WindowFeature(
                                "m",
                                new Aggregate(Function.COUNT, expression("1"), Optional.empty(), 0),
                                Source.LABEL,
                                List.of("who"),
                                window(1))))
                .getFirst();

        EntityStates states = open(other);
        states.expire(START, 1_000);

        assertThat(bytes.rows()).hasSize(1);
    }

    @Test
    void shouldBoundTheStateOfAHotKey() {
        Group group = group(
                feature("n_1d", Function.COUNT, "1", 1),
                feature("mean_30d", Function.MEAN, "event.amount", 30),
                feature("sd_30d", Function.STDDEV, "event.amount", 30));
        EntityStates states = open(group);

        for (int i = 0; i < 300_000; i++) {
            long time = START + i * 10_000L;
            add(states, group, "hot", new Entry(time, i + 1, new Object[] {1.0, (double) (i % 7)}), time - 60_000);
        }

        long size =
                bytes.rows().values().stream().mapToLong(value -> value.length).sum();
        // 96 + 60 tiles and the entries of a minute, whatever the number of events.
        assertThat(size).isLessThan(20_000);
        assertThat((Double) values(group, states, "hot", START + 3_000_000_000L)[0])
                .isEqualTo(8_580.0);
    }

    @Test
    void shouldGiveTheSameBitsHoweverFarBehindRowsAre() {
        long seed = Long.getLong("seed", new Random().nextLong());
        Random random = new Random(seed);
        Group group = group(
                feature("mean", Function.MEAN, "event.amount", 1),
                feature("sd", Function.STDDEV, "event.amount", 30),
                feature("last", Function.LAST, "event.amount", 7));
        Bytes writtenAtOnce = new Bytes();
        EntityStates expected = new EntityStates(writtenAtOnce, List.of(group), 0, ALL);
        int furthest = 1 + random.nextInt(300);
        StateMemory memory = random.nextBoolean() ? ALL : new StateMemory(random.nextInt(100_000));
        EntityStates states = new EntityStates(bytes, List.of(group), furthest, memory);

        long time = START;
        for (int arrival = 1; arrival <= 3_000; arrival++) {
            time += random.nextInt(600_000);
            String entity = "e" + random.nextInt(20);
            Entry entry = new Entry(time - random.nextInt(60_000), arrival, new Object[] {random.nextDouble()});
            add(expected, group, entity, entry, time - 60_000);
            add(states, group, entity, entry, time - 60_000);
            if (random.nextInt(50) == 0) {
                states.expire(time - 60_000, 100);
            }
            if (random.nextInt(100) == 0) {
                states.close();
                states = new EntityStates(bytes, List.of(group), furthest, memory);
            }
            if (random.nextInt(10) == 0) {
                assertThat(values(group, states, entity, time))
                        .as("seed %d, arrival %d", seed, arrival)
                        .containsExactly(values(group, expected, entity, time));
            }
        }

        int journal = bytes.entries.size() - bytes.rows().size();
        assertThat(journal).as("seed %d", seed).isLessThan(furthest / 32 + 40);
    }

    @Test
    void shouldKeepNoMoreStatesDecodedThanMemoryAllowsAmongAllThatShareIt() {
        Group group = group(feature("mean", Function.MEAN, "event.amount", 1));
        StateMemory memory = new StateMemory(200_000);
        EntityStates first = new EntityStates(bytes, List.of(group), 1_000, memory);
        EntityStates second = new EntityStates(new Bytes(), List.of(group), 1_000, memory);

        for (int i = 0; i < 5_000; i++) {
            Entry entry = new Entry(START + i, i + 1, new Object[] {(double) i});
            add(first, group, "e" + i, entry, START + i);
            add(second, group, "e" + i, entry, START + i);
            assertThat(memory.taken()).isLessThan(210_000);
        }
        assertThat(memory.taken()).isGreaterThan(150_000);
        assertThat(values(group, first, "e0", START)[0]).isEqualTo(0.0);
        assertThat(values(group, first, "e4999", START + 4_999)[0]).isEqualTo(4_999.0);

        // One that comes later has its share too.
        Bytes others = new Bytes();
        EntityStates third = new EntityStates(others, List.of(group), 1_000, memory);
        int before = others.puts;
        for (int i = 0; i < 50; i++) {
            add(third, group, "e" + i, new Entry(START, i + 1, new Object[] {1.0}), START);
        }
        assertThat(others.puts).isEqualTo(before);
        add(first, group, "e5000", new Entry(START, 10_001, new Object[] {1.0}), START);
        add(second, group, "e5000", new Entry(START, 10_001, new Object[] {1.0}), START);
        assertThat(memory.taken()).isLessThan(210_000);

        first.close();
        second.close();
        third.close();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void shouldWriteAnEntityOnceForManyEntries() {
        Group group = group(feature("sum", Function.SUM, "event.amount", 1));
        EntityStates states = new EntityStates(bytes, List.of(group), 1_000, ALL);

        for (int i = 0; i < 10_000; i++) {
            add(states, group, "e" + i % 10, new Entry(START + i, i + 1, new Object[] {1.0}), START + i);
        }

        assertThat(bytes.puts).isLessThan(10_000 / 5);
    }

    @Test
    void shouldKeepWhatIsOnlyInTheJournalWhenEntitiesAreDropped() {
        Group group = group(feature("n", Function.COUNT, "1", 1));
        EntityStates states = open(group);
        add(states, group, "a", new Entry(START, 1, new Object[] {1.0}), START);
        long late = START + 30 * DAY;
        add(
                new EntityStates(bytes, List.of(group), 100, ALL),
                group,
                "a",
                new Entry(late, 2, new Object[] {1.0}),
                late);

        EntityStates reopened = new EntityStates(bytes, List.of(group), 100, ALL);
        reopened.expire(late, 100);

        assertThat(values(group, reopened, "a", late)[0]).isEqualTo(1.0);
    }

    @Test
    void shouldCarryOverWhatTheJournalHasOfAnotherDeclaration() {
        Group before = group(feature("sum", Function.SUM, "event.amount", 1));
        add(
                new EntityStates(bytes, List.of(before), 100, ALL),
                before,
                "a",
                new Entry(START, 1, new Object[] {3.0}),
                START);

        Group after = group(
                feature("mean", Function.MEAN, "event.other", 1), feature("sum", Function.SUM, "event.amount", 1));
        Object[] values = values(after, new EntityStates(bytes, List.of(after), 100, ALL), "a", START);

        assertThat(values[0]).isNull();
        assertThat(values[1]).isEqualTo(3.0);
    }

    private void fill(Group group, int entries, Double[] columns) {
        EntityStates states = open(group);
        for (int i = 0; i <= entries; i++) {
            long time = START + i * HOUR;
            add(states, group, "a", new Entry(time, i + 1, columns), time);
        }
    }

    /** States whose rows lack nothing. */
    private EntityStates open(Group group) {
        return new EntityStates(bytes, List.of(group), 0, ALL);
    }

    private static void add(EntityStates states, Group group, String entity, Entry entry, long earliestRow) {
        states.add(group, entity, states.get(group, entity), entry, earliestRow);
        states.save(entry.arrival());
    }

    private static Object[] values(Group group, EntityStates states, String entity, long time) {
        Object[] row = new Object[8];
        states.read(group, states.get(group, entity), time, false, 0, row);
        return row;
    }

    private static Group group(WindowFeature... features) {
        Map<Integer, WindowFeature> placed = new TreeMap<>();
        for (WindowFeature feature : features) {
            placed.put(placed.size(), feature);
        }
        return Group.of(placed).getFirst();
    }

    private static WindowFeature feature(String name, Function function, String argument, int days) {
        return new WindowFeature(
                name,
                new Aggregate(function, expression(argument), Optional.empty(), 0),
                Source.EVENT,
                List.of("who"),
                window(days));
    }

    private static Window window(int days) {
        Duration over = Duration.ofDays(days);
        return new Window(over, Window.hopFor(over).orElseThrow(), Duration.ZERO, false);
    }

    private static Expression expression(String source) {
        try {
            return Expression.compile(source, EVENT, null);
        } catch (Expression.InvalidExpressionException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Bytes implements EntityStates.Store {
        private final TreeMap<byte[], byte[]> entries = new TreeMap<>(java.util.Arrays::compareUnsigned);
        private int puts;

        /** All but the journal's. */
        private Map<byte[], byte[]> rows() {
            return entries.headMap(
                    ByteBuffer.allocate(Long.BYTES).putLong(Journal.NAME).array());
        }

        @Override
        public byte[] get(byte[] key) {
            return entries.get(key);
        }

        @Override
        public void put(byte[] key, byte[] value) {
            entries.put(key, value);
            puts += ByteBuffer.wrap(key).getLong() == Journal.NAME ? 0 : 1;
        }

        @Override
        public void delete(byte[] key) {
            entries.remove(key);
        }

        @Override
        public Rows from(byte[] key) {
            Iterator<Row> rows = entries.tailMap(key).entrySet().stream()
                    .map(entry -> new Row(entry.getKey(), entry.getValue()))
                    .toList()
                    .iterator();
            return new Rows() {
                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public Row next() {
                    return rows.next();
                }

                @Override
                public void close() {}
            };
        }
    }
}
