package io.freshet.ingest;

import io.freshet.schemas.check.RejectReason;
import org.jspecify.annotations.Nullable;

/** What became of one event or label. */
sealed interface Verdict {

    /** It is on the log. */
    record Accepted() implements Verdict {}

    /**
     * It is among the rejected records.
     *
     * @param reason stable reason code
     * @param field path of the field at fault, or the rule's name; null when the record as a whole is at fault
     * @param detail what was found and what would be accepted
     */
    record Rejected(RejectReason reason, @Nullable String field, String detail) implements Verdict {}
}
