package io.freshet.features.window;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import com.datadoghq.sketch.ddsketch.encoding.ByteArrayInput;
import com.datadoghq.sketch.ddsketch.encoding.GrowingByteArrayOutput;
import com.datadoghq.sketch.ddsketch.store.CollapsingLowestDenseStore;
import io.freshet.schemas.pipeline.Pipeline.Function;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.HllUnion;
import org.apache.datasketches.hll.TgtHllType;
import org.jspecify.annotations.Nullable;

/**
 * A partial result that is an object of its own: values are added, partials are merged, in a fixed order, and functions are
 * read off. Not thread-safe.
 */
abstract sealed class Partial {

    /** An empty one of a kind. */
    static Partial empty(Kind kind) {
        return switch (kind) {
            case ENDS -> new Ends();
            case DISTINCT -> new Distinct();
            case QUANTILES -> new Quantiles();
            case MOMENTS, EXTREMES, TREND -> throw new IllegalArgumentException(kind + " is doubles");
        };
    }

    /** Adds an entry's value, a Double or a String. */
    abstract void add(Entry entry, Object value);

    /** Adds what another of the same kind holds; that one stays as it is. */
    abstract void merge(Partial other);

    /** Another one with the same content. */
    abstract Partial copy();

    /** Empties it. */
    abstract void clear();

    abstract void write(DataOutputStream to) throws IOException;

    /** Takes over what {@link #write} wrote; only once, and only when empty. */
    abstract void read(DataInputStream from) throws IOException;

    /**
     * A function's value.
     *
     * @param level of a quantile
     * @param end the row's event time, epoch milliseconds
     * @return a Double or a String; null where there is nothing to say or no finite number
     */
    abstract @Nullable Object result(Function function, double level, long end);

    /** The earliest and the latest value; among those of one time, the one that arrived first and the one that arrived last. */
    static final class Ends extends Partial {
        private long firstTime;
        private long firstArrival;
        private @Nullable Object first;
        private long lastTime;
        private long lastArrival;
        private @Nullable Object last;

        @Override
        void add(Entry entry, Object value) {
            takeFirst(entry.time(), entry.arrival(), value);
            takeLast(entry.time(), entry.arrival(), value);
        }

        private void takeFirst(long time, long arrival, Object value) {
            if (first == null || time < firstTime || (time == firstTime && arrival < firstArrival)) {
                firstTime = time;
                firstArrival = arrival;
                first = value;
            }
        }

        private void takeLast(long time, long arrival, Object value) {
            if (last == null || time > lastTime || (time == lastTime && arrival > lastArrival)) {
                lastTime = time;
                lastArrival = arrival;
                last = value;
            }
        }

        @Override
        void merge(Partial other) {
            Ends from = (Ends) other;
            if (from.first != null && from.last != null) {
                takeFirst(from.firstTime, from.firstArrival, from.first);
                takeLast(from.lastTime, from.lastArrival, from.last);
            }
        }

        @Override
        Partial copy() {
            Ends copy = new Ends();
            copy.merge(this);
            return copy;
        }

        @Override
        void clear() {
            first = null;
            last = null;
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            Values.write(to, first);
            Values.write(to, last);
            to.writeLong(firstTime);
            to.writeLong(firstArrival);
            to.writeLong(lastTime);
            to.writeLong(lastArrival);
        }

        @Override
        void read(DataInputStream from) throws IOException {
            first = Values.read(from);
            last = Values.read(from);
            firstTime = from.readLong();
            firstArrival = from.readLong();
            lastTime = from.readLong();
            lastArrival = from.readLong();
        }

        @Override
        @Nullable
        Object result(Function function, double level, long end) {
            return switch (function) {
                case FIRST -> first;
                case LAST -> last;
                case TIME_SINCE -> last == null ? null : (Double) ((end - lastTime) / 1e3);
                default -> throw Kind.unfit(function);
            };
        }
    }

    /**
     * About how many different values: HyperLogLog of 2^11 registers (Apache DataSketches), relative standard error 2.3 %;
     * the composite estimator, because it does not depend on the order of the values.
     */
    static final class Distinct extends Partial {
        private static final int LG_K = 11;
        private HllSketch sketch = new HllSketch(LG_K, TgtHllType.HLL_8);
        /** Takes the place of the sketch from the first merge on: results of merging are read, never added to. */
        private @Nullable HllUnion merged;

        @Override
        void add(Entry entry, Object value) {
            if (value instanceof Double number) {
                // Adding 0 makes -0 and 0 one value.
                sketch.update(number + 0.0);
            } else {
                // The sketch would leave out an empty text.
                sketch.update(value.toString().isEmpty() ? "\0" : value.toString());
            }
        }

        @Override
        void merge(Partial other) {
            Distinct from = (Distinct) other;
            if (merged == null) {
                merged = new HllUnion(LG_K);
                merged.update(sketch);
            }
            merged.update(from.merged == null ? from.sketch : from.merged.getResult(TgtHllType.HLL_8));
        }

        @Override
        Partial copy() {
            Distinct copy = new Distinct();
            copy.sketch = merged == null ? sketch.copy() : merged.getResult(TgtHllType.HLL_8);
            return copy;
        }

        @Override
        void clear() {
            sketch = new HllSketch(LG_K, TgtHllType.HLL_8);
            merged = null;
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            byte[] bytes = sketch.toCompactByteArray();
            to.writeInt(bytes.length);
            to.write(bytes);
        }

        @Override
        void read(DataInputStream from) throws IOException {
            sketch = HllSketch.heapify(from.readNBytes(from.readInt()));
        }

        @Override
        Object result(Function function, double level, long end) {
            double estimate = merged == null ? sketch.getCompositeEstimate() : merged.getCompositeEstimate();
            return (double) Math.round(estimate);
        }
    }

    /**
     * About the value at a level: DDSketch (Masson, Rim and Lee, VLDB 12, 2019). The result lies within 1 % of the value of
     * rank {@code floor(level * (n - 1))}, counted from 0; numbers so spread that they would need more than 2,048 bins lose
     * that at the lowest ranks.
     */
    static final class Quantiles extends Partial {
        static final double ACCURACY = 0.01;
        private static final int BINS = 2_048;
        private DDSketch sketch = DDSketches.logarithmicCollapsingLowestDense(ACCURACY, BINS);

        @Override
        void add(Entry entry, Object value) {
            double greatest = sketch.getIndexMapping().maxIndexableValue();
            sketch.accept(Math.clamp((Double) value, -greatest, greatest));
        }

        @Override
        void merge(Partial other) {
            sketch.mergeWith(((Quantiles) other).sketch);
        }

        @Override
        Partial copy() {
            Quantiles copy = new Quantiles();
            copy.sketch = sketch.copy();
            return copy;
        }

        @Override
        void clear() {
            sketch.clear();
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            GrowingByteArrayOutput bytes = GrowingByteArrayOutput.withDefaultInitialCapacity();
            sketch.encode(bytes, false);
            to.writeInt(bytes.numWrittenBytes());
            to.write(bytes.backingArray(), 0, bytes.numWrittenBytes());
        }

        @Override
        void read(DataInputStream from) throws IOException {
            sketch = DDSketch.decode(
                    ByteArrayInput.wrap(from.readNBytes(from.readInt())), () -> new CollapsingLowestDenseStore(BINS));
        }

        @Override
        @Nullable
        Object result(Function function, double level, long end) {
            return sketch.isEmpty() ? null : Numbers.finite(sketch.getValueAtQuantile(level));
        }
    }
}
