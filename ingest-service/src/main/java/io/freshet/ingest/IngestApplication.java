package io.freshet.ingest;

import io.freshet.runtime.RunningService;

/** The ingest-service as a process of its own. */
public final class IngestApplication {
    public static final String NAME = "ingest-service";

    private IngestApplication() {}

    public static void main(String[] args) {
        RunningService.main(NAME);
    }
}
