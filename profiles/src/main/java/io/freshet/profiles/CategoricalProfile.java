package io.freshet.profiles;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts per category. At most {@link #limit()} distinct categories are told apart, in order of arrival; rows of further
 * ones, and of names longer than {@value #MAX_CATEGORY_CHARS} chars, count as {@link #other()}. A merge keeps the most
 * frequent categories. Counts are exact, and merges independent of order, as long as the limit is not reached.
 */
public final class CategoricalProfile implements FeatureProfile {
    /** The default for {@link #limit()}. */
    public static final int DEFAULT_LIMIT = 1000;

    /** Longer names are not kept. */
    public static final int MAX_CATEGORY_CHARS = 256;

    private static final int MAX_LIMIT = 1_000_000;
    private static final int MAGIC = 0x46504341;
    private static final int VERSION = 1;
    private static final Comparator<Map.Entry<String, Long>> MOST_FREQUENT =
            Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey());

    private final int limit;
    private final Map<String, Long> counts = new HashMap<>();
    private long counted;
    private long other;
    private long nulls;

    /** An empty profile with the default limit. */
    public CategoricalProfile() {
        this(DEFAULT_LIMIT);
    }

    /**
     * An empty profile.
     *
     * @param limit most distinct categories, 1..1,000,000, else {@link IllegalArgumentException}
     */
    public CategoricalProfile(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit " + limit + " is outside 1.." + MAX_LIMIT);
        }
        this.limit = limit;
    }

    /** Counts one row of this category. */
    public void add(String category) {
        if (category.length() > MAX_CATEGORY_CHARS || (counts.size() >= limit && !counts.containsKey(category))) {
            other++;
        } else {
            counts.merge(category, 1L, Long::sum);
            counted++;
        }
    }

    @Override
    public void addNull() {
        nulls++;
    }

    /** Adds what the other has seen; the other is left as it was. This profile's limit holds. */
    public void merge(CategoricalProfile from) {
        Map<String, Long> incoming = from == this ? Map.copyOf(counts) : from.counts;
        long incomingCounted = from.counted;
        other += from.other;
        nulls += from.nulls;
        incoming.forEach((category, count) -> counts.merge(category, count, Long::sum));
        counted += incomingCounted;
        if (counts.size() > limit) {
            List<Map.Entry<String, Long>> dropped = counts.entrySet().stream()
                    .sorted(MOST_FREQUENT)
                    .skip(limit)
                    .map(Map.Entry::copyOf)
                    .toList();
            for (Map.Entry<String, Long> entry : dropped) {
                counts.remove(entry.getKey());
                counted -= entry.getValue();
                other += entry.getValue();
            }
        }
    }

    @Override
    public CategoricalProfile copy() {
        CategoricalProfile copy = new CategoricalProfile(limit);
        copy.merge(this);
        return copy;
    }

    @Override
    public long rows() {
        return counted + other + nulls;
    }

    @Override
    public long missing() {
        return nulls;
    }

    /** Rows of categories not told apart. */
    public long other() {
        return other;
    }

    /** The most categories told apart. */
    public int limit() {
        return limit;
    }

    /** Rows of this category; 0 if it was not seen or is not told apart. */
    public long count(String category) {
        return counts.getOrDefault(category, 0L);
    }

    /** A copy of the counts, by name. */
    public Map<String, Long> counts() {
        return new TreeMap<>(counts);
    }

    /** The most frequent categories with their counts, most frequent first, ties by name. */
    public Map<String, Long> top(int howMany) {
        Map<String, Long> top = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(MOST_FREQUENT)
                .limit(howMany)
                .forEach(entry -> top.put(entry.getKey(), entry.getValue()));
        return top;
    }

    @Override
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeByte(VERSION);
            out.writeInt(limit);
            out.writeLong(other);
            out.writeLong(nulls);
            out.writeInt(counts.size());
            for (Map.Entry<String, Long> entry : counts().entrySet()) {
                ByteReader.writeText(out, entry.getKey());
                out.writeLong(entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what {@link #toBytes()} wrote.
     *
     * @throws IllegalArgumentException for anything else, saying what is wrong
     */
    public static CategoricalProfile fromBytes(byte[] bytes) {
        ByteReader in = new ByteReader("categorical profile", bytes);
        in.header(MAGIC, VERSION);
        CategoricalProfile profile = new CategoricalProfile(in.size("limit", 1, MAX_LIMIT));
        profile.other = in.count("other");
        profile.nulls = in.count("nulls");
        int distinct = in.size("distinct categories", 0, profile.limit);
        String previous = "";
        for (int i = 0; i < distinct; i++) {
            String category = in.text("category", MAX_CATEGORY_CHARS);
            if (i > 0 && category.compareTo(previous) <= 0) {
                throw in.bad("categories are out of order");
            }
            long count = in.count("category count");
            if (count == 0) {
                throw in.bad("a category has no rows");
            }
            profile.counts.put(category, count);
            profile.counted += count;
            if (profile.counted > ByteReader.MAX_COUNT) {
                throw in.bad("category counts add up to too much");
            }
            previous = category;
        }
        in.end();
        return profile;
    }
}
