package io.freshet.drift.service;

import io.freshet.runtime.RunningService;

/** The drift-service as a process of its own. */
public final class DriftApplication {
    public static final String NAME = "drift-service";

    private DriftApplication() {}

    public static void main(String[] args) {
        RunningService.main(NAME);
    }
}
