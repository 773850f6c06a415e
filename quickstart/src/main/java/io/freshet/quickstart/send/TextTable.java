package io.freshet.quickstart.send;

import io.freshet.page.PlainText;
import java.util.List;
import java.util.stream.IntStream;

/** Rows in columns, for a terminal. */
public final class TextTable {
    private TextTable() {}

    /**
     * The lines of a table, the headings first; every column is as wide as its widest cell.
     *
     * @param rows each of as many cells as there are headings; fit for a terminal, see {@link PlainText}
     */
    public static List<String> lines(List<String> headings, List<List<String>> rows) {
        int[] widths = IntStream.range(0, headings.size())
                .map(column -> Math.max(
                        headings.get(column).length(),
                        rows.stream()
                                .mapToInt(row -> row.get(column).length())
                                .max()
                                .orElse(0)))
                .toArray();
        return IntStream.range(-1, rows.size())
                .mapToObj(row -> line(row < 0 ? headings : rows.get(row), widths))
                .toList();
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(cells.get(i)).repeat(' ', widths[i] - cells.get(i).length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
