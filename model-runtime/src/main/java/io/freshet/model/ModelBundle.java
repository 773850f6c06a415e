package io.freshet.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that serving needs to score as training did.
 *
 * @param formatVersion {@link #FORMAT_VERSION}, whichever version the bundle was read from
 * @param pipeline name of the pipeline, not blank
 * @param modelVersion at least 1
 * @param family name of the model family, not blank
 * @param features positions of the raw vector; names are distinct and agree with the preparation
 * @param featureSetId identity of the feature definitions the model was trained on, not blank
 * @param preparation as wide as the scorer; keeps missing values only before a tree ensemble
 * @param scorer the fitted model
 * @param output what the scorer's outputs mean
 * @param golden at least one vector of the features' length
 */
public record ModelBundle(
        int formatVersion,
        String pipeline,
        int modelVersion,
        String family,
        List<Feature> features,
        String featureSetId,
        Preparation preparation,
        Scorer scorer,
        Output output,
        List<GoldenVector> golden) {
    /** The format this code writes; {@link ModelBundleCodec} reads it and all before it. */
    public static final int FORMAT_VERSION = 5;

    /** Throws {@link IllegalArgumentException} where the parts do not fit together. Golden scores are not computed. */
    public ModelBundle {
        features = List.copyOf(features);
        golden = List.copyOf(golden);
        require(formatVersion == FORMAT_VERSION, "unsupported format version " + formatVersion);
        require(!pipeline.isBlank() && !family.isBlank() && !featureSetId.isBlank(), "blank name");
        require(modelVersion >= 1, "model version must be at least 1");
        Set<String> names = new HashSet<>();
        for (Feature feature : features) {
            require(names.add(feature.name()), "feature '" + feature.name() + "' is declared twice");
        }
        require(features.equals(preparation.features()), "features and preparation differ");
        require(
                preparation.width() == scorer.width(),
                "preparation gives " + preparation.width() + " columns, scorer takes " + scorer.width());
        require(
                output.size() == scorer.outputs(),
                "the scorer gives " + scorer.outputs() + " outputs where " + output.size() + " are meant");
        require(!preparation.keepsMissing() || scorer.takesMissing(), "only tree ensembles take missing values");
        require(!golden.isEmpty(), "no golden vectors");
        for (GoldenVector vector : golden) {
            require(vector.raw().size() == features.size(), "golden vector differs in length from the features");
            require(vector.scores().size() == output.size(), "golden vector differs in length from the outputs");
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
