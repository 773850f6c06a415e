package io.freshet.scoring;

import io.freshet.runtime.RunningService;

/** The scoring-service as a process of its own. */
public final class ScoringApplication {
    public static final String NAME = "scoring-service";

    private ScoringApplication() {}

    public static void main(String[] args) {
        RunningService.main(NAME);
    }
}
