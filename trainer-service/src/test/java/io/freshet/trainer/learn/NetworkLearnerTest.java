package io.freshet.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NetworkLearnerTest {
    @Test
    void shouldLearnAnInteractionAndScoreAsTheLibraryDoes() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(5_000, 1);
        Synthetic holdout = Synthetic.exclusiveOr(10_000, 2);

        Fitted network = new NetworkLearner().fit(train.rows(), train.targets(), holdout.rows(), 1);

        assertThat(holdout.auc(network.scorer())).isGreaterThan(0.93);
        double[] library = network.libraryScores().orElseThrow();
        for (int i = 0; i < library.length; i++) {
            assertThat(network.scorer().score(holdout.rows().row(i))).isCloseTo(library[i], within(1e-5));
        }
    }

    @Test
    void shouldFitFewRows() throws Exception {
        Synthetic train = Synthetic.exclusiveOr(50, 3);

        Fitted network = new NetworkLearner().fit(train.rows(), train.targets(), train.rows(), 1);

        assertThat(train.auc(network.scorer())).isGreaterThan(0.9);
    }
}
