package io.freshet.benchmarks.peers;

import io.freshet.schemas.pipeline.Pipeline.Decision;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.trainer.rows.Targets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A data set with what is to be learned from it. The newest fifth is held out.
 *
 * @param rows raw columns in time order, NaN where missing
 * @param labels one per row
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record PeerTask(String name, Task task, double[][] rows, double[] labels) {
    private static final double HELD_OUT = 0.2;
    private static final List<String> INSECTS = List.of("2", "3", "4", "5", "11", "12");

    /** Every task that there is a file for. */
    static List<PeerTask> of(Path data) throws IOException {
        return List.of(electricity(data), insects(data), bikes(data), air(data));
    }

    /** Rows that are learned from. */
    int train() {
        return labels.length - (int) Math.ceil(labels.length * HELD_OUT);
    }

    /** What {@code Training} would make of these labels. */
    Targets targets(int from, int to) {
        double[] some = Arrays.copyOfRange(labels, from, to);
        return switch (task) {
            case Task.Binary binary -> {
                boolean[] positive = new boolean[some.length];
                for (int i = 0; i < some.length; i++) {
                    positive[i] = some[i] == 1;
                }
                yield new Targets.Binary(positive);
            }
            case Task.Multiclass(List<String> classes) ->
                new Targets.Classes(
                        Arrays.stream(some).mapToInt(label -> (int) label).toArray(), classes.size());
            case Task.Regression regression -> new Targets.Numbers(some);
        };
    }

    private static PeerTask electricity(Path data) throws IOException {
        Table table = Table.read(data.resolve("elec2.csv.gz"));
        return of(
                "elec2",
                new Task.Binary(new Decision.Costs(1, 1)),
                table,
                List.of("day", "period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer"),
                row -> table.text(row, "class").equals("UP") ? 1 : 0);
    }

    private static PeerTask insects(Path data) throws IOException {
        Table table = Table.read(data.resolve("insects_gradual_balanced.csv.gz"));
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= 33; i++) {
            columns.add("att" + i);
        }
        return of(
                "insects",
                new Task.Multiclass(INSECTS),
                table,
                columns,
                row -> INSECTS.indexOf(Integer.toString((int) table.number(row, "class"))));
    }

    private static PeerTask bikes(Path data) throws IOException {
        Table table = Table.read(data.resolve("bike_sharing_hour.csv.gz"));
        return of(
                "bikes",
                new Task.Regression(),
                table,
                List.of(
                        "season",
                        "mnth",
                        "hr",
                        "holiday",
                        "weekday",
                        "workingday",
                        "weathersit",
                        "temp",
                        "hum",
                        "windspeed"),
                row -> table.number(row, "cnt"));
    }

    private static PeerTask air(Path data) throws IOException {
        Table table = Table.read(data.resolve("beijing_air_quality.csv.gz"));
        PeerTask all = of(
                "air",
                new Task.Regression(),
                table,
                List.of("month", "hour", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM"),
                row -> table.text(row, "station").equals("Aotizhongxin") ? table.number(row, "PM2.5") : Double.NaN);
        return all;
    }

    private interface Label {
        double of(int row);
    }

    /** Rows without a label are left out. */
    private static PeerTask of(String name, Task task, Table table, List<String> columns, Label label) {
        List<double[]> rows = new ArrayList<>();
        List<Double> labels = new ArrayList<>();
        for (int row = 0; row < table.rows().size(); row++) {
            double value = label.of(row);
            if (!Double.isNaN(value)) {
                int at = row;
                rows.add(columns.stream()
                        .mapToDouble(column -> table.number(at, column))
                        .toArray());
                labels.add(value);
            }
        }
        return new PeerTask(
                name,
                task,
                rows.toArray(double[][]::new),
                labels.stream().mapToDouble(one -> one).toArray());
    }
}
