package io.freshet.quickstart.catalogue;

import io.freshet.page.Figures;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Values;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Window;
import java.util.List;
import java.util.stream.Collectors;

/** Parts of a catalogue in words, for people. Texts from outside stay as they are; whoever shows them makes them fit. */
final class Words {
    private Words() {}

    static String type(Entry entry) {
        return entry.text() ? "text" : "number";
    }

    static String source(Entry entry) {
        return entry.source() == Source.EVENT ? "events" : "labels";
    }

    /** The entity; a dash for features without a window. */
    static String entity(Entry entry) {
        if (entry.window().isEmpty()) {
            return "-";
        }
        return entry.by().isEmpty() ? "all together" : String.join(", ", entry.by());
    }

    /** The window; a dash where there is none. */
    static String window(Entry entry) {
        return entry.window()
                .map(window -> Figures.duration(window.over())
                        + (window.delay().isZero() ? "" : ", until " + Figures.duration(window.delay()) + " before"))
                .orElse("-");
    }

    static String windowInFull(Window window) {
        return Figures.duration(window.over()) + ", starting at multiples of " + Figures.duration(window.hop())
                + (window.delay().isZero()
                        ? ", up to the row"
                        : ", ending " + Figures.duration(window.delay()) + " before the row")
                + (window.includeSelf() ? ", the row's own event included" : "");
    }

    static String nullRate(Values values) {
        return values.nullRate().isPresent() ? Figures.percent(values.nullRate().getAsDouble()) : "-";
    }

    static String distribution(Distribution distribution) {
        return switch (distribution) {
            case NoValues() -> "no values yet";
            case Numbers numbers ->
                "min " + Figures.number(numbers.min()) + ", 5 % " + Figures.number(numbers.p5()) + ", median "
                        + Figures.number(numbers.median()) + ", 95 % " + Figures.number(numbers.p95()) + ", max "
                        + Figures.number(numbers.max()) + ", mean " + Figures.number(numbers.mean())
                        + (numbers.sd().isPresent()
                                ? ", sd " + Figures.number(numbers.sd().getAsDouble())
                                : "");
            case Texts(long distinct, long longer, var top) ->
                Figures.number(distinct) + " different"
                        + (longer > 0 ? " and " + Figures.number(longer) + " values of more than 256 characters" : "")
                        + top.entrySet().stream()
                                .map(each -> each.getKey() + " " + Figures.number(each.getValue()))
                                .collect(Collectors.joining(", ", ": ", ""));
        };
    }

    static String reads(Lineage lineage) {
        return java.util.stream.Stream.concat(
                        lineage.fields().stream(), lineage.features().stream().map(name -> "feature." + name))
                .collect(Collectors.joining(", "));
    }

    static String flow(Lineage lineage) {
        return String.join(", ", lineage.from()) + " -> " + String.join(", ", lineage.to());
    }

    /** Empty list: none. */
    static String models(List<RegisteredModel> models) {
        return models.isEmpty()
                ? "none"
                : models.stream()
                        .map(model -> model.version() + " " + model.family() + (model.champion() ? " (champion)" : ""))
                        .collect(Collectors.joining(", "));
    }
}
