package io.freshet.quickstart.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.quickstart.send.Outgoing;
import io.freshet.schemas.message.RecordKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

/**
 * Flights as a producer would send them, in order of time: the event at departure, the label at arrival, and, chosen by
 * the seed, some events a second time minutes later and some that no schema or rule allows. Malformed events are extra:
 * every flight is sent once as it should be. Pure: equal input gives equal output.
 */
final class Timeline implements Iterator<Timeline.Item> {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Within the hour that the pipeline lets events be late, so that a duplicate is refused for being one. */
    private static final int LATEST_DUPLICATE_MINUTES = 40;

    /** Why a record is on the timeline. */
    enum Origin {
        FLIGHT,
        DUPLICATE,
        MALFORMED,
        LABEL
    }

    /**
     * How many faults are mixed in.
     *
     * @param duplicateOneIn one in so many events is sent a second time; 0 for none
     * @param malformedOneIn after one in so many events comes a malformed one; 0 for none
     */
    record Faults(long seed, int duplicateOneIn, int malformedOneIn) {}

    /** One record of the timeline; items at one time keep the order in which they arose. */
    record Item(Origin origin, long time, long order, byte[] json) implements Outgoing {
        @Override
        public RecordKind kind() {
            return origin == Origin.LABEL ? RecordKind.LABEL : RecordKind.EVENT;
        }
    }

    private enum Malformation {
        NEGATIVE_DISTANCE,
        NO_ID,
        TEXT_FOR_NUMBER,
        BROKEN_JSON
    }

    private final Iterator<Flight> flights;
    private final Faults faults;
    private final Random random;
    /** What is due at a departure: the event and what follows it at once. */
    private final Queue<Item> now = new ArrayDeque<>();

    private final PriorityQueue<Item> later =
            new PriorityQueue<>(Comparator.comparingLong(Item::time).thenComparingLong(Item::order));
    private long order;
    private int malformed;

    /**
     * @param flights in order of departure
     */
    Timeline(Iterator<Flight> flights, Faults faults) {
        this.flights = flights;
        this.faults = faults;
        this.random = new Random(faults.seed());
    }

    @Override
    public boolean hasNext() {
        return !now.isEmpty() || !later.isEmpty() || flights.hasNext();
    }

    @Override
    public Item next() {
        if (now.isEmpty() && flights.hasNext()) {
            depart(flights.next());
        }
        Item event = now.peek();
        Item arrival = later.peek();
        if (event == null && arrival == null) {
            throw new NoSuchElementException();
        }
        boolean arrivalFirst = event == null || (arrival != null && arrival.time() < event.time());
        return arrivalFirst ? later.remove() : now.remove();
    }

    private void depart(Flight flight) {
        long departure = flight.departure().toEpochMilli();
        byte[] event = bytes(event(flight));
        now.add(item(Origin.FLIGHT, departure, event));
        later.add(item(Origin.LABEL, flight.arrival().toEpochMilli(), bytes(label(flight))));
        if (oneIn(faults.duplicateOneIn())) {
            long after = Duration.ofMinutes(1L + random.nextInt(LATEST_DUPLICATE_MINUTES))
                    .toMillis();
            later.add(item(Origin.DUPLICATE, departure + after, event));
        }
        if (oneIn(faults.malformedOneIn())) {
            now.add(item(Origin.MALFORMED, departure, malformed(flight)));
        }
    }

    private boolean oneIn(int count) {
        return count > 0 && random.nextInt(count) == 0;
    }

    private Item item(Origin origin, long time, byte[] json) {
        return new Item(origin, time, order++, json);
    }

    private static ObjectNode event(Flight flight) {
        return JSON.createObjectNode()
                .put("flightId", flight.flightId())
                .put("departure", flight.departure().toString())
                .put("origin", flight.origin())
                .put("destination", flight.destination())
                .put("distance", flight.distance());
    }

    private static ObjectNode label(Flight flight) {
        return JSON.createObjectNode()
                .put("flightId", flight.flightId())
                .put("arrival", flight.arrival().toString())
                .put("delayMinutes", flight.delayMinutes());
    }

    /** An event with an id of its own, each time broken in the next of four ways. */
    private byte[] malformed(Flight flight) {
        ObjectNode event = event(flight).put("flightId", flight.flightId() + "-malformed");
        Malformation[] ways = Malformation.values();
        Malformation way = ways[malformed++ % ways.length];
        return switch (way) {
            case NEGATIVE_DISTANCE -> bytes(event.put("distance", -flight.distance()));
            case NO_ID -> bytes(event.without("flightId"));
            case TEXT_FOR_NUMBER -> bytes(event.put("distance", "far"));
            case BROKEN_JSON -> {
                String whole = event.toString();
                yield whole.substring(0, whole.length() / 2).getBytes(StandardCharsets.UTF_8);
            }
        };
    }

    private static byte[] bytes(ObjectNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}
