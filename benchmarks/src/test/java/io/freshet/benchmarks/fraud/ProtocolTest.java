package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProtocolTest {

    @Test
    void shouldTakeTheWeeksToTheMillisecond() {
        // Given
        List<Transaction> transactions = List.of(
                payment("early", "2018-07-24T23:59:59.999Z", "a", false),
                payment("first", "2018-07-25T00:00:00Z", "b", false),
                payment("last", "2018-07-31T23:59:59.999Z", "c", false),
                payment("waiting", "2018-08-01T00:00:00Z", "d", false),
                payment("test-first", "2018-08-08T00:00:00Z", "e", false),
                payment("test-last", "2018-08-14T23:59:59.999Z", "f", false),
                payment("over", "2018-08-15T00:00:00Z", "g", false));

        // When
        Protocol protocol = Protocol.of(transactions);

        // Then
        assertThat(protocol.train()).containsExactlyInAnyOrder("first", "last");
        assertThat(protocol.test()).containsExactlyInAnyOrder("test-first", "test-last");
        assertThat(protocol.all()).isEqualTo(protocol.test());
    }

    @Test
    void shouldLeaveOutCustomersFromTheDayAfterTheirFraudWasKnown() {
        // Given
        List<Transaction> transactions = List.of(
                payment("before", "2018-07-24T10:00:00Z", "old", true),
                payment("trained", "2018-07-30T10:00:00Z", "known", true),
                payment("waiting", "2018-08-02T10:00:00Z", "later", true),
                payment("old-1", "2018-08-08T10:00:00Z", "old", false),
                payment("known-1", "2018-08-08T11:00:00Z", "known", true),
                payment("later-1", "2018-08-08T12:00:00Z", "later", true),
                payment("later-2", "2018-08-09T23:00:00Z", "later", false),
                payment("later-3", "2018-08-10T01:00:00Z", "later", false));

        // When
        Protocol protocol = Protocol.of(transactions);

        // Then: later's fraud is known on the 9th, and counts from the 10th on
        assertThat(protocol.test()).containsExactlyInAnyOrder("old-1", "later-1", "later-2");
        assertThat(protocol.all()).hasSize(5);
    }

    private static Transaction payment(String id, String time, String customer, boolean fraud) {
        return new Transaction(id, Instant.parse(time).toEpochMilli(), customer, "t", 1, fraud);
    }
}
