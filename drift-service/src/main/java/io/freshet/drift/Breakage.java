package io.freshet.drift;

import io.freshet.schemas.message.IncidentKind;
import java.util.Map;

/**
 * What is wrong with a feature, so that a model trained on it would learn the mistake.
 *
 * @param detail what is wrong and what to do
 * @param evidence what was measured, by name
 */
record Breakage(IncidentKind kind, String feature, String detail, Map<String, Double> evidence) {
    Breakage {
        evidence = Map.copyOf(evidence);
    }
}
