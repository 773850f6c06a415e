package io.freshet.card;

import io.freshet.model.ModelBundle;
import io.freshet.schemas.message.CandidateResult;
import io.freshet.schemas.message.Deployment;
import io.freshet.schemas.message.GateRule;
import io.freshet.schemas.message.ModelRegistered;
import io.freshet.schemas.message.RetrainRequest;
import io.freshet.schemas.message.TrainingRun;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known about a registered version.
 *
 * @param model its registration
 * @param bundle the model itself
 * @param run the training that made it; empty where the log no longer has it
 * @param request what asked for the training; likewise
 * @param label how the newest declaration defines what is learned; empty where there is none that can be read
 * @param deployment what serves the pipeline now; empty where nothing does
 */
public record ModelCard(
        ModelRegistered model,
        ModelBundle bundle,
        Optional<TrainingRun> run,
        Optional<RetrainRequest> request,
        Optional<Label> label,
        Optional<Deployment> deployment) {
    /**
     * What is learned.
     *
     * @param definition the label's value as declared
     * @param declaration the version of the declaration
     */
    public record Label(String definition, int declaration) {}

    /** What the version is to the pipeline. */
    public enum Status {
        /** It answers. */
        CHAMPION,
        /** It answered before the champion, and a rollback brings it back. */
        PREVIOUS,
        /** It does not answer. */
        REGISTERED
    }

    /**
     * A feature with what it is worth.
     *
     * @param name its name
     * @param rise how much the loss on the hold-out rises when its values are shuffled
     */
    record Importance(String name, double rise) {}

    Status status() {
        int version = model.getVersion();
        if (deployment.filter(now -> now.getChampionVersion() == version).isPresent()) {
            return Status.CHAMPION;
        }
        return deployment.filter(now -> now.getPreviousVersion() == version).isPresent()
                ? Status.PREVIOUS
                : Status.REGISTERED;
    }

    /** The candidate that became the version; empty where the run is gone. */
    Optional<CandidateResult> winner() {
        return run.flatMap(known -> known.getCandidates().stream()
                .filter(candidate -> candidate.getFamily().equals(model.getFamily()))
                .findFirst());
    }

    /** The most important feature first; empty where the run has none. */
    List<Importance> importance() {
        return run.map(TrainingRun::getImportance).orElse(Map.of()).entrySet().stream()
                .map(each -> new Importance(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingDouble(Importance::rise).reversed().thenComparing(Importance::name))
                .toList();
    }

    /** The rules of the gate that it broke. */
    List<String> broken() {
        return run.map(TrainingRun::getGate).orElse(List.of()).stream()
                .filter(rule -> !rule.getPassed())
                .map(GateRule::getRule)
                .toList();
    }
}
