package io.freshet.schemas.pipeline;

import io.freshet.schemas.pipeline.Pipeline.Budget;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the section of a pipeline file that says when models are trained. */
final class RetrainKeys {
    private static final Pattern BUDGET = Pattern.compile("(\\d{1,6})\\s+per\\s+(\\S+)");
    private static final int COOLDOWNS = 16;

    private RetrainKeys() {}

    static RetrainSpec retrain(Section section) {
        Duration cooldown = section.duration("cooldown", Duration.ofDays(1));
        Duration longest = section.duration("backoff", cooldown.multipliedBy(COOLDOWNS));
        if (longest.compareTo(cooldown) < 0) {
            section.problem("backoff", "is the longest cooldown after refused models and cannot be below 'cooldown'");
        }
        RetrainSpec retrain = new RetrainSpec(
                cooldown,
                longest,
                section.count("minNewLabels", 1_000, 0, 100_000_000),
                section.text("atMost", false).flatMap(text -> budget(section, text)),
                section.text("schedule", false).flatMap(text -> schedule(section, text)));
        section.finish();
        return retrain;
    }

    private static Optional<Budget> budget(Section section, String text) {
        Matcher matcher = BUDGET.matcher(text);
        Optional<Duration> per = matcher.matches()
                ? switch (matcher.group(2)) {
                    case "day" -> Optional.of(Duration.ofDays(1));
                    case "week" -> Optional.of(Duration.ofDays(7));
                    default -> Section.duration(matcher.group(2));
                }
                : Optional.empty();
        if (per.isEmpty() || Integer.parseInt(matcher.group(1)) == 0) {
            section.problem(
                    "atMost", "'" + text + "' is no number of trainings for a time; write 1 per day, 4 per 7d or such");
            return Optional.empty();
        }
        return Optional.of(new Budget(Integer.parseInt(matcher.group(1)), per.get()));
    }

    private static Optional<Schedule> schedule(Section section, String text) {
        try {
            return Optional.of(Schedule.of(text));
        } catch (IllegalArgumentException e) {
            section.problem(
                    "schedule",
                    "'" + text + "' is no schedule: " + e.getMessage()
                            + "; write minute, hour, day of month, month and day of week in UTC, such as"
                            + " \"0 4 * * MON\"");
            return Optional.empty();
        }
    }
}
