package io.freshet.trainer;

import java.util.Optional;

/** Which candidates a training looks at. */
public sealed interface Plan {
    /**
     * Every declared family in every declared window, its settings searched as long as the declaration allows.
     *
     * @param start what the serving model was made with, if it is known: the search begins there
     */
    record Compete(Optional<Choice> start) implements Plan {}

    /** One candidate, as it was once made. */
    record Again(Choice choice) implements Plan {}
}
