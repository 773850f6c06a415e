package io.freshet.model;

/** What a fitted step found a raw value to be. */
public enum Bucket {
    /** A number, or a category that training saw often enough. */
    KNOWN,
    /** A category that training saw too rarely for a value of its own. */
    RARE,
    /** A category that training never saw. */
    UNSEEN,
    /** No value, whether or not one is put in its place. */
    MISSING
}
