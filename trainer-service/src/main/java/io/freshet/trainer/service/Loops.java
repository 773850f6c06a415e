package io.freshet.trainer.service;

import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;
import java.util.List;

/** What trains, what deploys by hand and what decides on challengers, as one worker: it runs while all do. */
record Loops(List<TransactionalLoop> loops) implements Worker {
    Loops {
        loops = List.copyOf(loops);
    }

    @Override
    public Status status() {
        return loops.stream()
                .map(TransactionalLoop::status)
                .filter(status -> !(status instanceof Running))
                .findFirst()
                .orElseGet(Running::new);
    }

    @Override
    public void close() {
        loops.reversed().forEach(TransactionalLoop::close);
    }
}
