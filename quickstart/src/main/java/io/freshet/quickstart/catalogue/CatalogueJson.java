package io.freshet.quickstart.catalogue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.page.JsonText;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import java.util.List;

/** A catalogue for programs: JSON in ASCII, times as ISO 8601, durations in milliseconds. */
public final class CatalogueJson {
    private CatalogueJson() {}

    /** The document, with a line's end behind it. */
    public static String of(FeatureCatalogue catalogue) {
        ObjectNode root = JsonText.object();
        root.put("pipeline", catalogue.pipeline());
        root.put("version", catalogue.version());
        root.put("declaredAt", catalogue.declaredAt().toString());
        root.put("featureSet", catalogue.featureSet());
        ObjectNode rows = root.putObject("rows");
        rows.put("topic", catalogue.rows().topic());
        rows.put("read", catalogue.rows().read());
        rows.put("unreadable", catalogue.rows().unreadable());
        catalogue.rows().span().ifPresent(span -> {
            rows.put("earliest", span.from().toString());
            rows.put("latest", span.to().toString());
        });
        ObjectNode sets = rows.putObject("byFeatureSet");
        catalogue.rows().byFeatureSet().forEach(sets::put);
        ArrayNode models = root.putArray("models");
        catalogue
                .models()
                .forEach(model -> models.addObject()
                        .put("version", model.version())
                        .put("family", model.family())
                        .put("featureSet", model.featureSet())
                        .put("usesThisFeatureSet", model.featureSet().equals(catalogue.featureSet()))
                        .put("champion", model.champion())
                        .put("registeredAt", model.registeredAt().toString()));
        ArrayNode features = root.putArray("features");
        catalogue.features().forEach(entry -> put(features.addObject(), entry));
        return JsonText.of(root);
    }

    private static void put(ObjectNode to, Entry entry) {
        to.put("name", entry.name());
        to.put("definition", entry.definition());
        to.put("type", Words.type(entry));
        to.put("source", Words.source(entry));
        entry.window().ifPresent(window -> {
            strings(to.putArray("by"), entry.by());
            to.putObject("window")
                    .put("overMillis", window.over().toMillis())
                    .put("hopMillis", window.hop().toMillis())
                    .put("delayMillis", window.delay().toMillis())
                    .put("includeSelf", window.includeSelf());
        });
        to.put("rows", entry.values().rows());
        to.put("nulls", entry.values().nulls());
        entry.values().nullRate().ifPresent(rate -> to.put("nullRate", rate));
        put(to, entry.values().distribution());
        Lineage lineage = entry.lineage();
        ObjectNode from = to.putObject("lineage");
        strings(from.putArray("fields"), lineage.fields());
        strings(from.putArray("features"), lineage.features());
        strings(from.putArray("origins"), lineage.origins());
        strings(from.putArray("usedBy"), lineage.usedBy());
        strings(from.putArray("fromTopics"), lineage.from());
        strings(from.putArray("toTopics"), lineage.to());
    }

    private static void put(ObjectNode to, Distribution distribution) {
        switch (distribution) {
            case NoValues() -> to.putNull("distribution");
            case Numbers numbers -> {
                ObjectNode of = to.putObject("distribution")
                        .put("min", numbers.min())
                        .put("p5", numbers.p5())
                        .put("median", numbers.median())
                        .put("p95", numbers.p95())
                        .put("max", numbers.max())
                        .put("mean", numbers.mean());
                numbers.sd().ifPresent(sd -> of.put("sd", sd));
            }
            case Texts(long distinct, long longer, var top) -> {
                ObjectNode of =
                        to.putObject("distribution").put("distinct", distinct).put("longerThan256", longer);
                ArrayNode most = of.putArray("mostFrequent");
                top.forEach((text, count) -> most.addObject().put("text", text).put("count", count));
            }
        }
    }

    private static void strings(ArrayNode to, List<String> texts) {
        texts.forEach(to::add);
    }
}
