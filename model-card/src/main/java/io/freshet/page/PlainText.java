package io.freshet.page;

/** Text from outside, made fit for a terminal. */
public final class PlainText {
    private PlainText() {}

    /**
     * The text on one line, with {@code ?} for every control and formatting character and for halves of characters, so
     * that data cannot steer the terminal or turn the direction of what is around it.
     *
     * @param longest characters that are kept, at least 4; what is cut ends in dots
     */
    public static String of(String text, int longest) {
        String cut = text.length() > longest ? text.substring(0, longest - 3) + "..." : text;
        return cut.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
    }
}
