package io.freshet.quickstart.catalogue;

import io.freshet.schemas.pipeline.Expression;
import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.ValueFeature;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Where a feature's values come from and go to. Names are full: {@code event.distance}, {@code label.minutes}.
 *
 * @param fields the event and label fields that it reads itself, those that place a record in its window among them
 * @param features the features that it reads itself
 * @param origins all event and label fields that its value depends on, through other features as well
 * @param usedBy the features that read it
 * @param from the topics that its value comes from
 * @param to the topics that its value goes to
 */
public record Lineage(
        List<String> fields,
        List<String> features,
        List<String> origins,
        List<String> usedBy,
        List<String> from,
        List<String> to) {

    public Lineage {
        fields = List.copyOf(fields);
        features = List.copyOf(features);
        origins = List.copyOf(origins);
        usedBy = List.copyOf(usedBy);
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    /** What a feature reads itself. */
    private record Reads(Set<String> fields, Set<String> features) {}

    /** The lineage of each feature of a pipeline, by name, in declared order. */
    public static Map<String, Lineage> of(Pipeline pipeline) {
        Map<String, Reads> reads = new LinkedHashMap<>();
        pipeline.features().forEach(feature -> reads.put(feature.name(), reads(pipeline, feature)));
        Map<String, Lineage> lineage = new LinkedHashMap<>();
        reads.forEach((name, own) -> {
            Set<String> all = new TreeSet<>();
            closure(name, reads).forEach(each -> all.addAll(fields(reads, each)));
            lineage.put(
                    name,
                    new Lineage(
                            List.copyOf(own.fields()),
                            List.copyOf(own.features()),
                            List.copyOf(all),
                            reads.entrySet().stream()
                                    .filter(other -> other.getValue().features().contains(name))
                                    .map(Map.Entry::getKey)
                                    .toList(),
                            from(pipeline, all),
                            to(pipeline)));
        });
        return lineage;
    }

    /** A feature and all that it is computed from, directly or not. */
    public static Set<String> closure(Pipeline pipeline, String feature) {
        Map<String, Reads> reads = new HashMap<>();
        pipeline.features().forEach(each -> reads.put(each.name(), reads(pipeline, each)));
        return closure(feature, reads);
    }

    private static Set<String> closure(String feature, Map<String, Reads> reads) {
        Set<String> reached = new TreeSet<>();
        Set<String> next = Set.of(feature);
        while (!next.isEmpty()) {
            reached.addAll(next);
            Set<String> further = new TreeSet<>();
            next.forEach(each -> {
                Reads own = reads.get(each);
                if (own != null) {
                    further.addAll(own.features());
                }
            });
            further.removeAll(reached);
            next = further;
        }
        return reached;
    }

    private static Set<String> fields(Map<String, Reads> reads, String feature) {
        Reads own = reads.get(feature);
        return own == null ? Set.of() : own.fields();
    }

    private static Reads reads(Pipeline pipeline, Feature feature) {
        Set<String> fields = new TreeSet<>();
        Set<String> features = new TreeSet<>();
        switch (feature) {
            case ValueFeature value -> {
                fields.addAll(value.value().fields());
                features.addAll(value.value().features());
            }
            case WindowFeature window -> {
                Stream.concat(Stream.of(window.aggregate().argument()), window.aggregate().where().stream())
                        .forEach((Expression expression) -> {
                            fields.addAll(expression.fields());
                            features.addAll(expression.features());
                        });
                for (String part : window.by()) {
                    if (isValueOfTheEvent(pipeline, part)) {
                        features.add(part);
                    } else {
                        fields.add("event." + part);
                    }
                }
                fields.add("event." + pipeline.event().time());
                if (window.source() == Source.LABEL) {
                    fields.add("event." + pipeline.event().id());
                    fields.add("label." + pipeline.label().event());
                    fields.add("label." + pipeline.label().time());
                }
            }
        }
        return new Reads(fields, features);
    }

    /** A part of an entity is such a feature before it is an event field. */
    private static boolean isValueOfTheEvent(Pipeline pipeline, String part) {
        return pipeline.features().stream()
                .anyMatch(feature -> feature instanceof ValueFeature value
                        && value.name().equals(part)
                        && value.value().features().isEmpty());
    }

    private static List<String> from(Pipeline pipeline, Set<String> origins) {
        boolean labels = origins.stream().anyMatch(field -> field.startsWith("label."));
        return labels
                ? List.of(pipeline.name() + ".events", pipeline.name() + ".labels")
                : List.of(pipeline.name() + ".events");
    }

    private static List<String> to(Pipeline pipeline) {
        return Stream.of("features", "corrections", "examples", "predictions")
                .filter(topic ->
                        !topic.equals("corrections") || pipeline.event().publishCorrections())
                .map(topic -> pipeline.name() + "." + topic)
                .toList();
    }
}
