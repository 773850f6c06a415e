package io.freshet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.freshet.runtime.ModelArtifacts.Damaged;
import io.freshet.runtime.ModelArtifacts.Joined;
import io.freshet.runtime.ModelArtifacts.Missing;
import io.freshet.schemas.message.ArtifactChunk;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelArtifactsTest {
    /** Several pieces, the last one short. */
    private static final byte[] BUNDLE = bytes(1_700_000);

    private final Map<String, ArtifactChunk> log = new HashMap<>();

    @Test
    void shouldJoinWhatItSplits() {
        for (int size : new int[] {1, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 1_700_000}) {
            log.clear();
            byte[] bundle = bytes(size);
            send(bundle);

            assertThat(log).as("%d bytes", size).hasSize((size + 512 * 1024 - 1) / (512 * 1024));
            assertThat(join().bytes().orElseThrow()).as("%d bytes", size).isEqualTo(bundle);
        }
    }

    @Test
    void shouldKeepEveryPieceFarBelowTheLargestMessage() {
        send(BUNDLE);

        assertThat(log.values())
                .allMatch(piece -> piece.getContent().remaining() <= KafkaConnection.LARGEST_MESSAGE / 32);
    }

    @Test
    void shouldTellAPieceThatIsMissing() {
        assertThat(join()).isEqualTo(new Missing("no piece of it is there"));
        send(BUNDLE);

        log.remove("p:3:2");

        assertThat(join()).isEqualTo(new Missing("piece 2 of 4 is not there"));
    }

    @Test
    void shouldTellASingleWrongBit() {
        Random random = new Random(7);
        for (int i = 0; i < 20; i++) {
            send(BUNDLE);
            ArtifactChunk piece = log.get("p:3:" + random.nextInt(4));
            byte[] content = new byte[piece.getContent().remaining()];
            piece.getContent().duplicate().get(content);
            int at = random.nextInt(content.length);
            content[at] ^= (byte) (1 << random.nextInt(8));
            piece.setContent(ByteBuffer.wrap(content));

            assertThat(join()).as("byte %d of piece %d", at, piece.getIndex()).isInstanceOf(Damaged.class);
        }
    }

    @Test
    void shouldTellPiecesThatAreOfTwoBundlesOrInAnotherOrder() {
        send(BUNDLE);
        ArtifactChunk second = log.get("p:3:1");
        log.put("p:3:1", log.get("p:3:2"));
        log.put("p:3:2", second);
        assertThat(join()).isInstanceOf(Damaged.class);

        send(BUNDLE);
        log.get("p:3:1").setSha256("00");
        assertThat(join()).isEqualTo(new Damaged("piece 1 of 4 belongs to another bundle"));
    }

    @Test
    void shouldBelieveNoCount() {
        send(BUNDLE);
        log.get("p:3:0").setCount(Integer.MAX_VALUE);
        assertThat(join()).isInstanceOf(Missing.class);

        log.get("p:3:0").setCount(-1);
        assertThat(join()).isInstanceOf(Damaged.class);
    }

    @Test
    void shouldRefuseWhatIsTooLargeAndSayWhatToChange() {
        byte[] large = new byte[ModelArtifacts.LARGEST + 1];

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelArtifacts.split("p", 3, large))
                .withMessageContaining("p version 3 has 268435457 bytes, more than the 268435456")
                .withMessageContaining("gate.bytes");
    }

    @Test
    void shouldStopJoiningWhereItIsTooLarge() {
        ArtifactChunk piece = new ArtifactChunk("p", 3, 0, 9, "ab", ByteBuffer.allocate(32 * 1024 * 1024));
        for (int i = 0; i < 9; i++) {
            log.put("p:3:" + i, piece);
        }

        assertThat(join())
                .isInstanceOfSatisfying(
                        Damaged.class,
                        damaged -> assertThat(damaged.detail())
                                .contains("at least 301989888 bytes, more than the 268435456"));
    }

    private void send(byte[] bundle) {
        ModelArtifacts.split("p", 3, bundle)
                .forEach(piece -> log.put(ModelArtifacts.key("p", 3, piece.getIndex()), piece));
    }

    private Joined join() {
        return ModelArtifacts.join("p", 3, key -> Optional.ofNullable(log.get(key)));
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
