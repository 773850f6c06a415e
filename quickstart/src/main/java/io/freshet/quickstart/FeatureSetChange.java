package io.freshet.quickstart;

import io.freshet.quickstart.platform.PlatformException;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.SupersededDeclaration;
import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import io.freshet.schemas.row.FeatureRowSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a new declaration means for the model that serves: which earlier declaration's features have to be computed on for
 * it. Pure.
 *
 * @param superseded that declaration, if one is needed
 * @param told what is to be said of it, in words
 */
record FeatureSetChange(Optional<SupersededDeclaration> superseded, List<String> told) {
    FeatureSetChange {
        told = List.copyOf(told);
    }

    /**
     * @param before the declaration in force
     * @param next the one that is to take its place, without what it supersedes
     * @param champion the model that serves, if one does
     * @param withoutChampion whether that model may go without its features
     * @throws PlatformException when the features that the model reads now can no longer be computed, and may not go
     */
    static FeatureSetChange of(
            PipelineDeclared before,
            PipelineDeclared next,
            Optional<ModelRegistered> champion,
            boolean withoutChampion) {
        String newSet = featureSet(next).orElseThrow();
        boolean changed = !featureSet(before).equals(Optional.of(newSet));
        if (champion.isEmpty()) {
            return new FeatureSetChange(
                    Optional.empty(),
                    changed
                            ? List.of("feature set " + newSet
                                    + " is new: the first model learns from the rows that come from now on")
                            : List.of());
        }
        String needed = champion.get().getFeatureSet();
        String model = "model v" + champion.get().getVersion();
        if (needed.equals(newSet)) {
            return new FeatureSetChange(
                    Optional.empty(),
                    changed ? List.of("feature set " + newSet + " is the one that " + model + " reads") : List.of());
        }
        List<SupersededDeclaration> earlier = Stream.of(
                        Stream.of(new SupersededDeclaration(before.getVersion(), before.getDeclaration())),
                        Stream.ofNullable(before.getSuperseded()))
                .flatMap(each -> each)
                .toList();
        for (SupersededDeclaration declaration : earlier) {
            if (featureSet(next, declaration).equals(Optional.of(needed))) {
                return new FeatureSetChange(
                        Optional.of(declaration),
                        changed
                                ? List.of(
                                        "feature set " + newSet + " is computed from now on, and feature set " + needed
                                                + " of version " + declaration.getVersion() + " beside it: " + model
                                                + " reads it until a model of the new one serves")
                                : List.of());
            }
        }
        Optional<SupersededDeclaration> lost = earlier.stream()
                .filter(declaration -> featureSet(before, declaration).equals(Optional.of(needed)))
                .findFirst();
        String degraded =
                "its predictions are the base rate, degraded as OTHER_FEATURE_SET, until a model of feature set "
                        + newSet + " serves";
        if (lost.isPresent() && !withoutChampion) {
            throw new PlatformException("the features of version "
                    + lost.get().getVersion() + ", which " + model + " reads, cannot be computed any more: "
                    + String.join("; ", problems(before, next, lost.get()))
                    + ". Keep what they need in the schemas, or apply"
                    + " it with --without-champion: then " + degraded);
        }
        return new FeatureSetChange(
                Optional.empty(),
                List.of(model + " reads feature set " + needed + ", which is not computed any more: " + degraded));
    }

    /** Why a declaration's features are others under the new schemas. */
    private static List<String> problems(
            PipelineDeclared before, PipelineDeclared next, SupersededDeclaration declaration) {
        try {
            Pipeline then = parse(before, declaration);
            Pipeline now = parse(next, declaration);
            List<String> problems = new ArrayList<>();
            for (int i = 0; i < then.features().size(); i++) {
                boolean text = now.features().get(i).categorical();
                if (then.features().get(i).categorical() != text) {
                    problems.add("feature " + then.features().get(i).name() + " would be a "
                            + (text ? "text and was a number" : "number and was a text"));
                }
            }
            return problems;
        } catch (InvalidPipelineException e) {
            return e.problems().stream().map(Object::toString).toList();
        }
    }

    private static Optional<String> featureSet(PipelineDeclared declared) {
        return featureSet(declared, new SupersededDeclaration(declared.getVersion(), declared.getDeclaration()));
    }

    /** The feature set of a declaration under the schemas of another; empty where it cannot be computed. */
    private static Optional<String> featureSet(PipelineDeclared schemas, SupersededDeclaration declaration) {
        try {
            return Optional.of(FeatureRowSchema.of(parse(schemas, declaration)).featureSet());
        } catch (InvalidPipelineException e) {
            return Optional.empty();
        }
    }

    private static Pipeline parse(PipelineDeclared schemas, SupersededDeclaration declaration)
            throws InvalidPipelineException {
        return PipelineFile.parseSuperseded(PipelineDeclared.newBuilder(schemas)
                        .setSuperseded(declaration)
                        .build())
                .orElseThrow();
    }
}
