package io.freshet.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.quickstart.demo.Timeline.Faults;
import io.freshet.quickstart.demo.Timeline.Item;
import io.freshet.quickstart.demo.Timeline.Origin;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelineTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SEED = 11_2026;
    private static final Instant START = Instant.parse("2001-01-01T00:00:00Z");

    @Test
    void shouldSendEachFlightAndLabelOnceInTimeOrderWithTheFaultsBetween() throws IOException {
        for (int round = 0; round < 8; round++) {
            Random random = new Random(SEED + round);
            List<Flight> flights = flights(random, 500);
            Faults faults = new Faults(SEED + round, 20, 30);

            List<Item> items = all(new Timeline(flights.iterator(), faults));

            String why = "seed " + (SEED + round);
            assertThat(items).as(why).isSortedAccordingTo((a, b) -> Long.compare(a.time(), b.time()));
            Map<String, Long> departures = new HashMap<>();
            Map<String, byte[]> events = new HashMap<>();
            int labels = 0;
            int duplicates = 0;
            for (Item item : items) {
                switch (item.origin()) {
                    case FLIGHT -> {
                        String id = id(item);
                        assertThat(departures.put(id, item.time())).as(why).isNull();
                        events.put(id, item.json());
                    }
                    case DUPLICATE -> {
                        duplicates++;
                        assertThat(item.json()).as(why).isEqualTo(events.get(id(item)));
                        assertThat(item.time() - departures.get(id(item)))
                                .as(why)
                                .isBetween(60_000L, Duration.ofMinutes(40).toMillis());
                    }
                    case LABEL -> {
                        labels++;
                        assertThat(departures).as(why).containsKey(id(item));
                    }
                    case MALFORMED -> {}
                }
            }
            assertThat(departures).as(why).hasSize(500);
            assertThat(labels).as(why).isEqualTo(500);
            assertThat(duplicates).as(why).isPositive();
        }
    }

    @Test
    void shouldBreakEventsInEveryWayInTurn() {
        List<String> malformed =
                all(new Timeline(flights(new Random(SEED), 200).iterator(), new Faults(1, 0, 10))).stream()
                        .filter(item -> item.origin() == Origin.MALFORMED)
                        .map(item -> new String(item.json(), StandardCharsets.UTF_8))
                        .toList();

        assertThat(malformed.size()).isGreaterThanOrEqualTo(4);
        assertThat(malformed.get(0)).contains("-malformed").contains("\"distance\":-");
        assertThat(malformed.get(1)).doesNotContain("flightId");
        assertThat(malformed.get(2)).contains("\"distance\":\"far\"");
        assertThatThrownBy(() -> JSON.readTree(malformed.get(3))).isInstanceOf(IOException.class);
    }

    @Test
    void shouldRepeatItselfForASeed() {
        List<Flight> flights = flights(new Random(SEED), 300);

        List<Item> once = all(new Timeline(flights.iterator(), new Faults(5, 10, 10)));
        List<Item> again = all(new Timeline(flights.iterator(), new Faults(5, 10, 10)));
        List<Item> other = all(new Timeline(flights.iterator(), new Faults(6, 10, 10)));

        assertThat(again).usingRecursiveFieldByFieldElementComparator().isEqualTo(once);
        assertThat(other).usingRecursiveFieldByFieldElementComparator().isNotEqualTo(once);
    }

    @Test
    void shouldReadAllOfTheRecordedFlights() throws IOException {
        Map<Origin, Integer> counts = new EnumMap<>(Origin.class);
        long last = Long.MIN_VALUE;
        long outOfOrder = 0;
        try (FlightsFile file = FlightsFile.open(Path.of("../pipelines/flight-delays/flights_2001h1_1in5.csv.gz"))) {
            Timeline timeline = new Timeline(
                    file,
                    new Faults(
                            FlightReplay.Options.DEFAULT.seed(),
                            FlightReplay.Options.DEFAULT.duplicateOneIn(),
                            FlightReplay.Options.DEFAULT.malformedOneIn()));
            while (timeline.hasNext()) {
                Item item = timeline.next();
                counts.merge(item.origin(), 1, Integer::sum);
                outOfOrder += item.time() < last ? 1 : 0;
                last = item.time();
            }
        }

        assertThat(outOfOrder).isZero();
        assertThat(counts).containsEntry(Origin.FLIGHT, 599_999).containsEntry(Origin.LABEL, 599_999);
        assertThat(counts.get(Origin.DUPLICATE)).isBetween(200, 400);
        assertThat(counts.get(Origin.MALFORMED)).isBetween(60, 180);
    }

    @Test
    void shouldDeriveTheArrival() {
        Instant noon = START.plus(Duration.ofHours(12));

        assertThat(new Flight("a", noon, "LAS", "PHL", 2176, 33).arrival())
                .isEqualTo(noon.plus(Duration.ofMinutes(345)));
        assertThat(new Flight("b", noon, "LAS", "PHL", 100, -1116).arrival())
                .isEqualTo(noon.plus(Duration.ofMinutes(1)));
    }

    @Test
    void shouldRefuseFlightsOutOfOrderOrUnreadable(@TempDir Path directory) throws IOException {
        for (String second : List.of(
                "2000-12-31 00:00:00,1,2,A,B", "2001-01-02 00:00:00,x,2,A,B", "2001-02-30 00:00:00,1,2,A,B", "only")) {
            Path file = directory.resolve("flights.csv.gz");
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
                out.write(("date,delay,distance,origin,destination\n2001-01-01 00:01:00,1,2,A,B\n" + second + "\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
            try (FlightsFile flights = FlightsFile.open(file)) {
                assertThat(flights.next().flightId()).isEqualTo("2001-000001");
                assertThatThrownBy(flights::next)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining("flight 2 cannot be read");
            }
        }
    }

    static List<Flight> flights(Random random, int count) {
        List<Flight> flights = new ArrayList<>();
        Instant departure = START;
        for (int i = 0; i < count; i++) {
            departure = departure.plusSeconds(60L * random.nextInt(5));
            flights.add(
                    new Flight("f" + i, departure, "LAS", "PHL", 1 + random.nextInt(3_000), random.nextInt(300) - 60));
        }
        return flights;
    }

    private static List<Item> all(Timeline timeline) {
        List<Item> items = new ArrayList<>();
        timeline.forEachRemaining(items::add);
        return items;
    }

    private static String id(Item item) throws IOException {
        return JSON.readTree(item.json()).get("flightId").textValue();
    }
}
