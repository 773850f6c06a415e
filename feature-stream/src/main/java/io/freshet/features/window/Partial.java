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
 * A partial result over some values: values are added, partials are merged, in a fixed order, and functions are read off.
 * Not thread-safe.
 */
abstract sealed class Partial {

    /** The partial results that exist; each serves several functions. */
    enum Kind {
        MOMENTS,
        EXTREMES,
        ENDS,
        DISTINCT,
        QUANTILES,
        TREND;

        /** What a function is read off. */
        static Kind of(Function function) {
            return switch (function) {
                case COUNT, SUM, MEAN, VARIANCE, STDDEV, RATE -> MOMENTS;
                case MIN, MAX -> EXTREMES;
                case FIRST, LAST, TIME_SINCE -> ENDS;
                case DISTINCT -> Kind.DISTINCT;
                case QUANTILE -> QUANTILES;
                case TREND -> Kind.TREND;
            };
        }

        Partial empty() {
            return switch (this) {
                case MOMENTS -> new Moments();
                case EXTREMES -> new Extremes();
                case ENDS -> new Ends();
                case DISTINCT -> new Distinct();
                case QUANTILES -> new Quantiles();
                case TREND -> new Trend();
            };
        }
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
     * @param seconds the window's length
     * @return a Double or a String; null where there is nothing to say or no finite number
     */
    abstract @Nullable Object result(Function function, double level, long end, double seconds);

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? (Double) value : null;
    }

    /**
     * Count, sum and the sum of squared deviations, after Welford (Technometrics 4, 1962) for single values and Chan, Golub
     * and LeVeque (The American Statistician 37, 1983) for merging. A text counts, and is 0 in the sum.
     */
    static final class Moments extends Partial {
        private long count;
        private double sum;
        private double squares;

        @Override
        void add(Entry entry, Object value) {
            double x = value instanceof Double number ? number : 0;
            if (count > 0) {
                double off = x - sum / count;
                squares += off * off * count / (count + 1);
            }
            count++;
            sum += x;
        }

        @Override
        void merge(Partial other) {
            Moments from = (Moments) other;
            if (from.count == 0) {
                return;
            }
            if (count > 0) {
                double off = from.sum / from.count - sum / count;
                squares += off * off * count * from.count / (count + from.count);
            }
            squares += from.squares;
            count += from.count;
            sum += from.sum;
        }

        @Override
        Partial copy() {
            Moments copy = new Moments();
            copy.count = count;
            copy.sum = sum;
            copy.squares = squares;
            return copy;
        }

        @Override
        void clear() {
            count = 0;
            sum = 0;
            squares = 0;
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            to.writeLong(count);
            to.writeDouble(sum);
            to.writeDouble(squares);
        }

        @Override
        void read(DataInputStream from) throws IOException {
            count = from.readLong();
            sum = from.readDouble();
            squares = from.readDouble();
        }

        @Override
        @Nullable
        Object result(Function function, double level, long end, double seconds) {
            return switch (function) {
                case COUNT -> (Double) (double) count;
                case SUM -> finite(sum);
                case RATE -> finite(sum / seconds);
                case MEAN -> count == 0 ? null : finite(sum / count);
                case VARIANCE -> count < 2 ? null : finite(squares / (count - 1));
                case STDDEV -> count < 2 ? null : finite(Math.sqrt(squares / (count - 1)));
                default -> throw unfit(function);
            };
        }
    }

    /** The least and the greatest number. */
    static final class Extremes extends Partial {
        private double min = Double.POSITIVE_INFINITY;
        private double max = Double.NEGATIVE_INFINITY;

        @Override
        void add(Entry entry, Object value) {
            double x = (Double) value;
            min = Math.min(min, x);
            max = Math.max(max, x);
        }

        @Override
        void merge(Partial other) {
            Extremes from = (Extremes) other;
            min = Math.min(min, from.min);
            max = Math.max(max, from.max);
        }

        @Override
        Partial copy() {
            Extremes copy = new Extremes();
            copy.min = min;
            copy.max = max;
            return copy;
        }

        @Override
        void clear() {
            min = Double.POSITIVE_INFINITY;
            max = Double.NEGATIVE_INFINITY;
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            to.writeDouble(min);
            to.writeDouble(max);
        }

        @Override
        void read(DataInputStream from) throws IOException {
            min = from.readDouble();
            max = from.readDouble();
        }

        @Override
        @Nullable
        Object result(Function function, double level, long end, double seconds) {
            return switch (function) {
                case MIN -> finite(min);
                case MAX -> finite(max);
                default -> throw unfit(function);
            };
        }
    }

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
        Object result(Function function, double level, long end, double seconds) {
            return switch (function) {
                case FIRST -> first;
                case LAST -> last;
                case TIME_SINCE -> last == null ? null : (Double) ((end - lastTime) / 1e3);
                default -> throw unfit(function);
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
        Object result(Function function, double level, long end, double seconds) {
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
        Object result(Function function, double level, long end, double seconds) {
            return sketch.isEmpty() ? null : finite(sketch.getValueAtQuantile(level));
        }
    }

    /** The least-squares line of value against time, from centred moments that merge like {@link Moments}. */
    static final class Trend extends Partial {
        private static final double HOUR = 3_600_000;
        private static final Trend EMPTY = new Trend();
        private long count;
        private double meanTime;
        private double meanValue;
        private double timeSquares;
        private double products;

        @Override
        void add(Entry entry, Object value) {
            double time = entry.time() - meanTime;
            count++;
            meanTime += time / count;
            double offset = (Double) value - meanValue;
            meanValue += offset / count;
            timeSquares += time * (entry.time() - meanTime);
            products += time * ((Double) value - meanValue);
        }

        @Override
        void merge(Partial other) {
            Trend from = (Trend) other;
            if (from.count == 0) {
                return;
            }
            if (count == 0) {
                take(from);
                return;
            }
            double all = count + from.count;
            double time = from.meanTime - meanTime;
            double value = from.meanValue - meanValue;
            timeSquares += from.timeSquares + time * time * count * from.count / all;
            products += from.products + time * value * count * from.count / all;
            meanTime += time * from.count / all;
            meanValue += value * from.count / all;
            count += from.count;
        }

        private void take(Trend from) {
            count = from.count;
            meanTime = from.meanTime;
            meanValue = from.meanValue;
            timeSquares = from.timeSquares;
            products = from.products;
        }

        @Override
        Partial copy() {
            Trend copy = new Trend();
            copy.take(this);
            return copy;
        }

        @Override
        void clear() {
            take(EMPTY);
        }

        @Override
        void write(DataOutputStream to) throws IOException {
            to.writeLong(count);
            to.writeDouble(meanTime);
            to.writeDouble(meanValue);
            to.writeDouble(timeSquares);
            to.writeDouble(products);
        }

        @Override
        void read(DataInputStream from) throws IOException {
            count = from.readLong();
            meanTime = from.readDouble();
            meanValue = from.readDouble();
            timeSquares = from.readDouble();
            products = from.readDouble();
        }

        @Override
        @Nullable
        Object result(Function function, double level, long end, double seconds) {
            return timeSquares > 0 ? finite(products / timeSquares * HOUR) : null;
        }
    }

    private static IllegalStateException unfit(Function function) {
        return new IllegalStateException(function + " is not read off this");
    }
}
