package io.freshet.card;

import io.freshet.page.Figures;
import io.freshet.page.Page;
import java.util.ArrayList;
import java.util.List;

/**
 * A square chart of two shares as inline SVG, which takes its colours from the page. Both axes go from 0 to the same end, 1
 * unless what is drawn is much smaller.
 */
final class Chart {
    private static final double LEFT = 44;
    private static final double TOP = 10;
    private static final double SIDE = 216;
    private static final double WIDTH = LEFT + SIDE + 14;
    private static final double HEIGHT = TOP + SIDE + 42;
    private static final double[] ENDS = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};
    private static final int TICKS = 5;

    private final String name;
    private final String across;
    private final String up;
    private final double end;
    private final List<String> shapes = new ArrayList<>();

    /** Both in [0, end]. */
    record Point(double x, double y) {}

    private Chart(String name, String across, String up, double end) {
        this.name = name;
        this.across = across;
        this.up = up;
        this.end = end;
    }

    /** A chart from 0 to 1. */
    static Chart of(String name, String across, String up) {
        return new Chart(name, across, up, 1);
    }

    /** A chart that has room for the greatest of the points. */
    static Chart around(String name, String across, String up, List<Point> points) {
        double most = points.stream()
                .mapToDouble(point -> Math.max(point.x(), point.y()))
                .max()
                .orElse(1);
        double end = 1;
        for (int i = ENDS.length - 1; i >= 0 && ENDS[i] >= most; i--) {
            end = ENDS[i];
        }
        return new Chart(name, across, up, end);
    }

    /** A broken line for comparison. */
    Chart reference(Point from, Point to) {
        shapes.add("<line class=\"reference\" x1=\"" + x(from) + "\" y1=\"" + y(from) + "\" x2=\"" + x(to) + "\" y2=\""
                + y(to) + "\"/>");
        return this;
    }

    /** The broken line on which both are the same. */
    Chart diagonal() {
        return reference(new Point(0, 0), new Point(end, end));
    }

    /** A line through the points. */
    Chart line(List<Point> points) {
        StringBuilder path = new StringBuilder("<polyline class=\"curve\" points=\"");
        points.forEach(
                point -> path.append(x(point)).append(',').append(y(point)).append(' '));
        shapes.add(path.append("\"/>").toString());
        return this;
    }

    /**
     * A dot.
     *
     * @param tip what it stands for, shown on hovering; HTML
     */
    Chart dot(Point point, String tip) {
        shapes.add("<circle class=\"dot\" cx=\"" + x(point) + "\" cy=\"" + y(point) + "\" r=\"4\"><title>" + tip
                + "</title></circle>");
        return this;
    }

    private String x(Point point) {
        return Page.decimal(LEFT + SIDE * Math.clamp(point.x() / end, 0, 1));
    }

    private String y(Point point) {
        return Page.decimal(TOP + SIDE * (1 - Math.clamp(point.y() / end, 0, 1)));
    }

    String svg() {
        StringBuilder svg = new StringBuilder("<svg role=\"img\" aria-label=\"")
                .append(name)
                .append("\" viewBox=\"0 0 ")
                .append(Page.decimal(WIDTH))
                .append(' ')
                .append(Page.decimal(HEIGHT))
                .append("\">");
        for (int i = 0; i <= TICKS; i++) {
            double share = end * i / TICKS;
            String label = Figures.number(share);
            Point bottom = new Point(share, 0);
            Point left = new Point(0, share);
            svg.append("<line class=\"grid\" x1=\"")
                    .append(x(bottom))
                    .append("\" x2=\"")
                    .append(x(bottom))
                    .append("\" y1=\"")
                    .append(Page.decimal(TOP))
                    .append("\" y2=\"")
                    .append(y(bottom))
                    .append("\"/><line class=\"grid\" y1=\"")
                    .append(y(left))
                    .append("\" y2=\"")
                    .append(y(left))
                    .append("\" x1=\"")
                    .append(x(left))
                    .append("\" x2=\"")
                    .append(Page.decimal(LEFT + SIDE))
                    .append("\"/>");
            label(svg, x(bottom), Page.decimal(TOP + SIDE + 16), "middle", label);
            label(svg, Page.decimal(LEFT - 6), Page.decimal(TOP + SIDE * (1 - share / end) + 4), "end", label);
        }
        shapes.forEach(svg::append);
        label(svg, Page.decimal(LEFT + SIDE / 2), Page.decimal(HEIGHT - 6), "middle", across);
        svg.append("<text text-anchor=\"middle\" transform=\"translate(11 ")
                .append(Page.decimal(TOP + SIDE / 2))
                .append(") rotate(-90)\">")
                .append(up)
                .append("</text></svg>");
        return svg.toString();
    }

    private static void label(StringBuilder svg, String x, String y, String anchor, String text) {
        svg.append("<text x=\"")
                .append(x)
                .append("\" y=\"")
                .append(y)
                .append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(text)
                .append("</text>");
    }
}
