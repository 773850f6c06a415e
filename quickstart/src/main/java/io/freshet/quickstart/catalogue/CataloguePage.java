package io.freshet.quickstart.catalogue;

import io.freshet.page.Figures;
import io.freshet.page.Page;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Rows;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import java.util.List;
import java.util.stream.Collectors;

/** A catalogue as one HTML page that loads nothing and runs nothing. */
public final class CataloguePage {
    private static final int LONGEST_CATEGORY = 60;
    private static final double STRIP = 240;

    private static final String STYLE = """
            tr:target { background: var(--tint); }
            td.name { min-width: 11rem; max-width: 18rem; overflow-wrap: anywhere; }
            td.name b { font-size: 1.02em; }
            td.means { min-width: 20rem; }
            td.nulls { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
            th.nulls { text-align: right; }
            td.nulls .some { color: var(--warn); font-weight: 600; }
            td.dist { min-width: 17rem; padding-left: .8rem; padding-right: 0; }
            th.dist { padding-left: .8rem; }
            dl.more { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .4rem 0 0; font-size: .88em; }
            .figures { display: flex; flex-wrap: wrap; gap: 0 .9rem; font-variant-numeric: tabular-nums; font-size: .86em; }
            @media (max-width: 60rem) { thead { display: none; } table, tbody, tr, td { display: block; }
              tbody tr { padding: .8rem 0; } td { padding: .2rem 0; } td.name { max-width: none; }
              td.means, td.dist { min-width: 0; padding-left: 0; } td.nulls { text-align: left; }
              td.nulls > * { display: inline; } td.nulls::before { content: "nulls "; color: var(--quiet); } }
            svg .range { stroke: var(--quiet); } svg .middle { fill: var(--soft); } svg .median { stroke: var(--mark); }
            """;

    private CataloguePage() {}

    /** The page, encoded in UTF-8 when it is written. */
    public static String of(FeatureCatalogue catalogue) {
        StringBuilder page = new StringBuilder();
        page.append("<h1>")
                .append(Page.text(catalogue.pipeline()))
                .append("</h1>\n<p class=\"sub\">")
                .append(catalogue.features().size())
                .append(catalogue.features().size() == 1 ? " feature" : " features")
                .append(", feature set <code>")
                .append(Page.text(catalogue.featureSet()))
                .append("</code>, version ")
                .append(catalogue.version())
                .append(" of the declaration, of ")
                .append(Figures.time(catalogue.declaredAt()))
                .append("</p>\n");
        facts(page, catalogue);
        page.append("<div class=\"scroll\">\n<table>\n<thead><tr><th>Feature</th><th>Definition and lineage</th>")
                .append("<th class=\"nulls\">Nulls</th><th class=\"dist\">Distribution</th></tr></thead>\n<tbody>\n");
        catalogue.features().forEach(entry -> row(page, entry));
        page.append("</tbody>\n</table>\n</div>\n");
        return Page.of(catalogue.pipeline() + ": features", STYLE, page);
    }

    private static void facts(StringBuilder page, FeatureCatalogue catalogue) {
        Rows rows = catalogue.rows();
        page.append("<dl class=\"facts\">\n");
        Page.fact(
                page,
                "Rows",
                rows.read() == 0
                        ? "no rows yet on <code>" + Page.text(rows.topic()) + "</code>: what follows is declared"
                        : "the newest " + Figures.number(rows.read()) + " of <code>" + Page.text(rows.topic())
                                + "</code>"
                                + rows.span()
                                        .map(span -> ", event times " + Figures.time(span.from()) + " to "
                                                + Figures.time(span.to()))
                                        .orElse(""));
        if (rows.read() > 0) {
            Page.fact(
                    page,
                    "Feature sets",
                    rows.byFeatureSet().entrySet().stream()
                            .map(each -> "<code>" + Page.text(each.getKey()) + "</code> "
                                    + (each.getKey().equals(catalogue.featureSet()) ? "(as declared now) " : "")
                                    + Figures.number(each.getValue()))
                            .collect(Collectors.joining(", ")));
        }
        if (rows.unreadable() > 0) {
            Page.fact(page, "Unreadable", Figures.number(rows.unreadable()) + " records are no rows");
        }
        List<RegisteredModel> others = catalogue.models().stream()
                .filter(model -> !model.featureSet().equals(catalogue.featureSet()))
                .toList();
        Page.fact(page, "Models", Page.text(Words.models(catalogue.usedBy())));
        if (!others.isEmpty()) {
            Page.fact(page, "Models of older feature sets", Page.text(Words.models(others)));
        }
        page.append("</dl>\n");
    }

    private static void row(StringBuilder page, Entry entry) {
        Lineage lineage = entry.lineage();
        page.append("<tr id=\"f-")
                .append(Page.text(entry.name()))
                .append("\"><td class=\"name\"><b>")
                .append(Page.text(entry.name()))
                .append("</b><br><span class=\"tag\">")
                .append(Words.type(entry))
                .append("</span> <span class=\"tag\">")
                .append(Words.source(entry))
                .append("</span>");
        entry.window()
                .ifPresent(window -> page.append("<div class=\"small quiet\">by ")
                        .append(Page.text(Words.entity(entry)))
                        .append("<br>over ")
                        .append(Page.text(Words.windowInFull(window)))
                        .append("</div>"));
        page.append("</td><td class=\"means\"><code>")
                .append(Page.text(entry.definition()))
                .append("</code><dl class=\"more\">");
        Page.fact(page, "fields", codes(lineage.fields()));
        if (!lineage.features().isEmpty()) {
            Page.fact(page, "features", links(lineage.features()));
            Page.fact(page, "depends on", codes(lineage.origins()));
        }
        if (!lineage.usedBy().isEmpty()) {
            Page.fact(page, "used by", links(lineage.usedBy()));
        }
        Page.fact(page, "topics", codes(lineage.from()) + " → " + codes(lineage.to()));
        page.append("</dl></td><td class=\"nulls\">");
        boolean some = entry.values().nulls() > 0;
        page.append(some ? "<span class=\"some\">" : "<span>")
                .append(Page.text(Words.nullRate(entry.values())))
                .append("</span> <div class=\"small quiet\">of ")
                .append(Figures.number(entry.values().rows()))
                .append("</div></td><td class=\"dist\">");
        distribution(page, entry.values().distribution());
        page.append("</td></tr>\n");
    }

    private static void distribution(StringBuilder page, Distribution distribution) {
        switch (distribution) {
            case NoValues none ->
                page.append("<span class=\"quiet\">")
                        .append(Words.distribution(none))
                        .append("</span>");
            case Numbers numbers -> {
                strip(page, numbers);
                page.append("<div class=\"figures\">");
                figure(page, "min", numbers.min());
                figure(page, "5 %", numbers.p5());
                figure(page, "median", numbers.median());
                figure(page, "95 %", numbers.p95());
                figure(page, "max", numbers.max());
                figure(page, "mean", numbers.mean());
                numbers.sd().ifPresent(sd -> figure(page, "sd", sd));
                page.append("</div>");
            }
            case Texts(long distinct, long longer, var top) -> {
                page.append("<div class=\"small quiet\">")
                        .append(Figures.number(distinct))
                        .append(" different")
                        .append(longer > 0 ? ", " + Figures.number(longer) + " of more than 256 characters" : "")
                        .append("</div><div class=\"bars\">");
                long most =
                        top.values().stream().mapToLong(Long::longValue).max().orElse(1);
                top.forEach((text, count) -> page.append("<span>")
                        .append(Page.text(text, LONGEST_CATEGORY))
                        .append("</span><i style=\"width:")
                        .append(Page.decimal(100.0 * count / most))
                        .append("%\"></i><span>")
                        .append(Figures.number(count))
                        .append("</span>"));
                page.append("</div>");
            }
        }
    }

    /** From min to max, the middle 90 % broad, the median a stroke. */
    private static void strip(StringBuilder page, Numbers numbers) {
        page.append("<svg viewBox=\"0 0 ")
                .append(Page.decimal(STRIP + 4))
                .append(" 16\" width=\"244\" height=\"16\" role=\"img\" aria-label=\"")
                .append(Page.text(Words.distribution(numbers)))
                .append("\"><line class=\"range\" x1=\"2\" x2=\"")
                .append(Page.decimal(STRIP + 2))
                .append("\" y1=\"8\" y2=\"8\"/><rect class=\"middle\" x=\"")
                .append(Page.decimal(place(numbers, numbers.p5())))
                .append("\" y=\"3\" height=\"10\" rx=\"2\" width=\"")
                .append(Page.decimal(Math.max(1, place(numbers, numbers.p95()) - place(numbers, numbers.p5()))))
                .append("\"/><line class=\"median\" stroke-width=\"2\" y1=\"1\" y2=\"15\" x1=\"")
                .append(Page.decimal(place(numbers, numbers.median())))
                .append("\" x2=\"")
                .append(Page.decimal(place(numbers, numbers.median())))
                .append("\"/></svg>");
    }

    private static double place(Numbers numbers, double value) {
        // Halves, or the difference of very large numbers would be infinite.
        double width = numbers.max() / 2 - numbers.min() / 2;
        double share = width > 0 ? (value / 2 - numbers.min() / 2) / width : 0.5;
        return 2 + STRIP * Math.clamp(share, 0, 1);
    }

    private static void figure(StringBuilder page, String name, double value) {
        page.append("<span><span class=\"quiet\">")
                .append(name)
                .append("</span> ")
                .append(Figures.number(value))
                .append("</span> ");
    }

    private static String codes(List<String> texts) {
        return texts.isEmpty()
                ? "none"
                : texts.stream()
                        .map(each -> "<code>" + Page.text(each) + "</code>")
                        .collect(Collectors.joining(", "));
    }

    private static String links(List<String> features) {
        return features.stream()
                .map(each -> "<a href=\"#f-" + Page.text(each) + "\"><code>" + Page.text(each) + "</code></a>")
                .collect(Collectors.joining(", "));
    }
}
