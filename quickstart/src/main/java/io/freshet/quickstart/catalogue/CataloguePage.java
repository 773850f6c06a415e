package io.freshet.quickstart.catalogue;

import io.freshet.quickstart.catalogue.FeatureCatalogue.Distribution;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Entry;
import io.freshet.quickstart.catalogue.FeatureCatalogue.NoValues;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Numbers;
import io.freshet.quickstart.catalogue.FeatureCatalogue.RegisteredModel;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Rows;
import io.freshet.quickstart.catalogue.FeatureCatalogue.Texts;
import io.freshet.quickstart.send.PlainText;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A catalogue as one HTML page that loads nothing and runs nothing. */
public final class CataloguePage {
    private static final int LONGEST = 2_000;
    private static final int LONGEST_CATEGORY = 60;
    private static final double STRIP = 240;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: light-dark(#1c2733, #e3e8ee); --quiet: light-dark(#5b6875, #98a5b3);
              --line: light-dark(#dde3e9, #33404d); --paper: light-dark(#fff, #141b22); --tint: light-dark(#f4f7f9, #1c252e);
              --mark: light-dark(#0b6e8f, #58b8d8); --soft: light-dark(#b9dbe6, #24566a); --warn: light-dark(#a34a00, #f0a35e); }
            * { box-sizing: border-box; }
            body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 84rem; background: var(--paper); color: var(--ink);
              font: 15px/1.5 system-ui, sans-serif; }
            h1 { margin: 0; font-size: 1.7rem; }
            .sub { color: var(--quiet); margin: .2rem 0 1.5rem; }
            dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.2rem; margin: 0 0 2rem;
              padding: 1rem 1.2rem; background: var(--tint); border-radius: .5rem; }
            dl.facts dt, dl.more dt { color: var(--quiet); }
            dd { margin: 0; overflow-wrap: anywhere; }
            code { font: .92em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
            .scroll { overflow-x: auto; }
            table { width: 100%; border-collapse: collapse; }
            th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 2px solid var(--line); }
            th, td { padding: .6rem .8rem .6rem 0; vertical-align: top; }
            tbody tr { border-bottom: 1px solid var(--line); }
            tr:target { background: var(--tint); }
            td.name { min-width: 11rem; max-width: 18rem; overflow-wrap: anywhere; }
            td.name b { font-size: 1.02em; }
            td.means { min-width: 20rem; }
            td.nulls { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
            th.nulls { text-align: right; }
            td.nulls .some { color: var(--warn); font-weight: 600; }
            td.dist { min-width: 17rem; padding-left: .8rem; padding-right: 0; }
            th.dist { padding-left: .8rem; }
            .quiet { color: var(--quiet); }
            .small { font-size: .86em; }
            .tag { display: inline-block; padding: 0 .45em; border-radius: .3em; background: var(--tint); color: var(--quiet);
              font-size: .82em; }
            a { color: var(--mark); }
            dl.more { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .4rem 0 0; font-size: .88em; }
            .figures { display: flex; flex-wrap: wrap; gap: 0 .9rem; font-variant-numeric: tabular-nums; font-size: .86em; }
            .bars { display: grid; grid-template-columns: fit-content(60%) minmax(3rem, 1fr) max-content; gap: .1rem .6rem;
              font-size: .86em; align-items: center; }
            .bars span { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
            .bars i + span { text-align: right; }
            .bars i { display: block; height: .6em; border-radius: .2em; background: var(--soft); }
            @media (max-width: 60rem) { thead { display: none; } table, tbody, tr, td { display: block; }
              tbody tr { padding: .8rem 0; } td { padding: .2rem 0; } td.name { max-width: none; }
              td.means, td.dist { min-width: 0; padding-left: 0; } td.nulls { text-align: left; }
              td.nulls > * { display: inline; } td.nulls::before { content: "nulls "; color: var(--quiet); } }
            svg { display: block; max-width: 100%; }
            svg .range { stroke: var(--quiet); } svg .middle { fill: var(--soft); } svg .median { stroke: var(--mark); }
            """;

    private CataloguePage() {}

    /** The page, encoded in UTF-8 when it is written. */
    public static String of(FeatureCatalogue catalogue) {
        StringBuilder page = new StringBuilder();
        page.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta http-equiv=\"Content-Security-Policy\"")
                .append(" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>")
                .append(text(catalogue.pipeline()))
                .append(": features</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>")
                .append(text(catalogue.pipeline()))
                .append("</h1>\n<p class=\"sub\">")
                .append(catalogue.features().size())
                .append(catalogue.features().size() == 1 ? " feature" : " features")
                .append(", feature set <code>")
                .append(text(catalogue.featureSet()))
                .append("</code>, version ")
                .append(catalogue.version())
                .append(" of the declaration, of ")
                .append(Words.time(catalogue.declaredAt()))
                .append("</p>\n");
        facts(page, catalogue);
        page.append("<div class=\"scroll\">\n<table>\n<thead><tr><th>Feature</th><th>Definition and lineage</th>")
                .append("<th class=\"nulls\">Nulls</th><th class=\"dist\">Distribution</th></tr></thead>\n<tbody>\n");
        catalogue.features().forEach(entry -> row(page, entry));
        return page.append("</tbody>\n</table>\n</div>\n</body>\n</html>\n").toString();
    }

    private static void facts(StringBuilder page, FeatureCatalogue catalogue) {
        Rows rows = catalogue.rows();
        page.append("<dl class=\"facts\">\n");
        fact(
                page,
                "Rows",
                rows.read() == 0
                        ? "no rows yet on <code>" + text(rows.topic()) + "</code>: what follows is declared"
                        : "the newest " + Words.number(rows.read()) + " of <code>" + text(rows.topic()) + "</code>"
                                + rows.span()
                                        .map(span -> ", event times " + Words.time(span.from()) + " to "
                                                + Words.time(span.to()))
                                        .orElse(""));
        if (rows.read() > 0) {
            fact(
                    page,
                    "Feature sets",
                    rows.byFeatureSet().entrySet().stream()
                            .map(each -> "<code>" + text(each.getKey()) + "</code> "
                                    + (each.getKey().equals(catalogue.featureSet()) ? "(as declared now) " : "")
                                    + Words.number(each.getValue()))
                            .collect(Collectors.joining(", ")));
        }
        if (rows.unreadable() > 0) {
            fact(page, "Unreadable", Words.number(rows.unreadable()) + " records are no rows");
        }
        List<RegisteredModel> others = catalogue.models().stream()
                .filter(model -> !model.featureSet().equals(catalogue.featureSet()))
                .toList();
        fact(page, "Models", text(Words.models(catalogue.usedBy())));
        if (!others.isEmpty()) {
            fact(page, "Models of older feature sets", text(Words.models(others)));
        }
        page.append("</dl>\n");
    }

    private static void fact(StringBuilder page, String name, String html) {
        page.append("<dt>").append(name).append("</dt><dd>").append(html).append("</dd>\n");
    }

    private static void row(StringBuilder page, Entry entry) {
        Lineage lineage = entry.lineage();
        page.append("<tr id=\"f-")
                .append(text(entry.name()))
                .append("\"><td class=\"name\"><b>")
                .append(text(entry.name()))
                .append("</b><br><span class=\"tag\">")
                .append(Words.type(entry))
                .append("</span> <span class=\"tag\">")
                .append(Words.source(entry))
                .append("</span>");
        entry.window()
                .ifPresent(window -> page.append("<div class=\"small quiet\">by ")
                        .append(text(Words.entity(entry)))
                        .append("<br>over ")
                        .append(text(Words.windowInFull(window)))
                        .append("</div>"));
        page.append("</td><td class=\"means\"><code>")
                .append(text(entry.definition()))
                .append("</code><dl class=\"more\">");
        fact(page, "fields", codes(lineage.fields()));
        if (!lineage.features().isEmpty()) {
            fact(page, "features", links(lineage.features()));
            fact(page, "depends on", codes(lineage.origins()));
        }
        if (!lineage.usedBy().isEmpty()) {
            fact(page, "used by", links(lineage.usedBy()));
        }
        fact(page, "topics", codes(lineage.from()) + " → " + codes(lineage.to()));
        page.append("</dl></td><td class=\"nulls\">");
        boolean some = entry.values().nulls() > 0;
        page.append(some ? "<span class=\"some\">" : "<span>")
                .append(text(Words.nullRate(entry.values())))
                .append("</span> <div class=\"small quiet\">of ")
                .append(Words.number(entry.values().rows()))
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
                        .append(Words.number(distinct))
                        .append(" different")
                        .append(longer > 0 ? ", " + Words.number(longer) + " of more than 256 characters" : "")
                        .append("</div><div class=\"bars\">");
                long most =
                        top.values().stream().mapToLong(Long::longValue).max().orElse(1);
                top.forEach((text, count) -> page.append("<span>")
                        .append(html(PlainText.of(text, LONGEST_CATEGORY)))
                        .append("</span><i style=\"width:")
                        .append(decimal(100.0 * count / most))
                        .append("%\"></i><span>")
                        .append(Words.number(count))
                        .append("</span>"));
                page.append("</div>");
            }
        }
    }

    /** From min to max, the middle 90 % broad, the median a stroke. */
    private static void strip(StringBuilder page, Numbers numbers) {
        page.append("<svg viewBox=\"0 0 ")
                .append(decimal(STRIP + 4))
                .append(" 16\" width=\"244\" height=\"16\" role=\"img\" aria-label=\"")
                .append(text(Words.distribution(numbers)))
                .append("\"><line class=\"range\" x1=\"2\" x2=\"")
                .append(decimal(STRIP + 2))
                .append("\" y1=\"8\" y2=\"8\"/><rect class=\"middle\" x=\"")
                .append(decimal(place(numbers, numbers.p5())))
                .append("\" y=\"3\" height=\"10\" rx=\"2\" width=\"")
                .append(decimal(Math.max(1, place(numbers, numbers.p95()) - place(numbers, numbers.p5()))))
                .append("\"/><line class=\"median\" stroke-width=\"2\" y1=\"1\" y2=\"15\" x1=\"")
                .append(decimal(place(numbers, numbers.median())))
                .append("\" x2=\"")
                .append(decimal(place(numbers, numbers.median())))
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
                .append(Words.number(value))
                .append("</span> ");
    }

    private static String codes(List<String> texts) {
        return texts.isEmpty()
                ? "none"
                : texts.stream().map(each -> "<code>" + text(each) + "</code>").collect(Collectors.joining(", "));
    }

    private static String links(List<String> features) {
        return features.stream()
                .map(each -> "<a href=\"#f-" + text(each) + "\"><code>" + text(each) + "</code></a>")
                .collect(Collectors.joining(", "));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String text(String text) {
        return html(PlainText.of(text, LONGEST));
    }

    private static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
