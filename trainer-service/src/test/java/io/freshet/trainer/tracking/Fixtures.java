package io.freshet.trainer.tracking;

import io.freshet.card.Cards;
import io.freshet.model.ModelBundleCodec;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.message.TrainingInputs;
import io.freshet.schemas.message.TrainingRun;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the log of {@code cards} holds: version 2 in place of version 1, and a training that was refused. */
final class Fixtures {
    static final byte[] BUNDLE = ModelBundleCodec.encode(Cards.bundle());
    static final ModelRegistered MODEL = ModelRegistered.newBuilder(Cards.model(ModelBundleCodec.fingerprint(BUNDLE)))
            .setSizeBytes(BUNDLE.length)
            .setInputs(inputs())
            .build();

    private Fixtures() {}

    static TrainingRun promoted() {
        TrainingRun run = TrainingRun.newBuilder(Cards.run())
                .setOutcome(RunOutcome.PROMOTED)
                .setInputs(inputs())
                .build();
        run.getCandidates().getFirst().setLearningCurve(List.of(0.7, 0.6, 0.65));
        return run;
    }

    static TrainingRun refused() {
        return TrainingRun.newBuilder(promoted())
                .setRunId("run-it's refused")
                .setRequestId("it's refused")
                .setOutcome(RunOutcome.REFUSED)
                .setPromoted(false)
                .setNewVersion(0)
                .setDetail("the best candidate did not pass: beats-champion")
                .build();
    }

    static ModelStateChanged change(int version, ModelStage from, ModelStage to) {
        return ModelStateChanged.newBuilder()
                .setPipeline("cards")
                .setVersion(version)
                .setFrom(from)
                .setTo(to)
                .setCauseId("run-r2")
                .setReason("it passed")
                .setChangedAt(Cards.TIME)
                .build();
    }

    static TrackedModels models() {
        return new TrackedModels() {
            @Override
            public Optional<ModelRegistered> model(String pipeline, int version) {
                return pipeline.equals("cards") && version == 2 ? Optional.of(MODEL) : Optional.empty();
            }

            @Override
            public Optional<byte[]> bundle(ModelRegistered model) {
                return Optional.of(BUNDLE);
            }
        };
    }

    private static TrainingInputs inputs() {
        return TrainingInputs.newBuilder()
                .setContentHash("c0ffee")
                .setRecords(1_000)
                .setUnreadable(0)
                .setSchemaIds(List.of(7))
                .setFeatureSet("0123456789ab")
                .setPinnedAt(Cards.TIME.minusSeconds(30))
                .setChampion(1)
                .setDeclarationVersion(4)
                .setDeclaration("pipeline: cards\n")
                .setEventSchema("{}")
                .setLabelSchema("{}")
                .setRequest(Cards.request())
                .build();
    }

    /** All metrics of a run's last step, by name. */
    static Map<String, Double> last(RunAccount account) {
        Map<String, Double> last = new TreeMap<>();
        account.metrics().forEach(each -> last.put(each.name(), each.value()));
        return last;
    }
}
