package io.freshet.benchmarks.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionFileTest {
    private static final String HEADER =
            "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO\n";

    @TempDir
    private Path folder;

    @Test
    void shouldReadATransaction() throws IOException {
        Path file = write(HEADER + "7,2018-04-01 00:00:31,596,3156,57.16,1,2\n");

        assertThat(TransactionFile.read(file))
                .containsExactly(new Transaction(
                        "7", Instant.parse("2018-04-01T00:00:31Z").toEpochMilli(), "596", "3156", 57.16, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7,2018-04-01,596,3156,57.16,1",
                "7,2018-04-01 00:00:31,596,3156,NaN,1",
                "7,2018-04-01 00:00:31,596,3156,-1,1",
                "7,2018-04-01 00:00:31,596,3156,57.16,2",
                "7,2018-04-01 00:00:31,596,3156"
            })
    void shouldNameALineThatIsNoTransaction(String line) throws IOException {
        Path file = write(HEADER + line + "\n");

        assertThatThrownBy(() -> TransactionFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + ":2: '" + line + "'");
    }

    @Test
    void shouldRefuseOtherColumnsAndDisorder() throws IOException {
        Path other = write("a,b\n");
        assertThatThrownBy(() -> TransactionFile.read(other)).hasMessageContaining(":1: must start with");

        Path unordered = write(HEADER + "1,2018-04-01 00:00:31,1,1,1,0,0\n2,2018-04-01 00:00:30,1,1,1,0,0\n");
        assertThatThrownBy(() -> TransactionFile.read(unordered)).hasMessageContaining(":3: is earlier");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("transactions.csv"), text);
    }
}
