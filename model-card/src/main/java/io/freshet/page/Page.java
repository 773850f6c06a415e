package io.freshet.page;

import java.util.Locale;

/** What every page has: it loads nothing and runs nothing, and shows no text from outside but escaped. */
public final class Page {
    private static final int LONGEST = 2_000;

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
            .quiet { color: var(--quiet); }
            .small { font-size: .86em; }
            .tag { display: inline-block; padding: 0 .45em; border-radius: .3em; background: var(--tint); color: var(--quiet);
              font-size: .82em; }
            a { color: var(--mark); }
            .bars { display: grid; grid-template-columns: fit-content(60%) minmax(3rem, 1fr) max-content; gap: .1rem .6rem;
              font-size: .86em; align-items: center; }
            .bars span { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
            .bars i + span { text-align: right; }
            .bars i { display: block; height: .6em; border-radius: .2em; background: var(--soft); }
            svg { display: block; max-width: 100%; }
            @media print { :root { color-scheme: light; print-color-adjust: exact; } body { padding: 0; max-width: none; }
              tr, svg, figure { break-inside: avoid; } }
            """;

    private Page() {}

    /**
     * A page, to be encoded in UTF-8 when it is written.
     *
     * @param title from outside, as it is
     * @param style rules beyond those of every page
     * @param body HTML
     */
    public static String of(String title, String style, CharSequence body) {
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta http-equiv=\"Content-Security-Policy\""
                + " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>" + text(title)
                + "</title>\n<style>\n" + STYLE + style + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
    }

    /** An entry of a list of facts; name and value are HTML. */
    public static void fact(StringBuilder page, String name, String html) {
        page.append("<dt>").append(name).append("</dt><dd>").append(html).append("</dd>\n");
    }

    /** Text from outside, of which the first {@value #LONGEST} characters are kept. */
    public static String text(String text) {
        return text(text, LONGEST);
    }

    /** Text from outside, of which so many characters are kept. */
    public static String text(String text, int longest) {
        return PlainText.of(text, longest)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** A length or place for style and graphics. */
    public static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
