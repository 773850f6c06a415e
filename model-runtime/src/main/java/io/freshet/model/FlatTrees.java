package io.freshet.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Regression trees laid out for walking: breadth first, siblings side by side, a node in {@value #NODE} ints, so that a
 * step reads one or two cache lines. A step has no branch, and eight walks, which do not wait for each other, go on at a
 * time: of one row down eight trees, or of eight rows down one tree (predication and interleaving of Asadi, Lin and de Vries,
 * "Runtime Optimizations for Tree-based Machine Learning Models", IEEE TKDE 26(9), 2014). A walk that has reached its leaf
 * stays there until the deepest of the eight is done.
 *
 * <p>Float32 values are compared as ints in the same order, their keys. A missing value's key lies below or above all
 * others, as the split sends it to the left or to the right, so that a feature has a key for each side that is asked for.
 */
final class FlatTrees {
    /** Ints of a node: the threshold's key, the place of the key to compare, the right child's index in the array. */
    private static final int NODE = 3;

    private static final int LANES = 8;

    /** Keys of rows that are scored together stay in the second-level cache beside a tree. */
    private static final int BLOCK_KEYS = 16_384;

    private static final int BLOCK_ROWS = 256;

    /** Below and above the key of every number. */
    private static final int BELOW = Integer.MIN_VALUE;

    private static final int ABOVE = Integer.MAX_VALUE;

    private static final ThreadLocal<int[]> SCRATCH = ThreadLocal.withInitial(() -> new int[0]);

    /** A leaf compares {@link #ABOVE} with the bits of its value, and is its own right child. */
    private final int[] nodes;

    private final int[] roots;
    private final int[] depths;
    private final int[] columns;
    private final int[] missing;

    /** Takes valid arrays, see {@link TreeEnsembleScorer}, and keeps none. */
    FlatTrees(
            int[] roots,
            int[] features,
            float[] thresholds,
            int[] left,
            int[] right,
            boolean[] defaultLeft,
            float[] leaves) {
        Map<Side, Integer> places = new LinkedHashMap<>();
        for (int node = 0; node < features.length; node++) {
            if (left[node] != TreeEnsembleScorer.LEAF) {
                places.putIfAbsent(new Side(features[node], defaultLeft[node]), places.size());
            }
        }
        this.columns = places.keySet().stream().mapToInt(Side::column).toArray();
        this.missing = places.keySet().stream()
                .mapToInt(side -> side.defaultLeft() ? BELOW : ABOVE)
                .toArray();
        this.nodes = new int[Math.multiplyExact(NODE, features.length)];
        this.roots = Arrays.stream(roots).map(root -> NODE * root).toArray();
        this.depths = new int[roots.length];
        int[] order = new int[features.length];
        int[] depth = new int[features.length];
        for (int tree = 0; tree < roots.length; tree++) {
            int end = tree + 1 < roots.length ? roots[tree + 1] : features.length;
            order[roots[tree]] = roots[tree];
            int reached = roots[tree] + 1;
            for (int at = roots[tree]; at < end; at++) {
                int node = order[at];
                if (left[node] == TreeEnsembleScorer.LEAF) {
                    put(at, Float.floatToRawIntBits(leaves[node]), columns.length, at);
                    depths[tree] = Math.max(depths[tree], depth[at]);
                    continue;
                }
                for (int child : new int[] {left[node], right[node]}) {
                    order[reached] = child;
                    depth[reached++] = depth[at] + 1;
                }
                int place = Objects.requireNonNull(places.get(new Side(features[node], defaultLeft[node])));
                put(at, key(thresholds[node]), place, reached - 1);
            }
        }
    }

    /** Where a missing value of a column goes. */
    private record Side(int column, boolean defaultLeft) {}

    private void put(int at, int key, int place, int rightChild) {
        nodes[NODE * at] = key;
        nodes[NODE * at + 1] = place;
        nodes[NODE * at + 2] = NODE * rightChild;
    }

    /** Ordered as the numbers are; that of both zeros is the same. */
    private static int key(float number) {
        int bits = Float.floatToRawIntBits(number + 0f);
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /** The base and then the trees' leaves for a prepared vector, summed in double precision in tree order. */
    double margin(double[] prepared, double base) {
        double margin = base;
        int tree = 0;
        if (roots.length >= LANES) {
            int[] keys = scratch(columns.length + 1);
            fill(prepared, keys, 0);
            for (; tree + LANES <= roots.length; tree += LANES) {
                int deepest = 0;
                for (int lane = 0; lane < LANES; lane++) {
                    deepest = Math.max(deepest, depths[tree + lane]);
                }
                int a = roots[tree];
                int b = roots[tree + 1];
                int c = roots[tree + 2];
                int d = roots[tree + 3];
                int e = roots[tree + 4];
                int f = roots[tree + 5];
                int g = roots[tree + 6];
                int h = roots[tree + 7];
                for (int i = 0; i < deepest; i++) {
                    a = step(a, keys, 0);
                    b = step(b, keys, 0);
                    c = step(c, keys, 0);
                    d = step(d, keys, 0);
                    e = step(e, keys, 0);
                    f = step(f, keys, 0);
                    g = step(g, keys, 0);
                    h = step(h, keys, 0);
                }
                margin = margin + leaf(a) + leaf(b) + leaf(c) + leaf(d) + leaf(e) + leaf(f) + leaf(g) + leaf(h);
            }
        }
        for (; tree < roots.length; tree++) {
            margin += leaf(walk(tree, prepared));
        }
        return margin;
    }

    /** One walk alone: as every step waits for the one before, a branch that is guessed right is faster. */
    private int walk(int tree, double[] prepared) {
        int node = roots[tree];
        for (int place = nodes[node + 1]; place != columns.length; place = nodes[node + 1]) {
            int right = nodes[node + 2];
            node = key(prepared, place) < nodes[node] ? right - NODE : right;
        }
        return node;
    }

    /**
     * The margins of prepared vectors, a tree at a time over a block of rows.
     *
     * @param into takes that of row {@code from + i} at {@code offset + i * stride}
     */
    void margins(double[][] prepared, int from, int to, double base, double[] into, int offset, int stride) {
        int width = columns.length + 1;
        int most = Math.max(LANES, Math.min(BLOCK_ROWS, BLOCK_KEYS / width / LANES * LANES));
        int inLanes = to - (to - from) % LANES;
        int[] keys = scratch(Math.multiplyExact(Math.min(most, inLanes - from), width));
        for (int first = from; first < inLanes; first += most) {
            int count = Math.min(most, inLanes - first);
            int at = offset + (first - from) * stride;
            for (int row = 0; row < count; row++) {
                fill(prepared[first + row], keys, row * width);
                into[at + row * stride] = base;
            }
            for (int tree = 0; tree < roots.length; tree++) {
                add(tree, keys, count, into, at, stride);
            }
        }
        for (int row = inLanes; row < to; row++) {
            into[offset + (row - from) * stride] = margin(prepared[row], base);
        }
    }

    /** Adds what a tree says of a block of rows, a multiple of {@link #LANES}. */
    private void add(int tree, int[] keys, int rows, double[] into, int offset, int stride) {
        int width = columns.length + 1;
        int depth = depths[tree];
        for (int row = 0; row < rows; row += LANES) {
            int keysOfA = row * width;
            int keysOfB = keysOfA + width;
            int keysOfC = keysOfB + width;
            int keysOfD = keysOfC + width;
            int keysOfE = keysOfD + width;
            int keysOfF = keysOfE + width;
            int keysOfG = keysOfF + width;
            int keysOfH = keysOfG + width;
            int a = roots[tree];
            int b = a;
            int c = a;
            int d = a;
            int e = a;
            int f = a;
            int g = a;
            int h = a;
            for (int i = 0; i < depth; i++) {
                a = step(a, keys, keysOfA);
                b = step(b, keys, keysOfB);
                c = step(c, keys, keysOfC);
                d = step(d, keys, keysOfD);
                e = step(e, keys, keysOfE);
                f = step(f, keys, keysOfF);
                g = step(g, keys, keysOfG);
                h = step(h, keys, keysOfH);
            }
            int at = offset + row * stride;
            into[at] += leaf(a);
            into[at + stride] += leaf(b);
            into[at + 2 * stride] += leaf(c);
            into[at + 3 * stride] += leaf(d);
            into[at + 4 * stride] += leaf(e);
            into[at + 5 * stride] += leaf(f);
            into[at + 6 * stride] += leaf(g);
            into[at + 7 * stride] += leaf(h);
        }
    }

    /** To the right child, or to its sibling before it where the value lies below the threshold. */
    private int step(int node, int[] keys, int keysOfRow) {
        long difference = (long) keys[keysOfRow + nodes[node + 1]] - nodes[node];
        return nodes[node + 2] + ((int) (difference >> 63) & -NODE);
    }

    private float leaf(int node) {
        return Float.intBitsToFloat(nodes[node]);
    }

    /** Writes a row's keys from {@code offset}, and after them that which leaves compare. */
    private void fill(double[] prepared, int[] keys, int offset) {
        for (int place = 0; place < columns.length; place++) {
            keys[offset + place] = key(prepared, place);
        }
        keys[offset + columns.length] = ABOVE;
    }

    private int key(double[] prepared, int place) {
        float number = (float) prepared[columns[place]];
        return Float.isNaN(number) ? missing[place] : key(number);
    }

    private static int[] scratch(int length) {
        int[] keys = SCRATCH.get();
        if (keys.length < length) {
            keys = new int[length];
            SCRATCH.set(keys);
        }
        return keys;
    }
}
