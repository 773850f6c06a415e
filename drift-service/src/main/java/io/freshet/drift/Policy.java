package io.freshet.drift;

import io.freshet.drift.Evidence.Measured;
import io.freshet.drift.Incident.Drifting;
import io.freshet.drift.Incident.Quiet;
import io.freshet.drift.PolicyState.Outstanding;
import io.freshet.schemas.message.AlertState;
import io.freshet.schemas.message.RetrainReason;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.row.FeatureRowSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * When to alert and when to ask for training: a pure function of state and input. At most one alert is open and at most
 * one request waits for its run. Ids are made of what they are about, so that the same input gives the same ids.
 */
final class Policy {
    /** An alert is resolved when everything is below this share of its threshold. */
    static final double HYSTERESIS = 0.8;

    /** A changed lead is announced from this relative change on. */
    static final double MATERIAL = 0.25;

    /** Refused runs double the cooldown up to 2 to this power. */
    static final int MOST_DOUBLINGS = 4;

    private static final double MORE_EXAMPLES = 1.25;
    private static final int NAMED = 3;

    private final String pipeline;
    private final String featureSet;
    private final int firstAfter;
    private final long cooldown;
    private final long minNewLabels;

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
        this.cooldown = pipeline.retrain().cooldown().toMillis();
        this.minNewLabels = pipeline.retrain().minNewLabels();
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
     * @param now how far the stream has come, event time
     */
    Step judged(PolicyState state, Evidence evidence, long now) {
        Step alerted = alert(state, evidence);
        if (!(alerted.state().incident() instanceof Drifting)) {
            return alerted;
        }
        Step asked = askForDrift(alerted.state(), now);
        List<Decision> both = new ArrayList<>(alerted.decisions());
        both.addAll(asked.decisions());
        return new Step(asked.state(), both);
    }

    /** The last window was judged again, by a new champion's baseline: an open alert moves with it, none is opened. */
    Step rejudged(PolicyState state, Evidence evidence) {
        return state.incident() instanceof Drifting ? alert(state, evidence) : new Step(state, List.of());
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
                    List.of(new Decision.Retrain(id, reason, null, evidence, now)));
        }
        return askForDrift(state, now);
    }

    /** A training run ended, asked for by this policy or by somebody else. */
    PolicyState trained(PolicyState state, Arrival.Trained run, long now) {
        Outstanding outstanding = state.outstanding();
        Outstanding answered =
                outstanding != null && outstanding.requestId().equals(run.requestId()) ? outstanding : null;
        long examples = answered == null ? state.examples() : answered.examples();
        long declared = Math.max(0, state.declared() - (state.examples() - examples));
        return new PolicyState(
                state.incident(),
                answered == null ? outstanding : null,
                state.examples(),
                Math.max(state.examplesAtTraining(), examples),
                Math.max(state.askedAt(), now),
                state.askedFor(),
                run.promoted() ? 0 : Math.min(state.refusals() + 1, MOST_DOUBLINGS),
                run.promoted() ? state.modelAt() : Math.max(firstAfter, (long) Math.ceil(MORE_EXAMPLES * declared)),
                state.champion(),
                state.highestDeployed(),
                run.promoted() ? run.newVersion() : state.announced(),
                state.featureSet(),
                state.declared(),
                state.superseded());
    }

    private Step alert(PolicyState state, Evidence evidence) {
        List<Measured> drifted = evidence.drifted();
        return switch (state.incident()) {
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
    private static boolean resolved(Incident.Drifting incident, Evidence evidence) {
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

    private Step askForDrift(PolicyState state, long now) {
        return driftToActOn(state, now)
                .map(drifting -> {
                    String id = pipeline + "-drift-" + Instant.ofEpochMilli(drifting.windowEnd());
                    String evidence = drifting.message() + " "
                            + (state.examples() - state.examplesAtTraining())
                            + " labels have arrived since the last training was asked for.";
                    return new Step(
                            state.asked(id, now, drifting.windowEnd()),
                            List.of(new Decision.Retrain(id, RetrainReason.DRIFT, drifting.alertId(), evidence, now)));
                })
                .orElseGet(() -> new Step(state, List.of()));
    }

    /**
     * Drift from what the serving model was trained on, once per judged window, and with a new model not on its way: after
     * a change of the declaration one is asked for in any case.
     */
    private Optional<Drifting> driftToActOn(PolicyState state, long now) {
        boolean mayAsk = !state.awaitsNewFeatures()
                && state.outstanding() == null
                && state.announced() <= state.highestDeployed()
                && state.examples() - state.examplesAtTraining() >= minNewLabels
                && (state.askedAt() == Panes.NONE || now - state.askedAt() >= cooldown << state.refusals());
        return mayAsk
                        && state.incident() instanceof Drifting drifting
                        && drifting.modelVersion() == state.champion()
                        && drifting.windowEnd() > state.askedFor()
                ? Optional.of(drifting)
                : Optional.empty();
    }
}
