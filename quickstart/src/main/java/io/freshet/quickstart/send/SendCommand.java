package io.freshet.quickstart.send;

import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.quickstart.send.IngestClient.Answer;
import io.freshet.quickstart.send.IngestClient.Reject;
import io.freshet.quickstart.send.RecordFile.Line;
import io.freshet.schemas.message.RecordKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code freshet send}: a file's records go to a pipeline. Exit code 1 when any was rejected. */
@Command(
        name = "send",
        description = "Sends the events, or the labels, in a file to a pipeline and counts the verdicts.",
        mixinStandardHelpOptions = true)
public final class SendCommand implements Callable<Integer> {
    private static final int SHOWN_REJECTS = 10;
    private static final int SHOWN_TEXT = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration ANY = Duration.ofDays(365_000);

    @Parameters(index = "0", paramLabel = "PIPELINE", description = "The pipeline's name.")
    private String pipeline = "";

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description = "A .csv file whose first row names the fields, an .ndjson or .jsonl file of one JSON object a"
                    + " line, or an .avro container file; each also as .gz.")
    private @Nullable Path file;

    @Option(
            names = "--ingest",
            paramLabel = "URL",
            required = true,
            defaultValue = "${env:FRESHET_INGEST}",
            description = "Where ingest-service answers; without it FRESHET_INGEST.")
    private @Nullable URI ingest;

    @Option(names = "--labels", description = "The file holds labels, not events.")
    private boolean labels;

    @Option(
            names = "--speed",
            paramLabel = "X",
            defaultValue = "max",
            converter = SpeedConverter.class,
            description = "Seconds of event time for each second, or max (the default); a number needs --time.")
    private Speed speed = Speed.MAX;

    @Option(
            names = "--time",
            paramLabel = "FIELD",
            description = "The field with the event time, ISO 8601 or epoch milliseconds; the file is in its order.")
    private @Nullable String time;

    @Option(
            names = "--text",
            paramLabel = "FIELD",
            split = ",",
            description = "Fields of a CSV file that are text though they may look like numbers.")
    private List<String> text = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    static final class SpeedConverter implements ITypeConverter<Speed> {
        @Override
        public Speed convert(String value) {
            try {
                return Speed.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!speed.unlimited() && time == null) {
            throw new ParameterException(command.commandLine(), "--speed needs --time");
        }
        Path from = Objects.requireNonNull(file);
        RecordKind kind = labels ? RecordKind.LABEL : RecordKind.EVENT;
        Tally tally = new Tally();
        try (IngestClient client = client(command);
                RecordFile records = RecordFile.open(from, kind, Optional.ofNullable(time), Set.copyOf(text))) {
            new PacedSender(client, speed, ANY, WallClock.SYSTEM, () -> false).send(records, tally);
        } catch (IOException | UncheckedIOException e) {
            throw new PlatformException(
                    from + " cannot be read after " + tally.sent + " records were sent: " + e.getMessage(), e);
        }
        tally.print(command.commandLine().getOut());
        return tally.rejected == 0 ? 0 : 1;
    }

    private IngestClient client(CommandSpec command) {
        try {
            return new IngestClient(Objects.requireNonNull(ingest), pipeline, PATIENCE, WallClock.SYSTEM);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--ingest: " + e.getMessage(), e);
        }
    }

    /** The verdicts so far. */
    private static final class Tally implements PacedSender.Observer<Line> {
        private long sent;
        private long rejected;
        private long repeated;
        private final TreeMap<String, Long> byReason = new TreeMap<>();
        private final List<String> shown = new ArrayList<>();

        @Override
        public void answered(List<Line> batch, Answer answer) {
            sent += answer.received();
            rejected += answer.rejects().size();
            repeated += answer.open() > 0 ? batch.size() : 0;
            for (Reject reject : answer.rejects()) {
                byReason.merge(reject.reason(), 1L, Long::sum);
                if (shown.size() < SHOWN_REJECTS) {
                    String why = reject.reason() + (reject.field() == null ? "" : " " + reject.field()) + ": "
                            + reject.detail();
                    shown.add("record " + batch.get(reject.index()).number() + ": " + PlainText.of(why, SHOWN_TEXT));
                }
            }
        }

        @Override
        public void unanswered(List<Line> batch) {
            throw new IllegalStateException("sending is never stopped");
        }

        private void print(PrintWriter out) {
            out.printf("%d sent: %d accepted, %d rejected%n", sent, sent - rejected, rejected);
            byReason.forEach((reason, count) -> out.printf("  %d %s%n", count, reason));
            shown.forEach(out::println);
            if (shown.size() < rejected) {
                out.printf("and %d more, see the topic of rejected records%n", rejected - shown.size());
            }
            if (repeated > 0) {
                out.printf(
                        "%d were sent more than once, for want of an answer; duplicates are dropped by id%n", repeated);
            }
            out.flush();
        }
    }
}
