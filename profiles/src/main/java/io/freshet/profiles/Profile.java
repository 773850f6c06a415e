package io.freshet.profiles;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The profiles of a row's features, by name and in the order of their declaration. Rows are added whole, so that every
 * feature has as many rows as the profile. Mutable, and not safe for concurrent use.
 */
public final class Profile {
    private static final int MAGIC = 0x4650524F;
    private static final int VERSION = 1;
    private static final int MAX_FEATURES = 10_000;
    private static final int MAX_NAME_CHARS = 1_000;
    private static final int NUMERIC = 1;
    private static final int CATEGORICAL = 2;

    private final Map<String, FeatureProfile> features;
    private long rows;

    private Profile(Map<String, FeatureProfile> features, long rows) {
        this.features = features;
        this.rows = rows;
    }

    /** Declares features; starts without any. */
    public static Builder builder() {
        return new Builder();
    }

    /** Declares the features of an empty profile, in order. */
    public static final class Builder {
        private final Map<String, FeatureProfile> features = new LinkedHashMap<>();

        private Builder() {}

        /** A feature of numbers; {@link IllegalArgumentException} if the name is taken or not 1..1000 chars long. */
        public Builder numeric(String name) {
            return add(name, new NumericProfile());
        }

        /** A feature of categories; {@link IllegalArgumentException} if the name is taken or not 1..1000 chars long. */
        public Builder categorical(String name) {
            return add(name, new CategoricalProfile());
        }

        private Builder add(String name, FeatureProfile feature) {
            if (name.isEmpty() || name.length() > MAX_NAME_CHARS) {
                throw new IllegalArgumentException("feature name is not 1.." + MAX_NAME_CHARS + " chars long");
            }
            if (features.size() == MAX_FEATURES) {
                throw new IllegalArgumentException("more than " + MAX_FEATURES + " features");
            }
            if (features.putIfAbsent(name, feature) != null) {
                throw new IllegalArgumentException("feature " + name + " is declared twice");
            }
            return this;
        }

        /** The empty profile. */
        public Profile build() {
            Profile shared = new Profile(features, 0);
            return shared.copy();
        }
    }

    /**
     * Adds a row. A feature that is absent from the row or null there counts as null; what is no feature is ignored. A
     * categorical feature takes any object by its {@link Object#toString()}.
     *
     * @throws IllegalArgumentException if a numeric feature's value is not a {@link Number}; nothing is added then
     */
    public void add(Map<String, ? extends @Nullable Object> row) {
        @Nullable Object[] values = new Object[features.size()];
        int at = 0;
        for (String name : features.keySet()) {
            values[at++] = row.get(name);
        }
        add(values);
    }

    /**
     * As {@link #add(Map)}.
     *
     * @param values in the order of the features
     * @throws IllegalArgumentException on another number of values as well
     */
    public void add(@Nullable Object[] values) {
        if (values.length != features.size()) {
            throw new IllegalArgumentException(values.length + " values for " + features.size() + " features");
        }
        int at = 0;
        for (Map.Entry<String, FeatureProfile> feature : features.entrySet()) {
            Object value = values[at++];
            if (feature.getValue() instanceof NumericProfile && value != null && !(value instanceof Number)) {
                throw new IllegalArgumentException("feature " + feature.getKey() + " is numeric, but its value is a "
                        + value.getClass().getSimpleName());
            }
        }
        at = 0;
        for (FeatureProfile feature : features.values()) {
            Object value = values[at++];
            if (value == null) {
                feature.addNull();
            } else if (feature instanceof NumericProfile numeric && value instanceof Number number) {
                numeric.add(number.doubleValue());
            } else if (feature instanceof CategoricalProfile categorical) {
                categorical.add(value.toString());
            }
        }
        rows++;
    }

    /**
     * Adds what the other has seen; the other is left as it was.
     *
     * @throws IllegalArgumentException if the other has different features, naming them; nothing is merged then
     */
    public void merge(Profile other) {
        requireSameFeatures(other);
        features.forEach((name, feature) -> {
            FeatureProfile from = other.live(name);
            switch (feature) {
                case NumericProfile numeric -> numeric.merge((NumericProfile) from);
                case CategoricalProfile categorical -> categorical.merge((CategoricalProfile) from);
            }
        });
        rows += other.rows;
    }

    void requireSameFeatures(Profile other) {
        if (!features.keySet().equals(other.features.keySet())) {
            throw new IllegalArgumentException(
                    "profiles have different features: " + features.keySet() + " and " + other.features.keySet());
        }
        features.forEach((name, feature) -> {
            if (feature.getClass() != other.live(name).getClass()) {
                throw new IllegalArgumentException("profiles have different features: " + name
                        + " is numeric in one and categorical in the other");
            }
        });
    }

    /** An independent copy. */
    public Profile copy() {
        Map<String, FeatureProfile> copies = new LinkedHashMap<>();
        features.forEach((name, feature) -> copies.put(name, feature.copy()));
        return new Profile(copies, rows);
    }

    /**
     * An independent copy of some features.
     *
     * @throws IllegalArgumentException if there is no such feature
     */
    public Profile select(Set<String> names) {
        Map<String, FeatureProfile> copies = new LinkedHashMap<>();
        names.forEach(name -> copies.put(name, live(name).copy()));
        return new Profile(copies, rows);
    }

    /** Rows seen. */
    public long rows() {
        return rows;
    }

    /** Names of the features, in order. */
    public Set<String> features() {
        return Collections.unmodifiableSet(features.keySet());
    }

    /** A copy of a feature's profile; {@link IllegalArgumentException} if there is no such feature. */
    public FeatureProfile feature(String name) {
        return live(name).copy();
    }

    FeatureProfile live(String name) {
        FeatureProfile feature = features.get(name);
        if (feature == null) {
            throw new IllegalArgumentException("no feature " + name + " in " + features.keySet());
        }
        return feature;
    }

    /** A versioned binary form. */
    public byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeByte(VERSION);
            out.writeLong(rows);
            out.writeInt(features.size());
            for (Map.Entry<String, FeatureProfile> entry : features.entrySet()) {
                ByteReader.writeText(out, entry.getKey());
                out.writeInt(entry.getValue() instanceof NumericProfile ? NUMERIC : CATEGORICAL);
                byte[] feature = entry.getValue().toBytes();
                out.writeInt(feature.length);
                out.write(feature);
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
    public static Profile fromBytes(byte[] bytes) {
        ByteReader in = new ByteReader("profile", bytes);
        in.header(MAGIC, VERSION);
        long rows = in.count("rows");
        int size = in.size("features", 0, MAX_FEATURES);
        Map<String, FeatureProfile> features = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            String name = in.text("feature name", MAX_NAME_CHARS);
            int kind = in.size("kind of feature " + name, NUMERIC, CATEGORICAL);
            byte[] block = in.block("feature " + name);
            FeatureProfile feature =
                    kind == NUMERIC ? NumericProfile.fromBytes(block) : CategoricalProfile.fromBytes(block);
            if (feature.rows() != rows) {
                throw in.bad("feature " + name + " has " + feature.rows() + " rows, not " + rows);
            }
            if (name.isEmpty() || features.putIfAbsent(name, feature) != null) {
                throw in.bad("feature name '" + name + "' is empty or repeated");
            }
        }
        in.end();
        return new Profile(features, rows);
    }
}
