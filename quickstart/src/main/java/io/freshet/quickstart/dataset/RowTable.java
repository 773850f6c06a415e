package io.freshet.quickstart.dataset;

import io.freshet.schemas.pipeline.Pipeline;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.row.Example;
import io.freshet.trainer.rows.TimeSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a training fitted and evaluated on, as a table: first the training part and then the hold-out, each in the
 * order of event time.
 *
 * @param columns of every row
 * @param train how many rows were fitted on
 * @param holdout how many rows were evaluated on
 * @param rows one value a column: String, Double, {@link java.time.Instant}, or null in a column that may have it
 */
public record RowTable(List<Column> columns, int train, int holdout, List<@Nullable Object[]> rows) {
    /** What a column holds. */
    public enum Type {
        TEXT,
        NUMBER,
        TIME
    }

    /**
     * @param required whether every row has a value
     */
    public record Column(String name, Type type, boolean required) {}

    public RowTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /**
     * The rows of a declared pipeline. A feature that is called like a column about the event gets {@code feature.} before
     * its name.
     *
     * @param examples in the order of the log
     */
    public static RowTable of(TrainingSet set, List<Example> examples) {
        Pipeline pipeline = set.pipeline();
        TimeSplit split = TimeSplit.of(pipeline, examples, set.since());
        List<Example> train = split.part(set.window()).orElseGet(split::longest).train();
        Task task = pipeline.model().task();
        List<@Nullable Object[]> rows = new ArrayList<>();
        train.forEach(example -> rows.add(row(task, example, "train")));
        split.holdout().forEach(example -> rows.add(row(task, example, "holdout")));
        List<Column> columns = new ArrayList<>(List.of(
                new Column("eventId", Type.TEXT, true),
                new Column("entityKey", Type.TEXT, true),
                new Column("eventTime", Type.TIME, true),
                new Column("labelTime", Type.TIME, true),
                new Column("part", Type.TEXT, true),
                new Column("label", task instanceof Task.Multiclass ? Type.TEXT : Type.NUMBER, true)));
        Set<String> taken = columns.stream().map(Column::name).collect(Collectors.toSet());
        pipeline.features().forEach(feature -> columns.add(column(feature, taken)));
        return new RowTable(columns, train.size(), split.holdout().size(), rows);
    }

    private static Column column(Feature feature, Set<String> taken) {
        return new Column(
                taken.contains(feature.name()) ? "feature." + feature.name() : feature.name(),
                feature.categorical() ? Type.TEXT : Type.NUMBER,
                false);
    }

    private static @Nullable Object[] row(Task task, Example example, String part) {
        List<@Nullable Object> row = new ArrayList<>(List.of(
                example.row().eventId(),
                example.row().entityKey(),
                example.row().eventTime(),
                example.labelTime(),
                part,
                task instanceof Task.Multiclass(List<String> classes)
                        ? classes.get((int) example.label())
                        : (Object) example.label()));
        row.addAll(example.row().values());
        return row.toArray();
    }
}
