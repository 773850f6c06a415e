package io.freshet.quickstart.dataset;

import io.freshet.page.PlainText;
import io.freshet.quickstart.log.LogReader;
import io.freshet.quickstart.log.RegisteredModels;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.TrainingRun;
import io.freshet.schemas.topic.Topics;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the trainer recorded of its models and runs. */
public final class TrainingRecords {
    private static final String CLIENT = "freshet-training-records";
    private static final int SHOWN = 300;

    private TrainingRecords() {}

    /**
     * The registered models of a pipeline by version, the oldest first.
     *
     * @throws PlatformException when the platform does not answer
     */
    public static SortedMap<Integer, ModelRegistered> models(KafkaConnection connection, String pipeline)
            throws InterruptedException {
        SortedMap<Integer, ModelRegistered> models = new TreeMap<>();
        try (LogReader log = LogReader.open(connection, CLIENT)) {
            RegisteredModels.of(log, pipeline).all().forEach(model -> models.put(model.getVersion(), model));
        }
        return models;
    }

    /**
     * A registered model.
     *
     * @throws PlatformException when there is none of this version, or the platform does not answer
     */
    public static ModelRegistered model(KafkaConnection connection, String pipeline, int version)
            throws InterruptedException {
        SortedMap<Integer, ModelRegistered> models = models(connection, pipeline);
        ModelRegistered model = models.get(version);
        if (model == null) {
            throw new PlatformException(PlainText.of(
                    "there is no model of " + pipeline + " of version " + version + "; "
                            + (models.isEmpty() ? "none is registered" : "registered are " + models.keySet()),
                    SHOWN));
        }
        return model;
    }

    /**
     * A training run, whatever came of it.
     *
     * @throws PlatformException when there is none of this id, or the platform does not answer
     */
    public static TrainingRun run(KafkaConnection connection, String pipeline, String runId)
            throws InterruptedException {
        SortedMap<String, TrainingRun> runs = new TreeMap<>();
        try (LogReader log = LogReader.open(connection, CLIENT)) {
            log.all(Topics.TRAINING_RUNS.name(), pipeline, TrainingRun.class)
                    .forEach(run -> runs.put(run.getRunId(), run));
        }
        TrainingRun run = runs.get(runId);
        if (run == null) {
            throw new PlatformException(PlainText.of(
                    "there is no training run '" + runId + "' of " + pipeline + "; "
                            + (runs.isEmpty() ? "there is none at all" : "there are " + runs.keySet()),
                    SHOWN));
        }
        return run;
    }
}
