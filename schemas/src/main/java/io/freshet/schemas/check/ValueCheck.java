package io.freshet.schemas.check;

import io.freshet.schemas.check.RecordCheck.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/** Looks at every value of one record, however deep it lies. One use. */
final class ValueCheck {
    private static final int SHOWN = 40;

    private int values;

    /** Null when all of them may be taken. */
    @Nullable
    Refused record(IndexedRecord record, int depth) {
        for (Schema.Field field : record.getSchema().getFields()) {
            Refused refused = value(record.get(field.pos()), depth + 1);
            if (refused != null) {
                return in(field.name(), refused);
            }
        }
        return null;
    }

    private @Nullable Refused value(@Nullable Object value, int depth) {
        if (++values > RecordCheck.MOST_VALUES) {
            return refused(RejectReason.TOO_LARGE, "more than " + RecordCheck.MOST_VALUES + " values in one record");
        }
        if (depth > RecordCheck.DEEPEST) {
            return refused(RejectReason.TOO_DEEP, "lies deeper than " + RecordCheck.DEEPEST + " levels");
        }
        return switch (value) {
            case Double number when !Double.isFinite(number) -> notFinite(number);
            case Float number when !Float.isFinite(number) -> notFinite(number);
            case CharSequence text -> text(text);
            case IndexedRecord record -> record(record, depth);
            case Collection<?> items -> items(items, depth);
            case Map<?, ?> entries -> entries(entries, depth);
            case null, default -> null;
        };
    }

    private @Nullable Refused items(Collection<?> items, int depth) {
        int index = 0;
        for (Object item : items) {
            Refused refused = value(item, depth + 1);
            if (refused != null) {
                return in("[" + index + "]", refused);
            }
            index++;
        }
        return null;
    }

    private @Nullable Refused entries(Map<?, ?> entries, int depth) {
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
            Refused refused = entry.getKey() instanceof CharSequence key ? text(key) : null;
            if (refused == null) {
                refused = value(entry.getValue(), depth + 1);
            }
            if (refused != null) {
                String key = String.valueOf(entry.getKey());
                return in(key.length() > SHOWN ? key.substring(0, SHOWN) + "..." : key, refused);
            }
        }
        return null;
    }

    private static @Nullable Refused text(CharSequence text) {
        if (text.length() > RecordCheck.LONGEST_TEXT) {
            return refused(
                    RejectReason.TOO_LONG,
                    "has " + text.length() + " characters, at most " + RecordCheck.LONGEST_TEXT + " are taken");
        }
        return valid(text)
                ? null
                : refused(RejectReason.FIELD_TYPE, "must be valid Unicode; texts that are not would look alike");
    }

    private static boolean valid(CharSequence text) {
        if (text instanceof Utf8 utf8) {
            return valid(utf8);
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static boolean valid(Utf8 text) {
        byte[] bytes = text.getBytes();
        int length = text.getByteLength();
        for (int i = 0; i < length; i++) {
            if (bytes[i] < 0) {
                try {
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, i, length - i));
                    return true;
                } catch (CharacterCodingException e) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Refused notFinite(Number number) {
        return refused(RejectReason.NOT_FINITE, number + " must be a finite number");
    }

    private static Refused refused(RejectReason reason, String detail) {
        return new Refused(reason, null, detail);
    }

    private static Refused in(String name, Refused inner) {
        String rest = inner.field();
        String path = rest == null ? name : name + (rest.startsWith("[") ? "" : ".") + rest;
        return new Refused(inner.reason(), path, inner.detail());
    }
}
