package io.freshet.quickstart.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.quickstart.send.FakeIngest.Batch;
import io.freshet.quickstart.send.FakeIngest.Fate;
import io.freshet.schemas.message.RecordKind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SendCommandTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldSendCsvWithTypesFromTheCells() throws Exception {
        Path file = write("flights.csv", """
                flightId,distance,late,note,code
                f1,406,true,"a, ""b\""",0012
                f2,-1.5e3,false,,12
                """);
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            int exit = send(ingest, file.toString(), "--text", "code");

            assertThat(ingest.published())
                    .containsExactly(new Batch(
                            RecordKind.EVENT,
                            List.of(
                                    "{\"flightId\":\"f1\",\"distance\":406,\"late\":true,\"note\":\"a, \\\"b\\\"\",\"code\":\"0012\"}",
                                    "{\"flightId\":\"f2\",\"distance\":-1500.0,\"late\":false,\"code\":\"12\"}")));
            assertThat(exit).isEqualTo(1);
            assertThat(out.toString()).startsWith("2 sent: 1 accepted, 1 rejected");
        }
    }

    @Test
    void shouldCountARowThatDoesNotMatchTheHeader() throws Exception {
        Path file = write("flights.csv", "flightId,distance\nf1\nf2,3\n");
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            int exit = send(ingest, file.toString());

            assertThat(ingest.lines()).containsExactly("[\"f1\"]", "{\"flightId\":\"f2\",\"distance\":3}");
            assertThat(exit).isEqualTo(1);
            // Control characters of an answer do not reach the terminal.
            assertThat(out.toString())
                    .contains("record 1: FIELD_MISSING: because ?[2J")
                    .doesNotContain("\u001b");
        }
    }

    @Test
    void shouldSendGzippedLinesAsTheyAreAsLabels() throws Exception {
        Path file = directory.resolve("outcomes.ndjson.gz");
        String lines = "{\"flightId\":\"f1\",\"delayMinutes\":3}\n\n{\"flightId\":\"f2\"}\n";
        try (OutputStream zipped = new GZIPOutputStream(Files.newOutputStream(file))) {
            zipped.write(lines.getBytes(StandardCharsets.UTF_8));
        }
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            int exit = send(ingest, file.toString(), "--labels");

            assertThat(ingest.published())
                    .containsExactly(new Batch(
                            RecordKind.LABEL,
                            List.of("{\"flightId\":\"f1\",\"delayMinutes\":3}", "{\"flightId\":\"f2\"}")));
            assertThat(exit).isZero();
            assertThat(out.toString()).isEqualToNormalizingNewlines("2 sent: 2 accepted, 0 rejected\n");
        }
    }

    @Test
    void shouldShowTheFirstTenRejectsAndSayHowManyFollow() throws Exception {
        Path file = write(
                "flights.ndjson",
                IntStream.range(0, 13).mapToObj(i -> "{broken").collect(Collectors.joining("\n")));
        try (FakeIngest ingest = FakeIngest.start(request -> request == 0 ? Fate.ANSWER_LOST : Fate.ANSWERED)) {
            int exit = send(ingest, file.toString());

            assertThat(exit).isEqualTo(1);
            assertThat(out.toString().lines())
                    .contains("13 sent: 0 accepted, 13 rejected", "  13 UNDECODABLE")
                    .anyMatch(line -> line.startsWith("record 10: "))
                    .noneMatch(line -> line.startsWith("record 11: "))
                    .contains("and 3 more, see the topic of rejected records")
                    .anyMatch(line -> line.startsWith("13 were sent more than once"));
        }
    }

    @Test
    void shouldPaceByTheTimeField() throws Exception {
        Path file = write("flights.ndjson", """
                {"flightId":"f1","departure":"2001-01-01T00:00:00Z"}
                {"flightId":"f2","departure":"2001-01-01T00:10:00Z"}
                {"flightId":"f3","departure":"soon"}
                {"flightId":"f4","departure":978308400000}
                """);
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            int exit = send(ingest, file.toString(), "--time", "departure", "--speed", "10000");

            assertThat(exit).isZero();
            assertThat(ingest.lines()).hasSize(4);
            assertThat(ingest.published().size()).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void shouldRefuseArgumentsThatMakeNoSense() throws Exception {
        Path file = write("flights.ndjson", "{}");
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            assertThat(send(ingest, file.toString(), "--speed", "5")).isEqualTo(2);
            assertThat(send(ingest, file.toString(), "--speed", "fast")).isEqualTo(2);
            assertThat(send(ingest, write("flights.txt", "{}").toString())).isEqualTo(1);
            assertThat(send(ingest, write("twice.csv", "a,a\n1,2\n").toString()))
                    .isEqualTo(1);
            assertThat(send(ingest, directory.resolve("none.csv").toString())).isEqualTo(1);
            assertThat(ingest.requests()).isZero();
        }
        assertThat(err.toString())
                .contains("--speed needs --time")
                .contains("'fast' must be a number")
                .contains("flights.txt: must end in .csv, .ndjson or .jsonl");
    }

    private int send(FakeIngest ingest, String file, String... further) {
        CommandLine command = new CommandLine(new SendCommand());
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        command.setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println(e.getMessage());
            return 1;
        });
        List<String> args = new java.util.ArrayList<>(
                List.of("flights", file, "--ingest", ingest.uri().toString()));
        args.addAll(List.of(further));
        return command.execute(args.toArray(String[]::new));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
