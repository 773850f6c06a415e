package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.Pipeline.DriftSpec;
import io.freshet.schemas.pipeline.Pipeline.PerformanceSpec;
import java.time.Duration;
import java.util.Optional;

/** Reads the section of a pipeline file that says how live windows, and the model's answers in them, are judged. */
final class DriftKeys {
    private static final Duration DAY = Duration.ofDays(1);
    private static final double TOLERANCE = 0.1;
    private static final double GREATEST_TOLERANCE = 100;

    /** So many windows at most wait for their labels, which bounds what is kept. */
    private static final int WAITING = 16;

    private DriftKeys() {}

    /** @param wait how long labels are waited for; empty where the label's section is wrong */
    static DriftSpec drift(Section section, Optional<Duration> wait) {
        Duration window = section.duration("window", DAY);
        Duration falseAlarms = section.duration("timeBetweenFalseAlarms", Duration.ofDays(30));
        PerformanceSpec performance = performance(section.sectionOrEmpty("performance"), wait.orElse(DAY), falseAlarms);
        section.finish();
        return new DriftSpec(window, falseAlarms, performance);
    }

    private static PerformanceSpec performance(Section section, Duration wait, Duration falseAlarms) {
        Duration least = Duration.ofMillis(Math.ceilDiv(wait.toMillis(), WAITING));
        Duration window = section.duration("window", least.compareTo(DAY) > 0 ? least : DAY);
        if (window.compareTo(least) < 0) {
            section.problem(
                    "window", "must be at least a sixteenth of label.wait, which is " + least.toMillis() + "ms");
        }
        PerformanceSpec performance = new PerformanceSpec(
                window,
                section.number("tolerance", TOLERANCE, 0, GREATEST_TOLERANCE),
                section.duration("timeBetweenFalseAlarms", falseAlarms),
                section.truth("retrain", true));
        section.finish();
        return performance;
    }
}
