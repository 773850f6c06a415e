package io.freshet.trainer;

/** Ends one candidate and no other. */
final class CandidateException extends Exception {
    private static final long serialVersionUID = 1L;
    private final CandidateResult.Reason reason;
    private final String detail;

    CandidateException(CandidateResult.Reason reason, String detail) {
        super(detail);
        this.reason = reason;
        this.detail = detail;
    }

    CandidateResult.Reason reason() {
        return reason;
    }

    String detail() {
        return detail;
    }
}
