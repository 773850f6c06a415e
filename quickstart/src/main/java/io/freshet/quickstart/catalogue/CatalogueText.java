package io.freshet.quickstart.catalogue;

import io.freshet.page.Figures;
import io.freshet.page.PlainText;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.send.TextTable;
import java.util.List;

/** A catalogue for a terminal. */
public final class CatalogueText {
    private static final List<String> HEADINGS =
            List.of("FEATURE", "TYPE", "SOURCE", "BY", "OVER", "NULLS", "DISTRIBUTION");
    private static final int WIDEST = 32;
    private static final int LONGEST = 500;

    private CatalogueText() {}

    /** All features, each with what it is computed from below it. */
    public static String table(FeatureCatalogue catalogue) {
        StringBuilder text = new StringBuilder(head(catalogue)).append('\n');
        List<List<String>> cells = catalogue.features().stream()
                .map(entry -> List.of(
                        plain(entry.name(), WIDEST),
                        Words.type(entry),
                        Words.source(entry),
                        plain(Words.entity(entry), WIDEST),
                        Words.window(entry),
                        Words.nullRate(entry.values()),
                        plain(Words.distribution(entry.values().distribution()), LONGEST)))
                .toList();
        List<String> lines = TextTable.lines(HEADINGS, cells);
        text.append(lines.getFirst()).append('\n');
        for (int i = 0; i < cells.size(); i++) {
            Entry entry = catalogue.features().get(i);
            text.append(lines.get(i + 1)).append('\n');
            text.append("  = ").append(plain(entry.definition(), LONGEST)).append('\n');
            text.append("  < ")
                    .append(plain(Words.reads(entry.lineage()), LONGEST))
                    .append('\n');
        }
        return text.toString();
    }

    /** Every feature in full. */
    public static String details(FeatureCatalogue catalogue) {
        StringBuilder text = new StringBuilder(head(catalogue));
        for (Entry entry : catalogue.features()) {
            Lineage lineage = entry.lineage();
            text.append('\n').append(plain(entry.name(), LONGEST)).append('\n');
            item(text, "definition", entry.definition());
            item(text, "type", Words.type(entry));
            item(text, "source", Words.source(entry));
            item(text, "entity", Words.entity(entry));
            item(text, "window", entry.window().map(Words::windowInFull).orElse("-"));
            item(
                    text,
                    "nulls",
                    Words.nullRate(entry.values()) + " ("
                            + Figures.number(entry.values().nulls()) + " of "
                            + Figures.number(entry.values().rows()) + ")");
            item(text, "distribution", Words.distribution(entry.values().distribution()));
            item(text, "reads", Words.reads(lineage));
            item(text, "depends on", String.join(", ", lineage.origins()));
            item(text, "used by", lineage.usedBy().isEmpty() ? "no feature" : String.join(", ", lineage.usedBy()));
            item(text, "topics", Words.flow(lineage));
            item(text, "models", Words.models(catalogue.usedBy()));
        }
        return text.toString();
    }

    private static String head(FeatureCatalogue catalogue) {
        StringBuilder text = new StringBuilder()
                .append(plain(catalogue.pipeline(), LONGEST))
                .append(": version ")
                .append(catalogue.version())
                .append(", declared ")
                .append(Figures.time(catalogue.declaredAt()))
                .append(", feature set ")
                .append(catalogue.featureSet())
                .append('\n');
        FeatureCatalogue.Rows rows = catalogue.rows();
        if (rows.read() == 0) {
            text.append("no rows yet on ").append(plain(rows.topic(), LONGEST)).append(": what follows is declared\n");
        } else {
            text.append("the newest ")
                    .append(Figures.number(rows.read()))
                    .append(" rows of ")
                    .append(plain(rows.topic(), LONGEST));
            rows.span()
                    .ifPresent(span -> text.append(", event times ")
                            .append(Figures.time(span.from()))
                            .append(" to ")
                            .append(Figures.time(span.to())));
            text.append('\n');
            rows.byFeatureSet()
                    .forEach((featureSet, count) -> text.append("  ")
                            .append(Figures.number(count))
                            .append(" of feature set ")
                            .append(plain(featureSet, WIDEST))
                            .append(featureSet.equals(catalogue.featureSet()) ? ", as declared now" : "")
                            .append('\n'));
        }
        if (rows.unreadable() > 0) {
            text.append(Figures.number(rows.unreadable())).append(" records there are no rows\n");
        }
        List<RegisteredModel> others = catalogue.models().stream()
                .filter(model -> !model.featureSet().equals(catalogue.featureSet()))
                .toList();
        text.append("models that read this feature set: ")
                .append(plain(Words.models(catalogue.usedBy()), LONGEST))
                .append(others.isEmpty() ? "" : "; that read an older one: " + plain(Words.models(others), LONGEST))
                .append('\n');
        return text.toString();
    }

    private static void item(StringBuilder text, String name, String value) {
        text.append("  ")
                .append(name)
                .repeat(' ', 14 - name.length())
                .append(plain(value, 4 * LONGEST))
                .append('\n');
    }

    private static String plain(String text, int longest) {
        return PlainText.of(text, longest);
    }
}
