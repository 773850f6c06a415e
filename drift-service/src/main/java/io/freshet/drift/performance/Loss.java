package io.freshet.drift.performance;

import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.schemas.pipeline.Pipeline.ModelSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;

/** What an answer costs once the truth is known, at least 0; its mean over rows is what the test looks at. */
public enum Loss {
    /** Negative log-likelihood of the truth, in nats. */
    LOG(Metric.LOG_LOSS),
    /** Squared distance of a probability from the outcome. */
    BRIER(Metric.BRIER),
    SQUARED_ERROR(Metric.RMSE),
    ABSOLUTE_ERROR(Metric.MAE);

    private final Metric metric;

    Loss(Metric metric) {
        this.metric = metric;
    }

    /**
     * The declared metric where that is a mean over rows; else log loss, which falls with every improvement of a probability,
     * of a regression the squared error.
     */
    static Loss of(ModelSpec model) {
        return switch (model.task()) {
            case Task.Binary _ -> model.optimize() == Metric.BRIER ? BRIER : LOG;
            case Task.Multiclass _ -> LOG;
            case Task.Regression _ ->
                model.optimize() == Metric.MAE || model.optimize() == Metric.PINBALL ? ABSOLUTE_ERROR : SQUARED_ERROR;
        };
    }

    /** The metric that its mean is shown as. */
    public Metric metric() {
        return metric;
    }

    /** The metric of a mean loss. */
    double shown(double mean) {
        return this == SQUARED_ERROR ? Math.sqrt(mean) : mean;
    }

    /** The mean loss of a metric. */
    double mean(double shown) {
        return this == SQUARED_ERROR ? shown * shown : shown;
    }

    /** The loss of a probability given to what came true. */
    static double log(double ofTheTruth) {
        return BinaryMetrics.logLoss(ofTheTruth, true);
    }
}
