package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.trainer.rows.Targets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NetworkLearnerTest {
    @Test
    void shouldLearnAnInteractionAndScoreAsTheLibraryDoes() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(5_000, 1);
        Synthetic holdout = Synthetic.exclusiveOr(10_000, 2);

        Fitted network = new NetworkLearner().fit(train.rows(), train.targets(), holdout.rows(), 1);

        assertThat(holdout.auc(network.scorer())).isGreaterThan(0.93);
        assertThat(steps(network)).isBetween(200, NetworkLearner.MOST_STEPS);
        double[] library = network.libraryScores().orElseThrow();
        for (int i = 0; i < library.length; i++) {
            assertThat(network.scorer().score(holdout.rows().row(i))).isCloseTo(library[i], within(1e-5));
        }
    }

    @Test
    void shouldFitFewRowsTheSameEachTime() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(50, 3);

        Fitted network = new NetworkLearner().fit(train.rows(), train.targets(), train.rows(), 1);

        assertThat(train.auc(network.scorer())).isGreaterThan(0.9);
        assertThat(new NetworkLearner()
                        .fit(train.rows(), train.targets(), train.rows(), 1)
                        .libraryScores()
                        .orElseThrow())
                .isEqualTo(network.libraryScores().orElseThrow());
    }

    @Test
    void shouldStopWhereNothingMoreIsLearned() throws Exception {
        Synthetic noise = Synthetic.of(2_000, 5, 5, row -> 0);

        Fitted network = new NetworkLearner().fit(noise.rows(), noise.targets(), noise.rows(), 1);

        assertThat(steps(network)).isLessThan(500);
    }

    @Test
    void shouldKeepProbabilitiesTrueWhereClassesAreWeighed() throws Exception {
        Synthetic train = Synthetic.of(8_000, 2, 6, row -> 2 * row[0] - 5);
        double share = (double) ((Targets.Binary) train.targets()).positives() / 8_000;

        NetworkLearner learner = new NetworkLearner();
        Settings settings = Settings.of(learner.hyperparameters(), Map.of("classWeights", 1.0));
        Fitted weighed = learner.fit(Sample.of(train.rows(), train.targets()), train.rows(), settings, 1);

        assertThat(share).isBetween(0.02, 0.05);
        assertThat(train.auc(weighed.scorer())).isGreaterThan(0.85);
        double[] library = weighed.libraryScores().orElseThrow();
        assertThat(Arrays.stream(library).average().orElseThrow()).isCloseTo(share, within(0.35 * share));
        for (int i = 0; i < library.length; i++) {
            assertThat(weighed.scorer().score(train.rows().row(i))).isCloseTo(library[i], within(1e-5));
        }
    }

    private static int steps(Fitted network) {
        return Integer.parseInt(network.hyperparameters().get("steps"));
    }
}
