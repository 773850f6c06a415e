package io.freshet.trainer.request;

import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.pipeline.Pipeline.Budget;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The rules of a pipeline. The budget holds for everybody. Cooldown and new labels hold for what asks by itself again and
 * again, drift, performance and the schedule: a person passes them, and so do a first model and one of changed features,
 * which are asked for by rules of their own.
 */
public final class RequestRules {
    private final RetrainSpec declared;

    public RequestRules(RetrainSpec declared) {
        this.declared = declared;
    }

    /**
     * Whether a request is trained.
     *
     * @param trained the pipeline's earlier trainings, in any order; declined requests are none
     * @param now processing time
     */
    public Admission admit(RetrainRequest request, List<PastRun> trained, Instant now) {
        return budget(trained, now)
                .or(() -> asksAgain(request.getReason()) ? tooSoon(request, trained) : Optional.empty())
                .<Admission>map(declined -> declined)
                .orElseGet(Admission.Admitted::new);
    }

    private static boolean asksAgain(RetrainReason reason) {
        return switch (reason) {
            case DRIFT, PERFORMANCE, SCHEDULE -> true;
            case FIRST_MODEL, MANUAL, DECLARATION_CHANGED -> false;
        };
    }

    private Optional<Admission.Declined> budget(List<PastRun> trained, Instant now) {
        return declared.atMost().flatMap(budget -> {
            List<Instant> within = trained.stream()
                    .map(PastRun::startedAt)
                    .filter(started -> started.isAfter(now.minus(budget.per())))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            return within.size() < budget.trainings()
                    ? Optional.empty()
                    : Optional.of(new Admission.Declined(RequestRule.AT_MOST, usedUp(budget, within)));
        });
    }

    private static String usedUp(Budget budget, List<Instant> within) {
        Instant free = within.get(budget.trainings() - 1).plus(budget.per());
        return "the budget of " + budget.trainings() + " trainings per " + words(budget.per())
                + " is used up; the next one may start at " + free + ", or raise retrain.atMost";
    }

    private Optional<Admission.Declined> tooSoon(RetrainRequest request, List<PastRun> trained) {
        int refusals = refusals(trained);
        Duration cooldown = declared.cooldownAfter(refusals);
        Optional<Instant> last =
                trained.stream().flatMap(run -> run.eventTime().stream()).max(Comparator.naturalOrder());
        if (last.isPresent() && request.getEventTime().isBefore(last.get().plus(cooldown))) {
            return Optional.of(new Admission.Declined(
                    RequestRule.COOLDOWN,
                    "the stream has come to " + request.getEventTime() + " and was trained on at " + last.get()
                            + "; the cooldown is " + words(cooldown)
                            + (refusals == 0
                                    ? ""
                                    : " after " + refusals + (refusals == 1 ? " refusal" : " refusals")
                                            + " in a row")));
        }
        Long labels = request.getNewLabels();
        if (labels != null && labels < declared.minNewLabels()) {
            return Optional.of(new Admission.Declined(
                    RequestRule.MIN_NEW_LABELS,
                    labels + " labels have come since the last training, " + declared.minNewLabels() + " are needed"));
        }
        return Optional.empty();
    }

    /** Trainings since the last promoted one. */
    private static int refusals(List<PastRun> trained) {
        List<PastRun> newestFirst = trained.stream()
                .sorted(Comparator.comparing(PastRun::startedAt).reversed())
                .toList();
        int refusals = 0;
        while (refusals < newestFirst.size() && !newestFirst.get(refusals).promoted()) {
            refusals++;
        }
        return refusals;
    }

    /** Such as 7d or 1h30m. */
    private static String words(Duration duration) {
        StringBuilder words = new StringBuilder();
        append(words, duration.toDays(), "d");
        append(words, duration.toHoursPart(), "h");
        append(words, duration.toMinutesPart(), "m");
        append(words, duration.toSecondsPart(), "s");
        append(words, duration.toMillisPart(), "ms");
        return words.toString();
    }

    private static void append(StringBuilder words, long amount, String unit) {
        if (amount > 0) {
            words.append(amount).append(unit);
        }
    }
}
