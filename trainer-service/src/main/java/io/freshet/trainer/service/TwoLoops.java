package io.freshet.trainer.service;

import io.freshet.runtime.TransactionalLoop;
import io.freshet.runtime.Worker;

/** What trains and what deploys by hand, as one worker: it runs while both do. */
record TwoLoops(TransactionalLoop training, TransactionalLoop deploying) implements Worker {
    @Override
    public Status status() {
        return training.status() instanceof Running ? deploying.status() : training.status();
    }

    @Override
    public void close() {
        try {
            deploying.close();
        } finally {
            training.close();
        }
    }
}
