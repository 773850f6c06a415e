package io.freshet.trainer.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BuildInfoTest {
    @Test
    void shouldTellTheCommitAndWhatItRunsOn() {
        // Sources without git are "unknown"; an unfilled placeholder is a broken build.
        assertThat(BuildInfo.COMMIT).matches("[0-9a-f]{40}(-dirty)?|unknown");
        assertThat(BuildInfo.environment())
                .containsKeys("freshet", "java", "os", "architecture", "processors", "xgboost", "deeplearning4j")
                .allSatisfy(
                        (name, value) -> assertThat(value).as(name).isNotBlank().doesNotContain("$"));
    }
}
