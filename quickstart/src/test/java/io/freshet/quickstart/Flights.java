package io.freshet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.quickstart.Declarations.Checked;
import io.freshet.quickstart.demo.FlightReplay;
import io.freshet.quickstart.demo.ReplayCounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/** The recorded flights and their pipeline, as the tests use them. */
final class Flights {
    static final Path DIRECTORY = Path.of("../pipelines/flight-delays");
    static final Path FILE = DIRECTORY.resolve("flights_2001h1_1in5.csv.gz");
    static final Instant START = Instant.parse("2001-01-01T00:00:00Z");

    private Flights() {}

    /**
     * The pipeline's declaration, with another number of examples before the first training.
     *
     * @param directory where its files are written
     */
    static Checked declaration(Path directory, int firstAfter) throws Exception {
        return declaration(directory, firstAfter, UnaryOperator.identity());
    }

    /** The same, with something else changed too. */
    static Checked declaration(Path directory, int firstAfter, UnaryOperator<String> change) throws Exception {
        Checked checked = declaration(
                directory, yaml -> change.apply(yaml).replace("firstAfter: 20000", "firstAfter: " + firstAfter));
        assertThat(checked.pipeline().training().firstAfter()).isEqualTo(firstAfter);
        return checked;
    }

    /** The declaration with the family that is trained soonest, for tests of what comes before and after a training. */
    static String trainedSoon(String yaml) {
        return yaml.replaceFirst("candidates: \\[.*]", "candidates: [logistic-regression]");
    }

    /** The declaration with a tree instead of the network, whose training takes longer than all else. */
    static String withoutNetwork(String yaml) {
        return yaml.replace("neural-network", "decision-tree");
    }

    /** The pipeline's declaration, changed. */
    static Checked declaration(Path directory, UnaryOperator<String> change) throws Exception {
        for (String file : List.of("flight.avsc", "flight-outcome.avsc")) {
            Files.copy(DIRECTORY.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Path changed = directory.resolve("pipeline.yaml");
        Files.writeString(changed, change.apply(Files.readString(DIRECTORY.resolve("pipeline.yaml"))));
        return Declarations.read(changed);
    }

    static ReplayCounts run(FlightReplay replay) {
        try {
            return replay.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
