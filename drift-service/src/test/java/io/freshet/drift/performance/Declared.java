package io.freshet.drift.performance;

import io.freshet.schemas.pipeline.InvalidPipelineException;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.PipelineFile;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** Pipelines of every task; labels are waited for a day, a pane is an hour, thirty days lie between false alarms. */
final class Declared {
    static final long HOUR = 3_600_000;

    private static final String SCHEMA = """
            {"type": "record", "name": "%s", "fields": [{"name": "id", "type": "string"}, {"name": "at", "type": "long"},
              {"name": "bad", "type": "boolean"}, {"name": "kind", "type": "string"}, {"name": "n", "type": "double"}]}
            """;

    private Declared() {}

    static Pipeline binary() {
        return pipeline("label.bad", "{ task: binary }");
    }

    static Pipeline classes() {
        return pipeline("label.kind", "{ task: multiclass, classes: [a, b, c] }");
    }

    static Pipeline regression() {
        return pipeline("label.n", "{ task: regression }");
    }

    static Pipeline pipeline(String label, String model) {
        String yaml = """
                pipeline: shops
                event: { schema: event, id: id, key: id, time: at, lateness: 10m }
                label: { schema: label, event: id, value: %s, time: at, wait: 1d }
                features: { n: { value: event.n } }
                model: %s
                drift: { performance: { window: 7h } }
                """.formatted(label, model);
        try {
            return PipelineFile.parse("shops.yaml", yaml, name -> Optional.of(SCHEMA.formatted(name)));
        } catch (InvalidPipelineException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Runs a property over fixed seeds and names the seed that fails. */
    static void eachSeed(int howMany, Consumer<Random> property) {
        for (long seed = 1; seed <= howMany; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
