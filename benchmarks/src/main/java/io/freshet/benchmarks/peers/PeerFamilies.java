package io.freshet.benchmarks.peers;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.model.FeaturePlan;
import io.freshet.model.FittedPreparation;
import io.freshet.model.PreparationFitter;
import io.freshet.model.Scorer;
import io.freshet.model.metrics.BinaryMetrics;
import io.freshet.model.metrics.MulticlassMetrics;
import io.freshet.model.metrics.RegressionMetrics;
import io.freshet.schemas.pipeline.Pipeline.Family;
import io.freshet.trainer.Training;
import io.freshet.trainer.learn.Fitted;
import io.freshet.trainer.learn.Learner;
import io.freshet.trainer.rows.Matrix;
import io.freshet.trainer.rows.Targets;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fits every family on every data set, as a training does it, networks from several seeds, and writes for each task the
 * prepared rows that the families saw and what each fit reaches on the hold-out, for {@code benchmarks/peers/families.py} to
 * do the same with its learners.
 */
public final class PeerFamilies {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long SEED = 20_261_126;

    /** A network's seed moves it by more than it differs from its peer. */
    private static final int SEEDS_OF_NETWORKS = 7;

    private PeerFamilies() {}

    /** @param args the directory of the data sets, and one to write to */
    public static void main(String[] args) throws Exception {
        Path out = Files.createDirectories(Path.of(args[1]));
        ArrayNode results = JSON.createArrayNode();
        for (PeerTask task : PeerTask.of(Path.of(args[0]))) {
            for (boolean keepMissing : new boolean[] {true, false}) {
                Prepared prepared = prepare(task, keepMissing);
                write(out.resolve(task.name() + (keepMissing ? "-trees" : "-others") + ".csv"), task, prepared);
                for (Map.Entry<Family, Learner> one : Training.learners().entrySet()) {
                    Family family = one.getKey();
                    if (family.takesMissing() == keepMissing && family.learns(task.task())) {
                        int seeds = family == Family.NEURAL_NETWORK ? SEEDS_OF_NETWORKS : 1;
                        for (int i = 0; i < seeds; i++) {
                            results.add(result(task, family, one.getValue(), prepared, SEED + i));
                        }
                    }
                }
            }
        }
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(out.resolve("freshet.json").toFile(), results);
    }

    private record Prepared(Matrix train, Matrix test) {}

    private static Prepared prepare(PeerTask task, boolean keepMissing) {
        List<FeaturePlan> plans = new ArrayList<>();
        for (int column = 0; column < task.rows()[0].length; column++) {
            plans.add(new FeaturePlan.Numeric(
                    "c" + column,
                    keepMissing ? FeaturePlan.Statistic.KEEP : FeaturePlan.Statistic.MEDIAN,
                    false,
                    new FeaturePlan.Bound.None(),
                    new FeaturePlan.Bound.None(),
                    false,
                    keepMissing ? FeaturePlan.Scale.NONE : FeaturePlan.Scale.STANDARD));
        }
        List<@Nullable Object[]> train = raw(task, 0, task.train());
        FittedPreparation fitted = PreparationFitter.fit(
                plans, train, task.targets(0, task.train()).numbers(), SEED);
        int width = fitted.preparation().width();
        return new Prepared(
                Matrix.of(fitted.rows(), width),
                Matrix.prepare(fitted.preparation(), raw(task, task.train(), task.rows().length)));
    }

    private static List<@Nullable Object[]> raw(PeerTask task, int from, int to) {
        List<@Nullable Object[]> raw = new ArrayList<>();
        for (int row = from; row < to; row++) {
            raw.add(Arrays.stream(task.rows()[row]).boxed().toArray());
        }
        return raw;
    }

    private static void write(Path file, PeerTask task, Prepared prepared) throws Exception {
        try (PrintWriter to = new PrintWriter(Files.newBufferedWriter(file))) {
            for (int row = 0; row < task.labels().length; row++) {
                boolean test = row >= task.train();
                double[] values = test
                        ? prepared.test().row(row - task.train())
                        : prepared.train().row(row);
                StringBuilder line = new StringBuilder(test ? "1," : "0,").append(task.labels()[row]);
                for (double value : values) {
                    line.append(',').append(Double.isNaN(value) ? "" : Double.toString(value));
                }
                to.println(line);
            }
        }
    }

    private static ObjectNode result(PeerTask task, Family family, Learner learner, Prepared prepared, long seed)
            throws Exception {
        Targets train = task.targets(0, task.train());
        Targets test = task.targets(task.train(), task.labels().length);
        long started = System.nanoTime();
        Fitted fitted = learner.fit(prepared.train(), train, prepared.test(), seed);
        double seconds = (System.nanoTime() - started) / 1e9;
        ObjectNode result = JSON.createObjectNode();
        result.put("task", task.name());
        result.put("family", family.spelled());
        result.put("train", train.size());
        result.put("test", test.size());
        result.put("score", score(fitted.scorer(), prepared.test(), test));
        result.put("seconds", seconds);
        result.set("settings", JSON.valueToTree(fitted.hyperparameters()));
        System.out.printf(
                "%s %s %.4f %.1f s%n",
                task.name(), family.spelled(), result.get("score").asDouble(), seconds);
        return result;
    }

    /** ROC AUC, of several classes on average over them, or R². */
    private static double score(Scorer scorer, Matrix rows, Targets targets) {
        double[][] scores = new double[rows.height()][scorer.outputs()];
        for (int i = 0; i < scores.length; i++) {
            scorer.score(rows.row(i), scores[i]);
        }
        double[] first = Arrays.stream(scores).mapToDouble(of -> of[0]).toArray();
        return switch (targets) {
            case Targets.Binary(boolean[] positive) ->
                BinaryMetrics.rocAuc(first, positive).orElseThrow();
            case Targets.Classes(int[] classes, int count) ->
                MulticlassMetrics.macro(MulticlassMetrics.perClass(scores, classes))
                        .rocAuc()
                        .orElseThrow();
            case Targets.Numbers(double[] values) ->
                RegressionMetrics.r2(first, values).orElseThrow();
        };
    }
}
