package io.freshet.trainer.rollout;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.GateSpec;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.registry.ModelState.Canary;
import io.freshet.trainer.registry.ModelState.Challenger;
import io.freshet.trainer.registry.ModelState.Champion;
import io.freshet.trainer.registry.ModelState.Move;
import io.freshet.trainer.registry.ModelState.Shadow;
import io.freshet.trainer.registry.Registration;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Decides what becomes of a challenge, on the evidence of its present step. Pure.
 *
 * <ul>
 *   <li>A challenger that fails on an event that the champion has scored is refused at once.
 *   <li>One whose labelled events, {@value Labelled#LEAST} at least, have a greater mean loss than the champion's on the same
 *       ones by more than {@value Labelled#DEVIATIONS} standard errors is refused.
 *   <li>From {@value #LEAST_COMPARED} events on that both have scored, or the step's events where they are fewer, its mean
 *       score may be no more than the gate's {@code meanScore} times the champion's, nor less by that factor, likewise the
 *       share of alarms where {@code alarms.champion} is declared; the mean value of a regression is no more than {@value
 *       #MOST_DEVIATIONS} standard deviations of the champion's values away. None of that holds for a challenger that is
 *       better than the champion on labelled events by as many standard errors: then it is the champion that is off.
 *   <li>After the declared number of events, in shadow those that it has scored and as a canary those that it has answered,
 *       the next share follows, or the champion's place.
 * </ul>
 */
public final class Rollout {
    static final int LEAST_COMPARED = 200;
    static final double MOST_DEVIATIONS = 3;

    /** A class with fewer probable events than this in sum says little of its share. */
    private static final double LEAST_OF_CLASS = 50;

    private static final int DIGITS = 4;

    private final Task task;
    private final GateSpec gate;
    private final RolloutSpec rollout;

    public Rollout(Pipeline pipeline) {
        this.task = pipeline.model().task();
        this.gate = pipeline.gate();
        this.rollout = pipeline.rollout();
    }

    /** Decides. */
    public Decision decide(Challenger challenger, Evidence evidence) {
        if (evidence.failed() > 0) {
            return new Decision.Refuse("it failed where the champion did not, events: " + evidence.failed()
                    + ", first by " + evidence.failure());
        }
        if (evidence.labelled().worse()) {
            return new Decision.Refuse("it is worse than the champion: " + labelled(evidence.labelled()));
        }
        long needed = needed(challenger);
        if (evidence.compared() > 0
                && evidence.compared() >= Math.min(LEAST_COMPARED, needed)
                && !evidence.labelled().better()) {
            Optional<String> implausible = implausible(evidence);
            if (implausible.isPresent()) {
                return new Decision.Refuse(implausible.get());
            }
        }
        long events = events(challenger, evidence);
        if (events < needed) {
            return new Decision.Wait();
        }
        String why = summary(challenger, evidence, events);
        OptionalDouble share = rollout.shareAfter(challenger.share());
        return share.isPresent() ? new Decision.Advance(share.getAsDouble(), why) : new Decision.Promote(why);
    }

    /** The changes of state that a decision leads to. */
    public static List<Move<?>> moves(Decision decision, Challenger challenger, Optional<Champion> serving) {
        return switch (decision) {
            case Decision.Wait() -> List.of();
            case Decision.Advance(double share, String _) -> List.of(challenger.widen(share));
            case Decision.Promote _ -> Registration.promoted(challenger, serving);
            case Decision.Refuse _ -> List.of(challenger.refuse());
        };
    }

    private long needed(Challenger challenger) {
        return switch (challenger) {
            case Shadow _ -> rollout.shadow();
            case Canary(int _, double share) -> rollout.canary().contains(share) ? rollout.events() : 0;
        };
    }

    private static long events(Challenger challenger, Evidence evidence) {
        return switch (challenger) {
            case Shadow _ -> evidence.seen();
            case Canary _ -> evidence.answered();
        };
    }

    private Optional<String> implausible(Evidence evidence) {
        long rows = evidence.compared();
        if (task instanceof Task.Regression) {
            double deviation = evidence.champion().deviation(rows);
            double distance = Math.abs(mean(evidence.challenger(), rows) - mean(evidence.champion(), rows));
            return deviation > 0 && distance > MOST_DEVIATIONS * deviation
                    ? Optional.of("its mean value is implausible: " + means(evidence) + ", which varies by "
                            + number(deviation))
                    : Optional.empty();
        }
        for (int i = 0; i < evidence.champion().sums().size(); i++) {
            double ours = evidence.challenger().sums().get(i);
            double theirs = evidence.champion().sums().get(i);
            boolean telling = task instanceof Task.Binary || Math.max(ours, theirs) >= LEAST_OF_CLASS;
            if (telling && times(ours, theirs) > gate.meanScore()) {
                return Optional.of("its mean score is implausible: " + number(ours / rows) + " against the champion's "
                        + number(theirs / rows) + " on the same " + rows + " events, more than " + gate.meanScore()
                        + " times apart");
            }
        }
        if (gate.alarmsToChampion().isPresent()
                && times(evidence.challenger().alarms(), evidence.champion().alarms())
                        > gate.alarmsToChampion().getAsDouble()) {
            return Optional.of("its share of alarms is implausible: " + alarms(evidence) + ", more than "
                    + gate.alarmsToChampion().getAsDouble() + " times apart");
        }
        return Optional.empty();
    }

    /** How many times one sum is the other, or that the one, as if both were greater by a half; at least 1. */
    private static double times(double one, double other) {
        double ratio = (one + 0.5) / (other + 0.5);
        return Math.max(ratio, 1 / ratio);
    }

    private String summary(Challenger challenger, Evidence evidence, long events) {
        StringBuilder summary = new StringBuilder()
                .append(challenger.stage().name().toLowerCase(Locale.ROOT))
                .append(challenger.share() > 0 ? " of " + percent(challenger.share()) : "")
                .append(": ")
                .append(events)
                .append(challenger instanceof Canary ? " events answered" : " events scored");
        if (evidence.compared() > 0) {
            summary.append(
                    switch (task) {
                        case Task.Binary _ -> ", mean score " + means(evidence) + ", alarms " + alarms(evidence);
                        case Task.Multiclass _ -> "";
                        case Task.Regression _ -> ", mean value " + means(evidence);
                    });
        }
        if (evidence.labelled().rows() > 1) {
            summary.append("; ").append(labelled(evidence.labelled()));
        }
        return summary.toString();
    }

    private static double mean(Evidence.Scores scores, long rows) {
        return scores.sums().getFirst() / rows;
    }

    private static String means(Evidence evidence) {
        return number(mean(evidence.challenger(), evidence.compared())) + " against the champion's "
                + number(mean(evidence.champion(), evidence.compared()));
    }

    private static String alarms(Evidence evidence) {
        return percent((double) evidence.challenger().alarms() / evidence.compared()) + " against the champion's "
                + percent((double) evidence.champion().alarms() / evidence.compared());
    }

    private static String labelled(Labelled labelled) {
        return "on " + labelled.rows() + " labelled events its loss differs by "
                + (labelled.mean() > 0 ? "+" : "") + number(labelled.mean()) + " with a standard error of "
                + number(labelled.error());
    }

    private static String number(double value) {
        return BigDecimal.valueOf(value)
                .round(new MathContext(DIGITS))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static String percent(double share) {
        return number(100 * share) + "%";
    }
}
