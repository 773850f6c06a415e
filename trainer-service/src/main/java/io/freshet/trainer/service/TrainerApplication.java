package io.freshet.trainer.service;

import io.freshet.runtime.RunningService;

/** The trainer-service as a process of its own. */
public final class TrainerApplication {
    public static final String NAME = "trainer-service";

    private TrainerApplication() {}

    public static void main(String[] args) {
        RunningService.main(NAME);
    }
}
