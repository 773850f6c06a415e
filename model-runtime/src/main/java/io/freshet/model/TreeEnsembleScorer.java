package io.freshet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A sum of regression trees over a base margin, with a link. As XGBoost does, a split compares in float32:
 * {@code (float) x < threshold} goes left, NaN goes to the default side. Leaves are float32, their sum is taken in
 * double precision in tree order.
 *
 * <p>The nodes of all trees lie one after another, each tree from its root; a child's index is above its parent's. So they
 * travel; they are walked in a layout of their own.
 */
public final class TreeEnsembleScorer implements Scorer {
    /** Child index of a leaf. */
    public static final int LEAF = -1;

    private final int width;
    private final double baseMargin;
    private final Link link;
    final int[] roots;
    final int[] features;
    final float[] thresholds;
    final int[] left;
    final int[] right;
    final boolean[] defaultLeft;
    final float[] leaves;
    private final FlatTrees flat;

    /** Takes arrays that nobody else holds. */
    TreeEnsembleScorer(
            int width,
            double baseMargin,
            Link link,
            int[] roots,
            int[] features,
            float[] thresholds,
            int[] left,
            int[] right,
            boolean[] defaultLeft,
            float[] leaves) {
        this.width = width;
        this.baseMargin = baseMargin;
        this.link = link;
        this.roots = roots;
        this.features = features;
        this.thresholds = thresholds;
        this.left = left;
        this.right = right;
        this.defaultLeft = defaultLeft;
        this.leaves = leaves;
        validate();
        this.flat = new FlatTrees(roots, features, thresholds, left, right, defaultLeft, leaves);
    }

    private void validate() {
        int nodes = features.length;
        require(width >= 1, "width must be at least 1");
        require(Double.isFinite(baseMargin), "base margin must be finite");
        require(
                thresholds.length == nodes
                        && left.length == nodes
                        && right.length == nodes
                        && defaultLeft.length == nodes
                        && leaves.length == nodes,
                "node arrays differ in length");
        require(roots.length == 0 ? nodes == 0 : roots[0] == 0, "the first root must be node 0");
        boolean[] hasParent = new boolean[nodes];
        for (int tree = 0; tree < roots.length; tree++) {
            int end = tree + 1 < roots.length ? roots[tree + 1] : nodes;
            require(end > roots[tree] && end <= nodes, "roots must be ascending node indices");
            for (int node = roots[tree]; node < end; node++) {
                require(node == roots[tree] || hasParent[node], "a node has no parent");
                require(Float.isFinite(leaves[node]) && Float.isFinite(thresholds[node]), "node values must be finite");
                if (left[node] == LEAF) {
                    require(right[node] == LEAF, "a leaf has a right child");
                    continue;
                }
                require(features[node] >= 0 && features[node] < width, "split feature out of range");
                claim(hasParent, node, left[node], end);
                claim(hasParent, node, right[node], end);
            }
        }
    }

    private static void claim(boolean[] hasParent, int parent, int child, int end) {
        require(child > parent && child < end, "child index out of range");
        require(!hasParent[child], "a node has two parents");
        hasParent[child] = true;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The margin of an empty ensemble. */
    public double baseMargin() {
        return baseMargin;
    }

    /** The link. */
    public Link link() {
        return link;
    }

    /** Number of trees. */
    public int trees() {
        return roots.length;
    }

    /**
     * The nodes of one tree from its root, in the order in which a child's index is above its parent's.
     *
     * @param tree from 0 to {@link #trees()}, exclusive
     */
    public List<Node> nodes(int tree) {
        int root = roots[tree];
        int end = tree + 1 < roots.length ? roots[tree + 1] : features.length;
        List<Node> nodes = new ArrayList<>(end - root);
        for (int node = root; node < end; node++) {
            boolean leaf = left[node] == LEAF;
            nodes.add(new Node(
                    features[node],
                    thresholds[node],
                    leaf ? LEAF : left[node] - root,
                    leaf ? LEAF : right[node] - root,
                    defaultLeft[node],
                    leaves[node]));
        }
        return nodes;
    }

    /**
     * A split, or a leaf.
     *
     * @param feature split column; without meaning in a leaf
     * @param threshold what lies below it goes left; without meaning in a leaf
     * @param left the left child's index among the tree's nodes, {@link #LEAF} in a leaf
     * @param right the right child's, likewise
     * @param defaultLeft whether NaN goes left; without meaning in a leaf
     * @param leaf what a leaf adds to the margin; without meaning in a split
     */
    public record Node(int feature, float threshold, int left, int right, boolean defaultLeft, float leaf) {}

    @Override
    public int width() {
        return width;
    }

    @Override
    public boolean takesMissing() {
        return true;
    }

    @Override
    public double score(double[] prepared) {
        Scorer.checkWidth(width, prepared);
        return link.apply(flat.margin(prepared, baseMargin));
    }

    @Override
    public void scores(double[][] prepared, int from, int to, double[] into) {
        scores(prepared, from, to, into, 0, 1);
    }

    /** The score of row {@code from + i} goes to {@code offset + i * stride}. */
    void scores(double[][] prepared, int from, int to, double[] into, int offset, int stride) {
        for (int row = from; row < to; row++) {
            Scorer.checkWidth(width, prepared[row]);
        }
        flat.margins(prepared, from, to, baseMargin, into, offset, stride);
        for (int row = from, at = offset; row < to; row++, at += stride) {
            into[at] = link.apply(into[at]);
        }
    }

    /** Starts an ensemble over prepared vectors of {@code width} columns. */
    public static Builder builder(int width) {
        return new Builder(width);
    }

    /** Collects trees. Not safe for concurrent use. */
    public static final class Builder {
        private final int width;
        private final List<Tree> trees = new ArrayList<>();

        private record Tree(List<Node> nodes) {}

        private Builder(int width) {
            this.width = width;
        }

        /**
         * Adds a tree given as parallel arrays, one entry per node, with node 0 as the root. Nodes may come in any
         * order, and those that cannot be reached from the root are dropped.
         *
         * @param feature split column; ignored for leaves
         * @param threshold split value, finite; ignored for leaves
         * @param left left child's index in these arrays, {@link #LEAF} for a leaf
         * @param right right child's index, {@link #LEAF} for a leaf
         * @param defaultLeft whether NaN goes left; ignored for leaves
         * @param leaf value of a leaf, finite; ignored for splits
         * @throws IllegalArgumentException on arrays of different lengths, child indices out of range, a node with two
         *     parents or a cycle
         */
        public Builder addTree(
                int[] feature, float[] threshold, int[] left, int[] right, boolean[] defaultLeft, float[] leaf) {
            int n = left.length;
            require(
                    n > 0
                            && feature.length == n
                            && threshold.length == n
                            && right.length == n
                            && defaultLeft.length == n
                            && leaf.length == n,
                    "node arrays are empty or differ in length");
            int[] order = new int[n];
            int[] position = new int[n];
            Arrays.fill(position, -1);
            position[0] = 0;
            int reached = 1;
            for (int at = 0; at < reached; at++) {
                int node = order[at];
                if (left[node] == LEAF && right[node] == LEAF) {
                    continue;
                }
                for (int child : new int[] {left[node], right[node]}) {
                    require(child >= 0 && child < n, "child index out of range");
                    require(position[child] < 0, "a node has two parents or is on a cycle");
                    position[child] = reached;
                    order[reached++] = child;
                }
            }
            List<Node> nodes = new ArrayList<>(reached);
            for (int at = 0; at < reached; at++) {
                int node = order[at];
                nodes.add(
                        left[node] == LEAF
                                ? new Node(0, 0, LEAF, LEAF, false, leaf[node])
                                : new Node(
                                        feature[node],
                                        threshold[node],
                                        position[left[node]],
                                        position[right[node]],
                                        defaultLeft[node],
                                        0));
            }
            trees.add(new Tree(nodes));
            return this;
        }

        /**
         * The ensemble of the trees added so far.
         *
         * @param baseMargin finite, in margin units (before the link)
         * @throws IllegalArgumentException on a split column outside the width or a number that is not finite
         */
        public TreeEnsembleScorer build(double baseMargin, Link link) {
            int n = trees.stream().mapToInt(tree -> tree.nodes().size()).sum();
            int[] roots = new int[trees.size()];
            int[] features = new int[n];
            float[] thresholds = new float[n];
            int[] left = new int[n];
            int[] right = new int[n];
            boolean[] defaultLeft = new boolean[n];
            float[] leaves = new float[n];
            int at = 0;
            for (int t = 0; t < roots.length; t++) {
                int root = at;
                roots[t] = root;
                for (Node node : trees.get(t).nodes()) {
                    features[at] = node.feature();
                    thresholds[at] = node.threshold();
                    left[at] = node.left() == LEAF ? LEAF : root + node.left();
                    right[at] = node.right() == LEAF ? LEAF : root + node.right();
                    defaultLeft[at] = node.defaultLeft();
                    leaves[at] = node.leaf();
                    at++;
                }
            }
            return new TreeEnsembleScorer(
                    width, baseMargin, link, roots, features, thresholds, left, right, defaultLeft, leaves);
        }
    }
}
