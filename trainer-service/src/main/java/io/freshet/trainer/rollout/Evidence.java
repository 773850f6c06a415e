package io.freshet.trainer.rollout;

import java.util.List;

/**
 * What was seen in one step of a challenge.
 *
 * @param seen events that the challenger has scored
 * @param answered those of them that it answered
 * @param failed events that the champion has scored and the challenger could not, though they have its features
 * @param failure the reason code of the first of these; empty where there is none
 * @param compared events that both have scored
 * @param champion the champion's scores on those
 * @param challenger the challenger's scores on the same
 * @param labelled the challenge's labelled events, those of earlier steps among them
 */
public record Evidence(
        long seen,
        long answered,
        long failed,
        String failure,
        long compared,
        Scores champion,
        Scores challenger,
        Labelled labelled) {

    /**
     * A model's scores.
     *
     * @param sums of a binary task's probability, of each class's, or of a regression's value
     * @param squares sum of the squares of a regression's values; 0 for other tasks
     * @param alarms positive decisions of a binary task; 0 for other tasks
     */
    public record Scores(List<Double> sums, double squares, long alarms) {
        public Scores {
            sums = List.copyOf(sums);
        }

        /** Standard deviation over so many values. */
        double deviation(long rows) {
            double mean = sums.getFirst() / rows;
            return Math.sqrt(Math.max(0, squares / rows - mean * mean));
        }
    }
}
