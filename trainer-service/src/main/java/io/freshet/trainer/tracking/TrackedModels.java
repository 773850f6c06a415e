package io.freshet.trainer.tracking;

import io.freshet.schemas.message.ModelRegistered;
import java.util.Optional;

/** The registered models as the log has them. */
public interface TrackedModels {
    /**
     * A registered model; empty where there is none.
     *
     * @throws IllegalStateException when the log does not answer
     */
    Optional<ModelRegistered> model(String pipeline, int version) throws InterruptedException;

    /**
     * A model's bundle; empty where it is not on the log in full and as it was registered.
     *
     * @throws IllegalStateException when the log does not answer
     */
    Optional<byte[]> bundle(ModelRegistered model) throws InterruptedException;
}
