package io.freshet.trainer.rollout;

/** What becomes of a challenge. */
public sealed interface Decision {
    /** More has to be seen. */
    record Wait() implements Decision {}

    /**
     * The challenger answers for more of the entities from now on.
     *
     * @param share above 0 and below 1
     * @param why what was seen, in one sentence
     */
    record Advance(double share, String why) implements Decision {}

    /** The challenger takes the champion's place. */
    record Promote(String why) implements Decision {}

    /** The challenger goes, and the champion stays. */
    record Refuse(String why) implements Decision {}
}
