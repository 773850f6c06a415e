package io.freshet.quickstart;

import io.freshet.page.PlainText;
import io.freshet.quickstart.platform.PlatformException;
import io.freshet.runtime.KafkaConnection;
import io.freshet.runtime.RetrainLedger;
import java.time.Duration;

/** What commands about requests for training have in common. */
final class Requests {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final int LONGEST = 300;

    private Requests() {}

    /** @throws PlatformException when no pipeline of this name is declared */
    static void requireDeclared(KafkaConnection connection, String pipeline) throws InterruptedException {
        if (Declarations.inForce(connection, pipeline).isEmpty()) {
            throw new PlatformException(
                    plain("no pipeline '" + pipeline + "' is declared: see freshet apply, or look at the name"));
        }
    }

    /** Everything that is on the log now. */
    static void catchUp(RetrainLedger ledger) throws InterruptedException {
        try {
            ledger.awaitEnd(WITHIN);
        } catch (IllegalStateException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What came of a request, in words. */
    static String outcome(RetrainLedger.Answer answer) {
        return switch (answer.outcome()) {
            case PROMOTED ->
                (answer.detail().isEmpty() ? "promoted as version " : "registered as version ") + answer.newVersion();
            case REFUSED -> "refused by the gate";
            case FAILED -> "failed";
            case DECLINED -> "declined by " + plain(answer.rule());
        };
    }

    static String plain(String text) {
        return PlainText.of(text, LONGEST);
    }
}
