package io.freshet.drift;

import io.freshet.drift.DriftState.Drifting;
import io.freshet.drift.DriftState.Quiet;
import io.freshet.drift.Evidence.Measured;
import io.freshet.drift.PolicyState.Calendar;
import io.freshet.drift.PolicyState.Degraded;
import io.freshet.drift.PolicyState.Outstanding;
import io.freshet.drift.performance.Figures;
import io.freshet.drift.performance.Judgement;
import io.freshet.drift.performance.Promise.Estimate;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.IncidentKind;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.message.RunOutcome;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import io.freshet.schemas.pipeline.Schedule;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * When to alert and when to ask for training: a pure function of state and input. At most one alert of each kind is open
 * and at most one request waits for its run. Ids are made of what they are about, so that the same input gives the same ids.
 */
final class Policy {
    /** An alert is resolved when everything is below this share of its threshold. */
    static final double HYSTERESIS = 0.8;

    /** A changed lead is announced from this relative change on. */
    static final double MATERIAL = 0.25;

    private static final double MORE_EXAMPLES = 1.25;
    private static final int NAMED = 3;

    private final String pipeline;
    private final String featureSet;
    private final int firstAfter;
    private final RetrainSpec retrain;
    private final long window;
    private final boolean askForPerformance;
    private final long performanceWindow;

    /** A new state and what to announce, in order. */
    record Step(PolicyState state, List<Decision> decisions) {
        Step {
            decisions = List.copyOf(decisions);
        }
    }

    Policy(Pipeline pipeline) {
        this.pipeline = pipeline.name();
        this.featureSet = FeatureRowSchema.of(pipeline).featureSet();
        this.firstAfter = pipeline.training().firstAfter();
        this.retrain = pipeline.retrain();
        this.window = pipeline.drift().window().toMillis();
        this.askForPerformance = pipeline.drift().performance().retrain();
        this.performanceWindow = pipeline.drift().performance().window().toMillis();
    }

    PolicyState initial() {
        return PolicyState.initial(featureSet, firstAfter);
    }

    /** A state that was kept: examples of another feature set than the declared one do not count towards a new model. */
    PolicyState resumed(PolicyState kept) {
        return kept.featureSet().equals(featureSet) ? kept : kept.redeclared(featureSet, firstAfter);
    }

    /**
     * A window that closed was judged.
     *
     * @param breakages what is wrong in it that a new model would not help, by feature
     * @param now how far the stream has come, event time
     */
    Step judged(PolicyState state, Evidence evidence, List<Breakage> breakages, long now) {
        Step alerted = alert(state, evidence);
        Step told = tell(alerted.state(), breakages, evidence.windowEnd(), now);
        Step asked = told.state().drift() instanceof Drifting drifting
                ? tooFewLabels(told.state(), drifting, now).orElseGet(() -> askForDrift(told.state(), now))
                : new Step(told.state(), List.of());
        return new Step(
                asked.state(),
                Stream.of(alerted, told, asked)
                        .flatMap(step -> step.decisions().stream())
                        .toList());
    }

    /** Raises an incident for everything that was not known to be wrong, and forgets what is right again. */
    private Step tell(PolicyState state, List<Breakage> breakages, long windowEnd, long now) {
        List<Decision> incidents = breakages.stream()
                .filter(breakage -> state.broken().get(breakage.feature()) != breakage.kind())
                .<Decision>map(breakage -> new Decision.Incident(
                        pipeline + "-" + spelled(breakage.kind()) + "-" + breakage.feature() + "-"
                                + Instant.ofEpochMilli(windowEnd),
                        breakage.kind(),
                        breakage.feature(),
                        state.champion(),
                        state.drift() instanceof Drifting drifting ? drifting.alertId() : null,
                        breakage.detail(),
                        breakage.evidence(),
                        now))
                .toList();
        Map<String, IncidentKind> broken =
                breakages.stream().collect(Collectors.toMap(Breakage::feature, Breakage::kind));
        return new Step(state.broken(broken), incidents);
    }

    /** Drift is to be acted on, but for the labels: said once an alert. */
    private Optional<Step> tooFewLabels(PolicyState state, Drifting drifting, long now) {
        if (state.newLabels() >= enoughLabels(state)
                || drifting.alertId().equals(state.tooFewFor())
                || driftToActOn(state, now).isEmpty()) {
            return Optional.empty();
        }
        Decision incident = tooFewLabels(
                state, pipeline + "-too-few-labels-" + Instant.ofEpochMilli(drifting.windowEnd()), drifting, now);
        return Optional.of(new Step(state.tooFewFor(drifting.alertId()), List.of(incident)));
    }

    private Decision tooFewLabels(PolicyState state, String id, @Nullable Drifting drifting, long now) {
        long needed = enoughLabels(state);
        return new Decision.Incident(
                id,
                IncidentKind.TOO_FEW_LABELS,
                null,
                state.champion(),
                drifting == null ? null : drifting.alertId(),
                state.newLabels() + " labels have come since the last training was asked for and " + needed
                        + " are needed: a model is not trained on so few"
                        + (drifting == null ? ", though the schedule asks for it" : ", though " + drifting.message()),
                Map.of("newLabels", (double) state.newLabels(), "needed", (double) needed),
                now);
    }

    /** How many new labels a training needs; the first model its own number. */
    private long enoughLabels(PolicyState state) {
        return state.champion() == 0 ? Math.max(firstAfter, retrain.minNewLabels()) : retrain.minNewLabels();
    }

    /**
     * Processing time has come to {@code clock}: a moment of the schedule that has passed since the last one asks for a
     * model, once however many have; what passed before the schedule was declared does not count.
     *
     * @param now how far the stream has come, event time
     */
    Step scheduled(PolicyState state, Instant clock, long now) {
        Calendar calendar = state.calendar();
        if (retrain.schedule().isEmpty()) {
            return new Step(calendar == null ? state : state.calendar(null), List.of());
        }
        Schedule schedule = retrain.schedule().get();
        if (calendar == null || !calendar.schedule().equals(schedule.toString())) {
            return new Step(state.calendar(new Calendar(schedule.toString(), clock.toEpochMilli())), List.of());
        }
        return schedule.last(clock)
                .filter(moment -> moment.toEpochMilli() > calendar.upTo())
                .map(moment -> askBySchedule(
                        state.calendar(new Calendar(schedule.toString(), moment.toEpochMilli())),
                        moment,
                        now == Panes.NONE ? clock.toEpochMilli() : now))
                .orElseGet(() -> new Step(state, List.of()));
    }

    private Step askBySchedule(PolicyState state, Instant moment, long now) {
        String id = pipeline + "-schedule-" + moment;
        Optional<Map.Entry<String, IncidentKind>> broken =
                state.broken().entrySet().stream().min(Map.Entry.comparingByKey());
        if (broken.isPresent()) {
            Decision incident = new Decision.Incident(
                    id,
                    broken.get().getValue(),
                    broken.get().getKey(),
                    state.champion(),
                    null,
                    "the schedule asks for a model, which would learn from what is wrong with "
                            + String.join(", ", new TreeSet<>(state.broken().keySet())),
                    Map.of(),
                    now);
            return new Step(state, List.of(incident));
        }
        if (state.newLabels() < enoughLabels(state)) {
            return new Step(state, List.of(tooFewLabels(state, id, null, now)));
        }
        String evidence = "The schedule " + retrain.schedule().orElseThrow() + " asks for a model at " + moment + "; "
                + labelsSince(state);
        PolicyState asked = state.outstanding() == null ? state.asked(id, now, state.askedFor()) : state;
        return new Step(
                asked,
                List.of(new Decision.Retrain(
                        id, RetrainReason.SCHEDULE, null, evidence, state.newLabels(), null, now)));
    }

    private static String labelsSince(PolicyState state) {
        return state.newLabels() + " labels have arrived since the last training was asked for.";
    }

    private static String spelled(IncidentKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The last window was judged again, by a new champion's baseline: an open alert moves with it, none is opened. */
    Step rejudged(PolicyState state, Evidence evidence) {
        return state.drift() instanceof Drifting ? alert(state, evidence) : new Step(state, List.of());
    }

    /** A labelled example came and was counted. */
    Step example(PolicyState state, long now) {
        boolean noModel = state.champion() == 0;
        boolean wanted = (noModel || state.awaitsNewFeatures()) && state.announced() <= state.highestDeployed();
        if (wanted && state.outstanding() == null && state.declared() >= state.modelAt()) {
            String id = pipeline + (noModel ? "-first-model-" : "-declaration-changed-") + state.examples();
            String evidence = state.declared() + " labelled examples "
                    + (noModel
                            ? "have arrived and no model serves."
                            : "of the changed features have arrived, and model v" + state.champion()
                                    + " was trained on others.");
            RetrainReason reason = noModel ? RetrainReason.FIRST_MODEL : RetrainReason.DECLARATION_CHANGED;
            return new Step(
                    state.asked(id, now, state.askedFor()),
                    List.of(new Decision.Retrain(id, reason, null, evidence, state.newLabels(), null, now)));
        }
        return ask(state, now);
    }

    /** A request was answered, made by this policy or by somebody else. */
    PolicyState trained(PolicyState state, Arrival.Trained run, long now) {
        Outstanding outstanding = state.outstanding();
        Outstanding answered =
                outstanding != null && outstanding.requestId().equals(run.requestId()) ? outstanding : null;
        boolean declined = run.outcome() == RunOutcome.DECLINED;
        if (declined && answered == null) {
            return state;
        }
        long examples = answered == null ? state.examples() : answered.examples();
        PolicyState.Change change = state.change();
        change.outstanding = answered == null ? outstanding : null;
        if (!run.promoted()) {
            long declared = Math.max(0, state.declared() - (state.examples() - examples));
            change.modelAt = Math.max(firstAfter, (long) Math.ceil(MORE_EXAMPLES * declared));
        }
        if (!declined) {
            change.examplesAtTraining = Math.max(state.examplesAtTraining(), examples);
            change.askedAt = Math.max(state.askedAt(), now);
            change.refusals = run.promoted() ? 0 : state.refusals() + 1;
        }
        if (run.promoted()) {
            change.announced = run.newVersion();
        }
        return change.made();
    }

    private Step alert(PolicyState state, Evidence evidence) {
        List<Measured> drifted = evidence.drifted();
        return switch (state.drift()) {
            case Quiet() -> {
                if (drifted.isEmpty()) {
                    yield new Step(state, List.of());
                }
                String id = pipeline + "-" + Instant.ofEpochMilli(evidence.windowEnd());
                yield announce(state, AlertState.OPEN, id, evidence.windowEnd(), evidence);
            }
            case Drifting incident -> {
                if (resolved(incident, evidence)) {
                    String message = "No feature differs any more from what model v" + evidence.modelVersion()
                            + " was trained on; the alert was open since "
                            + Instant.ofEpochMilli(incident.openedAt()) + ".";
                    Evidence none = new Evidence(
                            evidence.modelVersion(),
                            evidence.windowStart(),
                            evidence.windowEnd(),
                            evidence.rows(),
                            List.of());
                    yield new Step(
                            state.with(new Quiet()),
                            List.of(new Decision.Alert(
                                    incident.alertId(), AlertState.RESOLVED, incident.openedAt(), none, message)));
                }
                if (!drifted.isEmpty() && material(incident, evidence.modelVersion(), drifted)) {
                    yield announce(state, AlertState.UPDATED, incident.alertId(), incident.openedAt(), evidence);
                }
                yield new Step(
                        drifted.isEmpty() ? state : state.with(judgedAgain(incident, evidence.windowEnd())), List.of());
            }
        };
    }

    /** A feature that has too little data now says nothing, so that its alert stays. */
    private static boolean resolved(DriftState.Drifting incident, Evidence evidence) {
        if (evidence.modelVersion() != incident.modelVersion()) {
            return evidence.drifted().isEmpty();
        }
        Set<String> below = evidence.features().stream()
                .filter(feature -> feature.excess() < HYSTERESIS)
                .map(Measured::feature)
                .collect(Collectors.toSet());
        return below.size() == evidence.features().size() && below.containsAll(incident.features());
    }

    private static boolean material(Drifting incident, int modelVersion, List<Measured> drifted) {
        Set<String> names = drifted.stream().map(Measured::feature).collect(Collectors.toSet());
        double change = Math.abs(drifted.getFirst().excess() - incident.lead());
        return modelVersion != incident.modelVersion()
                || !names.equals(new HashSet<>(incident.features()))
                || change >= MATERIAL * incident.lead();
    }

    private static Drifting judgedAgain(Drifting incident, long windowEnd) {
        return new Drifting(
                incident.alertId(),
                incident.openedAt(),
                incident.modelVersion(),
                windowEnd,
                incident.features(),
                incident.lead(),
                incident.message());
    }

    private static Step announce(
            PolicyState state, AlertState alertState, String id, long openedAt, Evidence evidence) {
        List<Measured> drifted = evidence.drifted();
        String message = describe(evidence.modelVersion(), drifted);
        Drifting incident = new Drifting(
                id,
                openedAt,
                evidence.modelVersion(),
                evidence.windowEnd(),
                drifted.stream().map(Measured::feature).toList(),
                drifted.getFirst().excess(),
                message);
        Evidence announced = new Evidence(
                evidence.modelVersion(), evidence.windowStart(), evidence.windowEnd(), evidence.rows(), drifted);
        return new Step(
                state.with(incident), List.of(new Decision.Alert(id, alertState, openedAt, announced, message)));
    }

    private static String describe(int modelVersion, List<Measured> drifted) {
        int more = drifted.size() - 1;
        String subject = drifted.getFirst().feature()
                + switch (more) {
                    case 0 -> " differs";
                    case 1 -> " and 1 more feature differ";
                    default -> " and " + more + " more features differ";
                };
        String numbers = drifted.stream()
                .limit(NAMED)
                .map(feature -> String.format(
                        Locale.ROOT,
                        "%s %.2f (threshold %.2f)",
                        feature.feature(),
                        feature.value(),
                        feature.threshold()))
                .collect(Collectors.joining(", "));
        return subject + " from what model v" + modelVersion + " was trained on: " + numbers
                + (drifted.size() > NAMED ? " and others." : ".");
    }

    /** A window of realised performance was judged. */
    Step performed(PolicyState state, Judgement judgement, long now) {
        Step alerted = alert(state, judgement);
        Step asked = ask(alerted.state(), now);
        return new Step(
                asked.state(),
                Stream.of(alerted, asked)
                        .flatMap(step -> step.decisions().stream())
                        .toList());
    }

    private Step alert(PolicyState state, Judgement judgement) {
        Figures figures = judgement.figures();
        Degraded open = state.degraded();
        if (open == null) {
            String id = pipeline + "-performance-" + Instant.ofEpochMilli(figures.windowEnd());
            return judgement.alarm()
                    ? announce(state, AlertState.OPEN, id, figures.windowEnd(), Panes.NONE, judgement)
                    : new Step(state, List.of());
        }
        if (judgement.keepsThePromise()) {
            String message = "Model v" + figures.modelVersion() + " does as well as it promised again: "
                    + describe(judgement) + "; the alert was open since " + Instant.ofEpochMilli(open.openedAt()) + ".";
            return new Step(
                    state.degraded(null),
                    List.of(performanceAlert(
                            open.alertId(), AlertState.RESOLVED, open.openedAt(), judgement, message)));
        }
        return Math.abs(judgement.excess() - open.excess()) >= MATERIAL * open.excess()
                ? announce(state, AlertState.UPDATED, open.alertId(), open.openedAt(), open.askedFor(), judgement)
                : new Step(state.degraded(open.judgedAgain(figures.windowStart(), figures.windowEnd())), List.of());
    }

    private static Step announce(
            PolicyState state, AlertState alertState, String id, long openedAt, long askedFor, Judgement judgement) {
        Figures figures = judgement.figures();
        String message =
                "Model v" + figures.modelVersion() + " does worse than it promised: " + describe(judgement) + ".";
        Degraded open = new Degraded(
                id,
                openedAt,
                figures.modelVersion(),
                figures.windowStart(),
                figures.windowEnd(),
                judgement.excess(),
                askedFor,
                message);
        return new Step(state.degraded(open), List.of(performanceAlert(id, alertState, openedAt, judgement, message)));
    }

    private static Decision performanceAlert(
            String id, AlertState alertState, long openedAt, Judgement judgement, String message) {
        Figures figures = judgement.figures();
        return new Decision.PerformanceAlert(
                id,
                alertState,
                openedAt,
                figures.modelVersion(),
                figures.windowStart(),
                figures.windowEnd(),
                Optional.of(judgement),
                message);
    }

    private static String describe(Judgement judgement) {
        return judgement.metric().spelled() + " " + words(judgement.figures().realised()) + " on "
                + judgement.figures().rows() + " labelled predictions, " + words(judgement.promised())
                + " on its hold-out";
    }

    private static String words(Estimate estimate) {
        return String.format(Locale.ROOT, "%.4g (%.4g to %.4g)", estimate.value(), estimate.low(), estimate.high());
    }

    /** Another version serves than before: an alert about the one before is over. */
    Step replaced(PolicyState state) {
        Degraded open = state.degraded();
        if (open == null || open.modelVersion() == state.champion()) {
            return new Step(state, List.of());
        }
        String message = "Model v" + open.modelVersion() + " does not serve any more; the alert was open since "
                + Instant.ofEpochMilli(open.openedAt()) + ".";
        return new Step(
                state.degraded(null),
                List.of(new Decision.PerformanceAlert(
                        open.alertId(),
                        AlertState.RESOLVED,
                        open.openedAt(),
                        open.modelVersion(),
                        open.windowStart(),
                        open.windowEnd(),
                        Optional.empty(),
                        message)));
    }

    /** Asks for a model if there is reason to: for drift, or else for performance, never for both at once. */
    private Step ask(PolicyState state, long now) {
        Step forDrift = askForDrift(state, now);
        return forDrift.decisions().isEmpty() ? askForPerformance(state, now) : forDrift;
    }

    private Step askForPerformance(PolicyState state, long now) {
        Degraded open = state.degraded();
        if (open == null
                || !askForPerformance
                || !mayAsk(state, now)
                || open.modelVersion() != state.champion()
                || open.windowEnd() <= open.askedFor()
                || state.newLabels() < enoughLabels(state)) {
            return new Step(state, List.of());
        }
        String id = pipeline + "-performance-" + Instant.ofEpochMilli(open.windowEnd());
        String evidence = open.message() + " " + labelsSince(state);
        return new Step(
                state.asked(id, now, state.askedFor()).degraded(open.asked()),
                List.of(new Decision.Retrain(
                        id,
                        RetrainReason.PERFORMANCE,
                        open.alertId(),
                        evidence,
                        state.newLabels(),
                        open.openedAt() - performanceWindow,
                        now)));
    }

    private Step askForDrift(PolicyState state, long now) {
        return driftToActOn(state, now)
                .filter(drifting -> state.newLabels() >= enoughLabels(state))
                .map(drifting -> {
                    String id = pipeline + "-drift-" + Instant.ofEpochMilli(drifting.windowEnd());
                    String evidence = drifting.message() + " " + labelsSince(state);
                    return new Step(
                            state.asked(id, now, drifting.windowEnd()),
                            List.of(new Decision.Retrain(
                                    id,
                                    RetrainReason.DRIFT,
                                    drifting.alertId(),
                                    evidence,
                                    state.newLabels(),
                                    // The first window that was another one.
                                    drifting.openedAt() - window,
                                    now)));
                })
                .orElseGet(() -> new Step(state, List.of()));
    }

    /**
     * Whether what asks again and again may: not with a new model on its way, after a change of the declaration, where one
     * is asked for in any case, while a feature is broken, or before the cooldown has passed.
     */
    private boolean mayAsk(PolicyState state, long now) {
        return !state.awaitsNewFeatures()
                && state.outstanding() == null
                && state.announced() <= state.highestDeployed()
                && state.broken().isEmpty()
                && (state.askedAt() == Panes.NONE
                        || now - state.askedAt()
                                >= retrain.cooldownAfter(state.refusals()).toMillis());
    }

    /** Drift from what the serving model was trained on, once per judged window. */
    private Optional<Drifting> driftToActOn(PolicyState state, long now) {
        return mayAsk(state, now)
                        && state.drift() instanceof Drifting drifting
                        && drifting.modelVersion() == state.champion()
                        && drifting.windowEnd() > state.askedFor()
                ? Optional.of(drifting)
                : Optional.empty();
    }
}
