package io.freshet.trainer;

import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.schemas.pipeline.Pipeline.Metric;
import io.freshet.trainer.TrainingProgress.Best;
import io.freshet.trainer.TrainingProgress.Phase;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Keeps count of a training's fits, and tells of each, one at a time. */
final class Progress {
    private final Metric metric;
    private final LongSupplier nanoClock;
    private final Consumer<TrainingProgress> told;
    private final long began;
    private Phase phase = Phase.SEARCHING;
    private int done;
    private Optional<Best> best = Optional.empty();

    Progress(Metric metric, LongSupplier nanoClock, Consumer<TrainingProgress> told) {
        this.metric = metric;
        this.nanoClock = nanoClock;
        this.told = told;
        this.began = nanoClock.getAsLong();
    }

    /** When the training began, by the clock. */
    long began() {
        return began;
    }

    /** @param value NaN where the fit failed */
    synchronized void tell(Phase now, Family family, double value) {
        enter(now);
        done++;
        if (!Double.isNaN(value)
                && best.map(former -> metric.better(value, former.value())).orElse(true)) {
            best = Optional.of(new Best(family, value));
        }
        tell();
    }

    synchronized void judging() {
        enter(Phase.JUDGING);
        tell();
    }

    private void enter(Phase now) {
        if (now != phase) {
            phase = now;
            done = 0;
            best = Optional.empty();
        }
    }

    private void tell() {
        told.accept(new TrainingProgress(phase, done, best, Duration.ofNanos(nanoClock.getAsLong() - began)));
    }
}
