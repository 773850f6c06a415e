package io.freshet.runtime;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The MLflow tracking server that is told about trainings.
 *
 * @param url its base URL, without a slash at the end
 * @param access what it is asked with
 */
public record MlflowSettings(URI url, Access access) {
    private static final String URL = "FRESHET_MLFLOW_URL";
    private static final String TOKEN = "FRESHET_MLFLOW_TOKEN";
    private static final String USER = "FRESHET_MLFLOW_USER";
    private static final String PASSWORD = "FRESHET_MLFLOW_PASSWORD";

    // What a header may hold, RFC 9110; a client would show what it refuses.
    private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7e]{1,4096}");
    private static final Pattern ONE_LINE = Pattern.compile("[^\\p{Cntrl}]{1,1000}");

    /** What a server is asked with; shown without any secret. */
    public sealed interface Access {
        /** The value of the {@code Authorization} header. */
        Optional<String> authorization();
    }

    /** Nothing. */
    public record Open() implements Access {
        @Override
        public Optional<String> authorization() {
            return Optional.empty();
        }
    }

    /** A bearer token. */
    public record Token(String token) implements Access {
        public Token {
            if (!PRINTABLE.matcher(token).matches()) {
                throw new IllegalArgumentException(
                        TOKEN + ": must be 1 to 4096 printable ASCII characters without spaces (it is not shown here)");
            }
        }

        @Override
        public Optional<String> authorization() {
            return Optional.of("Bearer " + token);
        }

        @Override
        public String toString() {
            return "Token[***]";
        }
    }

    /** User and password, RFC 7617. */
    public record Login(String user, String password) implements Access {
        public Login {
            if (!ONE_LINE.matcher(user).matches() || user.contains(":")) {
                throw new IllegalArgumentException(USER + ": must be 1 to 1000 characters, no colon among them");
            }
            if (!ONE_LINE.matcher(password).matches()) {
                throw new IllegalArgumentException(
                        PASSWORD + ": must be 1 to 1000 characters on one line (it is not shown here)");
            }
        }

        @Override
        public Optional<String> authorization() {
            byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
            return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
        }

        @Override
        public String toString() {
            return "Login[user=" + user + ", password=***]";
        }
    }

    public MlflowSettings {
        String scheme = url.getScheme();
        if (url.getRawUserInfo() != null) {
            throw withSecret();
        }
        if (!("http".equals(scheme) || "https".equals(scheme))
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            throw invalid(url.toString());
        }
        String plain = url.toString();
        url = URI.create(plain.replaceAll("/+$", ""));
    }

    /**
     * Reads the settings from variables:
     *
     * <ul>
     *   <li>{@code FRESHET_MLFLOW_URL}: the server's base URL; without it nothing is told to any
     *   <li>{@code FRESHET_MLFLOW_TOKEN}: a bearer token, if it wants one
     *   <li>{@code FRESHET_MLFLOW_USER}, {@code FRESHET_MLFLOW_PASSWORD}: a login, if it wants one
     * </ul>
     *
     * @throws IllegalArgumentException naming the variable and what would be accepted, never a secret
     */
    public static Optional<MlflowSettings> fromEnvironment(Map<String, String> environment) {
        String url = environment.getOrDefault(URL, "").strip();
        Access access = access(environment);
        if (url.isEmpty()) {
            if (access instanceof Open) {
                return Optional.empty();
            }
            throw new IllegalArgumentException(
                    URL + " is not set, but a token or login for MLflow is: set it to the server's URL");
        }
        if (url.contains("@")) {
            throw withSecret();
        }
        try {
            return Optional.of(new MlflowSettings(new URI(url), access));
        } catch (URISyntaxException e) {
            throw invalid(url);
        }
    }

    private static Access access(Map<String, String> environment) {
        String token = environment.getOrDefault(TOKEN, "");
        String user = environment.getOrDefault(USER, "");
        String password = environment.getOrDefault(PASSWORD, "");
        if (!token.isEmpty() && !(user.isEmpty() && password.isEmpty())) {
            throw new IllegalArgumentException(TOKEN + " and " + USER + " are both set: set only one of them");
        }
        if (user.isEmpty() != password.isEmpty()) {
            throw new IllegalArgumentException(
                    (user.isEmpty() ? USER : PASSWORD) + " is not set: a login is " + USER + " and " + PASSWORD);
        }
        if (!token.isEmpty()) {
            return new Token(token);
        }
        return user.isEmpty() ? new Open() : new Login(user, password);
    }

    private static IllegalArgumentException withSecret() {
        return new IllegalArgumentException(
                URL + ": must hold no user or password (it is not shown here): set " + USER + " and " + PASSWORD);
    }

    private static IllegalArgumentException invalid(String url) {
        return new IllegalArgumentException(
                URL + ": '" + url + "' must be http://host:port or https://host, a path behind it if need be");
    }
}
