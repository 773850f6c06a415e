package io.freshet.schemas.registry;

import io.freshet.schemas.message.ModelStage;
import io.freshet.schemas.message.ModelStateChanged;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * One pipeline's registry at a time, from its history. Of the changes made at one time, those that retire a model come
 * before that which makes one the champion.
 */
public final class ModelTimeline {
    private static final Comparator<ModelStateChanged> IN_ORDER = Comparator.comparing(ModelStateChanged::getChangedAt)
            .thenComparing(change -> change.getTo() == ModelStage.CHAMPION);

    private final Map<Integer, ModelStateChanged> newest = new TreeMap<>();
    private final Deque<Integer> champions = new ArrayDeque<>();

    private ModelTimeline() {}

    /**
     * The registry as it stood at a time.
     *
     * @param history changes of one pipeline, in any order
     * @param at what came later is left out
     */
    public static ModelTimeline at(Collection<ModelStateChanged> history, Instant at) {
        ModelTimeline timeline = new ModelTimeline();
        history.stream()
                .filter(change ->
                        change.getVersion() > 0 && !change.getChangedAt().isAfter(at))
                .sorted(IN_ORDER)
                .forEach(timeline::take);
        return timeline;
    }

    private void take(ModelStateChanged change) {
        int version = change.getVersion();
        newest.put(version, change);
        if (change.getTo() != ModelStage.CHAMPION) {
            return;
        }
        // Who goes back to a model has done with those that came after it.
        if (champions.contains(version)) {
            while (champions.element() != version) {
                champions.pop();
            }
        } else {
            champions.push(version);
        }
    }

    /** The alias {@code champion}: the version that served. */
    public OptionalInt champion() {
        List<Integer> serving = newest.values().stream()
                .filter(change -> change.getTo() == ModelStage.CHAMPION)
                .map(ModelStateChanged::getVersion)
                .toList();
        return serving.isEmpty() ? OptionalInt.empty() : OptionalInt.of(serving.getLast());
    }

    /** The alias {@code challenger}: the change by which a version came to its present step beside the champion. */
    public Optional<ModelStateChanged> challenger() {
        return newest.values().stream()
                .filter(change -> change.getTo() == ModelStage.SHADOW || change.getTo() == ModelStage.CANARY)
                .reduce((older, newer) -> newer);
    }

    /** The version that a rollback goes to: the champion before, those left out that were rolled back themselves. */
    public OptionalInt before() {
        return champions.stream().skip(1).mapToInt(version -> version).findFirst();
    }

    /** A version's last change of state; empty where it had none by then. */
    public Optional<ModelStateChanged> state(int version) {
        return Optional.ofNullable(newest.get(version));
    }
}
