package io.freshet.schemas.pipeline;

import java.util.List;

/** A pipeline file that cannot be taken, with every mistake found in it. */
public final class InvalidPipelineException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * One mistake.
     *
     * @param file the file's name
     * @param line the line it stands on, from 1
     * @param path the key it stands under, such as {@code features.distance.value}
     * @param message what is wrong and what would be right
     */
    public record Problem(String file, int line, String path, String message) {
        @Override
        public String toString() {
            return file + ":" + line + " " + path + ": " + message;
        }
    }

    private final transient List<Problem> problems;

    InvalidPipelineException(List<Problem> problems) {
        super(String.join("\n", problems.stream().map(Problem::toString).toList()));
        this.problems = List.copyOf(problems);
    }

    /** Every mistake, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
