package io.freshet.schemas.pipeline;

import io.freshet.schemas.message.PipelineDeclared;
import io.freshet.schemas.message.SupersededDeclaration;
import io.freshet.schemas.pipeline.InvalidPipelineException.Problem;
import io.freshet.schemas.pipeline.Pipeline.Aggregate;
import io.freshet.schemas.pipeline.Pipeline.DriftSpec;
import io.freshet.schemas.pipeline.Pipeline.EvaluationSpec;
import io.freshet.schemas.pipeline.Pipeline.EventSpec;
import io.freshet.schemas.pipeline.Pipeline.Feature;
import io.freshet.schemas.pipeline.Pipeline.GateSpec;
import io.freshet.schemas.pipeline.Pipeline.LabelSpec;
import io.freshet.schemas.pipeline.Pipeline.ModelSpec;
import io.freshet.schemas.pipeline.Pipeline.RetrainSpec;
import io.freshet.schemas.pipeline.Pipeline.RolloutSpec;
import io.freshet.schemas.pipeline.Pipeline.Source;
import io.freshet.schemas.pipeline.Pipeline.Task;
import io.freshet.schemas.pipeline.Pipeline.TrainingSpec;
import io.freshet.schemas.pipeline.Pipeline.ValueFeature;
import io.freshet.schemas.pipeline.Pipeline.Window;
import io.freshet.schemas.pipeline.Pipeline.WindowFeature;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/** Reads a pipeline file. One reading finds every mistake. */
public final class PipelineFile {
    private static final int LARGEST = 262_144;
    private static final int MOST_PARTITIONS = 64;
    private static final Pattern PIPELINE_NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern FEATURE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    private static final Duration LONGEST_WINDOW = Duration.ofDays(400);
    private static final String FUNCTIONS = Arrays.stream(Pipeline.Function.values())
            .map(Pipeline.Function::spelled)
            .collect(Collectors.joining(", "));
    static final Schema NO_EVENT = Schema.createRecord("NoEvent", "", "io.freshet", false, List.of());

    private final String file;
    private final BiFunction<String, String, Optional<String>> schemas;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, PreparationKeys> preparation = new LinkedHashMap<>();

    private PipelineFile(String file, BiFunction<String, String, Optional<String>> schemas) {
        this.file = file;
        this.schemas = schemas;
    }

    /**
     * Reads a declaration.
     *
     * @param file the file's name, for messages
     * @param yaml the declaration, at most 256 KiB
     * @param schemas finds the text of a schema by the name under {@code event.schema} or {@code label.schema}
     * @throws InvalidPipelineException with every mistake found
     */
    public static Pipeline parse(String file, String yaml, Function<String, Optional<String>> schemas)
            throws InvalidPipelineException {
        return new PipelineFile(file, (section, name) -> schemas.apply(name)).read(yaml);
    }

    /**
     * Reads a declaration as it stands on the log, beside its schemas.
     *
     * @throws InvalidPipelineException with every mistake found
     */
    public static Pipeline parse(PipelineDeclared declared) throws InvalidPipelineException {
        return new PipelineFile(
                        declared.getPipeline(),
                        (section, name) -> Optional.of(
                                section.equals("event") ? declared.getEventSchema() : declared.getLabelSchema()))
                .read(declared.getDeclaration());
    }

    /**
     * Reads the declaration that another one supersedes with that one's schemas, by which all events and labels are read.
     *
     * @return empty where there is none
     * @throws InvalidPipelineException with every mistake found
     */
    public static Optional<Pipeline> parseSuperseded(PipelineDeclared declared) throws InvalidPipelineException {
        SupersededDeclaration superseded = declared.getSuperseded();
        return superseded == null
                ? Optional.empty()
                : Optional.of(parse(PipelineDeclared.newBuilder(declared)
                        .setDeclaration(superseded.getDeclaration())
                        .build()));
    }

    private Pipeline read(String yaml) throws InvalidPipelineException {
        Node root = compose(yaml);
        Section top = new Section(file, "", root, problems);
        String name = named(top, "pipeline", PIPELINE_NAME, "lower-case letters, digits and dashes");
        int partitions = top.count("partitions", 1, 1, MOST_PARTITIONS);
        Optional<EventSpec> event = top.section("event", true).flatMap(this::event);
        ModelSpec model = TrainingKeys.model(top.sectionOrEmpty("model"));
        Optional<LabelSpec> label = top.section("label", true)
                .flatMap(section -> event.flatMap(declared -> label(section, declared.schema(), model.task())));
        List<Feature> features = new ArrayList<>();
        top.section("features", true).ifPresent(section -> {
            if (event.isPresent() && label.isPresent()) {
                features.addAll(features(section, event.get(), label.get()));
            }
        });
        TrainingSpec training = TrainingKeys.training(top.sectionOrEmpty("training"));
        EvaluationSpec evaluation = TrainingKeys.evaluation(top.sectionOrEmpty("evaluation"), features);
        GateSpec gate = TrainingKeys.gate(top.sectionOrEmpty("gate"), model.task());
        DriftSpec drift = DriftKeys.drift(top.sectionOrEmpty("drift"), label.map(LabelSpec::await));
        RetrainSpec retrain = RetrainKeys.retrain(top.sectionOrEmpty("retrain"));
        RolloutSpec rollout = RolloutKeys.rollout(top.sectionOrEmpty("rollout"));
        top.finish();
        Map<String, PreparationSpec> prepared = preparation(features, model);
        if (!problems.isEmpty() || event.isEmpty() || label.isEmpty()) {
            throw new InvalidPipelineException(problems);
        }
        return new Pipeline(
                name,
                partitions,
                event.get(),
                label.get(),
                features,
                prepared,
                model,
                training,
                evaluation,
                gate,
                drift,
                retrain,
                rollout);
    }

    private Node compose(String yaml) throws InvalidPipelineException {
        if (yaml.length() > LARGEST) {
            throw fatal(1, "is longer than " + LARGEST + " characters");
        }
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(0);
        options.setNestingDepthLimit(20);
        try {
            Node root = new Yaml(new SafeConstructor(options)).compose(new StringReader(yaml));
            if (root == null) {
                throw fatal(1, "is empty");
            }
            return root;
        } catch (MarkedYAMLException e) {
            throw fatal(e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1, e.getProblem());
        } catch (YAMLException | ClassCastException e) {
            throw fatal(1, String.valueOf(e.getMessage()));
        }
    }

    private InvalidPipelineException fatal(int line, String message) {
        return new InvalidPipelineException(List.of(new Problem(file, line, "file", message)));
    }

    private Optional<EventSpec> event(Section section) {
        Optional<Schema> schema = schema("event", section);
        String id = field(section, "id", schema, Schema.Type.STRING);
        String key = field(section, "key", schema, Schema.Type.STRING);
        String time = field(section, "time", schema, Schema.Type.LONG);
        Duration lateness = section.duration("lateness", Duration.ofHours(1));
        Duration duplicatesWithin = section.duration("duplicatesWithin", Duration.ZERO);
        boolean corrections = section.truth("corrections", false);
        Map<String, Expression> rules = rules(section, schema, false);
        section.finish();
        return schema.map(
                declared -> new EventSpec(declared, id, key, time, lateness, duplicatesWithin, corrections, rules));
    }

    private Optional<LabelSpec> label(Section section, Schema eventSchema, Task task) {
        Optional<Schema> schema = schema("label", section);
        String event = field(section, "event", schema, Schema.Type.STRING);
        String time = field(section, "time", schema, Schema.Type.LONG);
        Duration wait = section.duration("wait", null);
        Map<String, Expression> rules = rules(section, schema, true);
        Optional<Expression> value = schema.flatMap(declared -> section.text("value", true)
                .flatMap(source -> expression(section, "value", source, eventSchema, declared)));
        value.ifPresent(expression -> labelled(section, expression, task));
        section.finish();
        return schema.flatMap(
                declared -> value.map(expression -> new LabelSpec(declared, event, expression, time, wait, rules)));
    }

    private static void labelled(Section section, Expression value, Task task) {
        switch (task) {
            case Task.Binary binary ->
                be(section, value, Expression.Kind.TRUTH, "must be true or false for a binary task");
            case Task.Multiclass multiclass ->
                be(section, value, Expression.Kind.TEXT, "must be a text, the name of a class, for several classes");
            case Task.Regression regression ->
                be(section, value, Expression.Kind.NUMBER, "must be a number for a regression");
        }
    }

    private static void be(Section section, Expression value, Expression.Kind kind, String must) {
        if (value.kind() != kind) {
            section.problem("value", "'" + value + "' " + must);
        }
    }

    private List<Feature> features(Section section, EventSpec event, LabelSpec label) {
        Map<String, Feature> features = new LinkedHashMap<>();
        for (String name : section.keys()) {
            if (!FEATURE_NAME.matcher(name).matches()) {
                section.problem(name, "must start with a letter and hold letters, digits and underscores only");
            }
            section.section(name, true)
                    .flatMap(declared -> {
                        preparation.put(name, new PreparationKeys(declared));
                        return feature(name, declared, event, label, features);
                    })
                    .ifPresent(feature -> features.put(name, feature));
        }
        if (features.isEmpty() && problems.isEmpty()) {
            section.problem("", "declares no feature");
        }
        return List.copyOf(features.values());
    }

    private Map<String, PreparationSpec> preparation(List<Feature> features, ModelSpec model) {
        Map<String, PreparationSpec> prepared = new LinkedHashMap<>();
        for (Feature feature : features) {
            Optional.ofNullable(preparation.get(feature.name()))
                    .flatMap(keys -> keys.of(feature.categorical(), model))
                    .ifPresent(spec -> prepared.put(feature.name(), spec));
        }
        return prepared;
    }

    private Optional<Feature> feature(
            String name, Section section, EventSpec event, LabelSpec label, Map<String, Feature> before) {
        if (section.has("value")) {
            Optional<Feature> feature = section.text("value", true)
                    .flatMap(source ->
                            expression(section, "value", source, event.schema(), null, kinds(before.values())))
                    .map(value -> new ValueFeature(name, value));
            section.finish();
            return feature;
        }
        List<Pipeline.Function> named = Arrays.stream(Pipeline.Function.values())
                .filter(function -> section.has(function.spelled()))
                .toList();
        if (named.size() != 1) {
            section.problem("", "needs exactly one of value, " + FUNCTIONS);
            return Optional.empty();
        }
        Optional<Feature> feature = window(name, section, named.getFirst(), event, label, before);
        section.finish();
        return feature;
    }

    private Optional<Feature> window(
            String name,
            Section section,
            Pipeline.Function function,
            EventSpec event,
            LabelSpec label,
            Map<String, Feature> before) {
        List<String> by = section.has("by")
                ? section.list("by", part -> entityPart(section, part, event.schema(), before))
                : List.of(event.key());
        String key = function.spelled();
        String source = section.text(key, true).orElse("");
        boolean ofRecords = function.takesRecords() && (source.equals("event") || source.equals("label"));
        Optional<Expression> argument = source.isEmpty()
                ? Optional.empty()
                : expression(section, key, ofRecords ? "1" : source, event.schema(), label.schema());
        if (!function.takesText()) {
            argument.filter(expression -> expression.kind() == Expression.Kind.TEXT)
                    .ifPresent(expression -> section.problem(key, "'" + source + "' must be a number or true/false"));
        }
        Optional<Expression> where = section.has("where") ? where(section, event, label) : Optional.empty();
        double level = function == Pipeline.Function.QUANTILE ? level(section) : 0;
        boolean ofLabels = source.equals("label")
                || argument.filter(Expression::usesLabel).isPresent()
                || where.filter(Expression::usesLabel).isPresent();
        Window window = windowOf(section, ofLabels);
        return argument.map(expression -> new WindowFeature(
                name,
                new Aggregate(function, expression, where, level),
                ofLabels ? Source.LABEL : Source.EVENT,
                by,
                window));
    }

    private static Optional<Expression> where(Section section, EventSpec event, LabelSpec label) {
        Optional<Expression> where = section.text("where", true)
                .flatMap(source -> expression(section, "where", source, event.schema(), label.schema()));
        where.filter(condition -> condition.kind() != Expression.Kind.TRUTH)
                .ifPresent(condition -> section.problem("where", "'" + condition + "' must be true or false"));
        return where;
    }

    private static double level(Section section) {
        if (!section.has("at")) {
            section.problem("at", "is missing; 0.5 is the median");
        }
        return section.number("at", 0.5, 0, 1);
    }

    private static Window windowOf(Section section, boolean ofLabels) {
        Duration over = section.duration("over", null);
        if (over.compareTo(LONGEST_WINDOW) > 0) {
            section.problem("over", "'" + over.toDays() + "d' is longer than " + LONGEST_WINDOW.toDays() + "d");
        }
        Duration delay = section.duration("delay", Duration.ZERO);
        if (delay.compareTo(LONGEST_WINDOW) > 0) {
            section.problem("delay", "'" + delay.toDays() + "d' is longer than " + LONGEST_WINDOW.toDays() + "d");
        }
        boolean includeSelf = section.truth("includeSelf", false);
        if (includeSelf && ofLabels) {
            section.problem("includeSelf", "a row's own label is not known yet; it is for windows over events");
        }
        Duration hop = section.has("hop")
                ? section.duration("hop", Duration.ofMillis(1))
                : Window.hopFor(over).orElse(Duration.ZERO);
        if (hop.isZero()) {
            section.problem(
                    "over", "is a multiple only of very short hops; make it rounder, or name a 'hop' that divides it");
            hop = Duration.ofMillis(1);
        } else if (over.toMillis() % hop.toMillis() != 0) {
            section.problem("hop", "must divide 'over' without a rest");
        }
        return new Window(over, hop, delay, includeSelf);
    }

    private Optional<String> entityPart(Section section, String part, Schema event, Map<String, Feature> before) {
        if (before.get(part) instanceof ValueFeature value) {
            if (value.value().features().isEmpty()) {
                return Optional.of(part);
            }
            section.problem(
                    "by", "'" + part + "' is computed from other features; an entity is made of the event alone");
            return Optional.empty();
        }
        if (event.getField(part) != null) {
            return Optional.of(part);
        }
        section.problem("by", "'" + part + "' is neither a field of the event nor a value feature declared above");
        return Optional.empty();
    }

    private String named(Section section, String key, Pattern pattern, String rule) {
        String name = section.text(key, true).orElse("");
        if (!name.isEmpty() && !pattern.matcher(name).matches()) {
            section.problem(key, "'" + name + "' must start with a letter and hold " + rule + " only");
        }
        return name;
    }

    private Optional<Schema> schema(String kind, Section section) {
        return section.text("schema", true).flatMap(name -> {
            Optional<String> text = schemas.apply(kind, name);
            if (text.isEmpty()) {
                section.problem("schema", "'" + name + "' cannot be read; it is looked for beside the pipeline file");
                return Optional.empty();
            }
            try {
                Schema schema = new Schema.Parser().parse(text.get());
                if (schema.getType() == Schema.Type.RECORD) {
                    return Optional.of(schema);
                }
                section.problem("schema", "'" + name + "' is of type " + schema.getType() + "; a record is needed");
            } catch (AvroRuntimeException e) {
                section.problem("schema", "'" + name + "' is no Avro schema: " + e.getMessage());
            }
            return Optional.empty();
        });
    }

    private String field(Section section, String key, Optional<Schema> schema, Schema.Type type) {
        String name = section.text(key, true).orElse("");
        if (name.isEmpty() || schema.isEmpty()) {
            return name;
        }
        Schema.Field field = schema.get().getField(name);
        if (field == null) {
            section.problem(
                    key,
                    "'" + name + "' is no field of " + schema.get().getName() + "; the fields are "
                            + String.join(
                                    ",",
                                    schema.get().getFields().stream()
                                            .map(Schema.Field::name)
                                            .toList()));
        } else if (field.schema().getType() != type) {
            section.problem(
                    key,
                    "field '" + name + "' is of type " + field.schema().getType() + "; " + type
                            + (type == Schema.Type.LONG ? " with logical type timestamp-millis" : "")
                            + ", not null, is needed");
        }
        return name;
    }

    /** Rules judge a record by itself: those of labels see the label alone, whose event may not have come yet. */
    private static Map<String, Expression> rules(Section section, Optional<Schema> schema, boolean ofLabel) {
        Map<String, Expression> rules = new LinkedHashMap<>();
        section.section("rules", false).ifPresent(declared -> {
            for (String name : declared.keys()) {
                Optional<String> source = declared.text(name, true);
                if (source.isPresent() && schema.isPresent()) {
                    Optional<Expression> rule = ofLabel
                            ? expression(declared, name, source.get(), NO_EVENT, schema.get())
                            : expression(declared, name, source.get(), schema.get(), null);
                    rule.ifPresent(expression -> {
                        if (expression.kind() != Expression.Kind.TRUTH) {
                            declared.problem(name, "'" + expression + "' must be true or false");
                        }
                        rules.put(name, expression);
                    });
                }
            }
        });
        return rules;
    }

    private static Optional<Expression> expression(
            Section section, String key, String source, Schema event, @Nullable Schema label) {
        return expression(section, key, source, event, label, Map.of());
    }

    /** What features yield, by name. */
    static Map<String, Expression.Kind> kinds(Collection<Feature> features) {
        Map<String, Expression.Kind> kinds = new LinkedHashMap<>();
        features.forEach(feature ->
                kinds.put(feature.name(), feature.categorical() ? Expression.Kind.TEXT : Expression.Kind.NUMBER));
        return kinds;
    }

    static Optional<Expression> expression(
            Section section,
            String key,
            String source,
            Schema event,
            @Nullable Schema label,
            Map<String, Expression.Kind> features) {
        try {
            return Optional.of(Expression.compile(source, event, label, features));
        } catch (Expression.InvalidExpressionException e) {
            section.problem(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }
}
