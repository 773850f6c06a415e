package io.freshet.trainer.request;

/** Whether a request is trained. */
public sealed interface Admission {

    /** It is. */
    record Admitted() implements Admission {}

    /**
     * It is not.
     *
     * @param rule the rule that stands against it
     * @param detail what the rule says, what was found, and when or how it is otherwise; one sentence
     */
    record Declined(RequestRule rule, String detail) implements Admission {}
}
