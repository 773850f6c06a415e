package io.freshet.quickstart.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.quickstart.send.FakeIngest.Batch;
import io.freshet.quickstart.send.FakeIngest.Fate;
import io.freshet.schemas.message.RecordKind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
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
    void shouldSendAvroAsTheJsonThatIngestTakes() throws Exception {
        Schema schema = new Schema.Parser().parse("""
                {"type": "record", "name": "Flight", "fields": [
                  {"name": "flightId", "type": "string"},
                  {"name": "departure", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                  {"name": "arrival", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]},
                  {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                  {"name": "count", "type": "long"},
                  {"name": "distance", "type": "float"},
                  {"name": "speed", "type": "double"},
                  {"name": "late", "type": "boolean"},
                  {"name": "cabin", "type": {"type": "enum", "name": "Cabin", "symbols": ["ECONOMY", "FIRST"]}},
                  {"name": "ticket", "type": "bytes"},
                  {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 2}},
                  {"name": "stops", "type": {"type": "array", "items": "string"}},
                  {"name": "fares", "type": ["null", {"type": "map", "values": ["null", "int"]}]},
                  {"name": "plane", "type": {"type": "record", "name": "Plane", "fields": [
                    {"name": "built", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}]}]}}
                ]}""");
        GenericRecord full = new GenericData.Record(schema);
        full.put("flightId", "f \"1\"");
        full.put("departure", 978_307_200_000_001L);
        full.put("arrival", 978_310_800_000L);
        full.put("day", 11_323);
        full.put("count", Long.MAX_VALUE);
        full.put("distance", 0.1f);
        full.put("speed", Double.NaN);
        full.put("late", true);
        full.put("cabin", new GenericData.EnumSymbol(schema.getField("cabin").schema(), "FIRST"));
        full.put("ticket", ByteBuffer.wrap(new byte[] {0, (byte) 0xff}));
        full.put("hash", new GenericData.Fixed(schema.getField("hash").schema(), new byte[] {1, 2}));
        full.put("stops", List.of("ORD"));
        full.put("fares", new TreeMap<>(Map.of("a", 1)));
        GenericRecord plane = new GenericData.Record(schema.getField("plane").schema());
        plane.put("built", 0L);
        full.put("plane", plane);
        GenericRecord nulls = new GenericData.Record((GenericData.Record) full, true);
        nulls.put("arrival", null);
        nulls.put("fares", null);
        Path file = avro("flights.avro", schema, full, nulls);
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            send(ingest, file.toString(), "--time", "departure");

            String rest = "\"day\":11323,\"count\":9223372036854775807,\"distance\":0.1,\"speed\":\"NaN\","
                    + "\"late\":true,\"cabin\":\"FIRST\",\"ticket\":\"AP8=\",\"hash\":\"AQI=\",\"stops\":[\"ORD\"],";
            assertThat(ingest.lines())
                    .containsExactly(
                            "{\"flightId\":\"f \\\"1\\\"\",\"departure\":\"2001-01-01T00:00:00.000001Z\","
                                    + "\"arrival\":\"2001-01-01T01:00:00Z\"," + rest
                                    + "\"fares\":{\"a\":1},\"plane\":{\"built\":\"1970-01-01T00:00:00Z\"}}",
                            "{\"flightId\":\"f \\\"1\\\"\",\"departure\":\"2001-01-01T00:00:00.000001Z\","
                                    + "\"arrival\":null," + rest
                                    + "\"fares\":null,\"plane\":{\"built\":\"1970-01-01T00:00:00Z\"}}");
        }
    }

    @Test
    void shouldSayWhereADamagedAvroFileEnds() throws Exception {
        Schema schema = SchemaBuilder.record("Flight")
                .fields()
                .requiredString("flightId")
                .endRecord();
        GenericRecord[] flights = IntStream.range(0, 5_000)
                .mapToObj(i -> new GenericRecordBuilder(schema)
                        .set("flightId", "f" + i)
                        .build())
                .toArray(GenericRecord[]::new);
        byte[] bytes = Files.readAllBytes(avro("whole.avro", schema, flights));
        Path cut = Files.write(directory.resolve("cut.avro"), Arrays.copyOf(bytes, bytes.length / 2));
        try (FakeIngest ingest = FakeIngest.start(request -> Fate.ANSWERED)) {
            assertThat(send(ingest, cut.toString())).isEqualTo(1);
            assertThat(send(ingest, write("none.avro", "{}").toString())).isEqualTo(1);
        }
        assertThat(err.toString())
                .containsPattern("cut.avro cannot be read after [0-9]+ records were sent: the Avro file is damaged")
                .contains("none.avro cannot be read after 0 records were sent");
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
                .contains("flights.txt: must end in .csv, .ndjson, .jsonl or .avro");
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

    private Path avro(String name, Schema schema, GenericRecord... records) throws IOException {
        Path file = directory.resolve(name);
        try (DataFileWriter<GenericRecord> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
            writer.setSyncInterval(4_096).create(schema, file.toFile());
            for (GenericRecord record : records) {
                writer.append(record);
            }
        }
        return file;
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
