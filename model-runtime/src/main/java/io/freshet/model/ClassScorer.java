package io.freshet.model;

import java.util.List;

/** Probabilities of several classes from one scorer for each, all over the same prepared vector. */
public final class ClassScorer implements Scorer {
    private final List<Scorer> scorers;
    private final Combination combination;

    /** How one number for each class becomes probabilities that sum to 1. */
    public enum Combination {
        /** The numbers are margins: {@code exp(m) / sum of exp(m)}. */
        SOFTMAX,
        /** The numbers are at least 0: each is divided by their sum, and all classes are equal where that is 0. */
        SHARES
    }

    /**
     * @param scorers linear ones or tree ensembles, at least two, equally wide; for margins with {@link Link#IDENTITY}, else
     *     with a link that is never below 0
     * @throws IllegalArgumentException on anything else
     */
    public ClassScorer(List<? extends Scorer> scorers, Combination combination) {
        this.scorers = List.copyOf(scorers);
        this.combination = combination;
        if (scorers.size() < 2) {
            throw new IllegalArgumentException("there must be two classes at least, not " + scorers.size());
        }
        for (Scorer scorer : this.scorers) {
            Link link = switch (scorer) {
                case LinearScorer linear -> linear.link();
                case TreeEnsembleScorer trees -> trees.link();
                case DenseNetworkScorer network -> throw new IllegalArgumentException("a network scores all classes");
                case ClassScorer classes -> throw new IllegalArgumentException("classes within classes");
            };
            if ((link == Link.IDENTITY) != (combination == Combination.SOFTMAX)) {
                throw new IllegalArgumentException("link " + link + " does not go with " + combination);
            }
            if (scorer.width() != this.scorers.getFirst().width()) {
                throw new IllegalArgumentException("the classes' scorers differ in width");
            }
        }
    }

    /** One for each class, in their order. */
    public List<Scorer> scorers() {
        return scorers;
    }

    /** How their numbers become probabilities. */
    public Combination combination() {
        return combination;
    }

    @Override
    public int width() {
        return scorers.getFirst().width();
    }

    @Override
    public int outputs() {
        return scorers.size();
    }

    @Override
    public boolean takesMissing() {
        return scorers.stream().allMatch(Scorer::takesMissing);
    }

    @Override
    public double score(double[] prepared) {
        throw new IllegalStateException(scorers.size() + " classes have no single score");
    }

    @Override
    public void score(double[] prepared, double[] into) {
        for (int i = 0; i < scorers.size(); i++) {
            into[i] = scorers.get(i).score(prepared);
        }
        combine(into, 0);
    }

    @Override
    public void scores(double[][] prepared, int from, int to, double[] into) {
        int classes = scorers.size();
        for (int i = 0; i < classes; i++) {
            if (scorers.get(i) instanceof TreeEnsembleScorer trees) {
                trees.scores(prepared, from, to, into, i, classes);
                continue;
            }
            for (int row = from; row < to; row++) {
                into[(row - from) * classes + i] = scorers.get(i).score(prepared[row]);
            }
        }
        for (int row = from; row < to; row++) {
            combine(into, (row - from) * classes);
        }
    }

    private void combine(double[] scores, int from) {
        if (combination == Combination.SOFTMAX) {
            Scorer.softmax(scores, from, scorers.size());
        } else {
            shares(scores, from, scorers.size());
        }
    }

    /** Divides {@code count} scores from {@code from} on by their sum, in place; all are alike where that is 0. */
    public static void shares(double[] scores, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += scores[i];
        }
        for (int i = from; i < from + count; i++) {
            scores[i] = sum > 0 ? scores[i] / sum : 1.0 / count;
        }
    }
}
