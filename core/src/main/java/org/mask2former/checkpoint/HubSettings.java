package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where models come from and where they are kept. {@link #fromEnvironment()} reads the variables that Python's
 * huggingface_hub reads, with the same meaning, so that both share one cache and one token.
 *
 * @param endpoint the hub, {@code https://huggingface.co} unless {@code HF_ENDPOINT} names a mirror
 * @param cache the hub's cache, {@code HF_HUB_CACHE} or {@code HF_HOME/hub}
 * @param assets where files from plain URLs are kept, {@code HF_ASSETS_CACHE} or {@code HF_HOME/assets}
 * @param token the access token; empty for none. It is sent to the endpoint only, never to the storage behind it
 * @param offline true: the network is not used at all
 * @param symlinks false: the cache's snapshots hold hard links or copies instead of symbolic links
 * @param metadataTimeout longest wait for an answer's headers, and for a connection
 * @param downloadTimeout longest silence in the middle of a file
 * @param proxy the way out of this network
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        Path assets,
        String token,
        boolean offline,
        boolean symlinks,
        Duration metadataTimeout,
        Duration downloadTimeout,
        HubProxy proxy) {
    /** The public hub. */
    public static final URI DEFAULT_ENDPOINT = URI.create("https://huggingface.co");

    /** huggingface_hub's DEFAULT_ETAG_TIMEOUT and DEFAULT_DOWNLOAD_TIMEOUT. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    /** @throws HubException if the endpoint is no http or https URL, the token is no token, or a timeout is not positive */
    public HubSettings {
        endpoint = checkedEndpoint(endpoint);
        token = token.strip();
        if (!token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw bad(
                    "the hub's token has a space or a character outside ASCII; copy it again (HF_TOKEN or the token file)");
        }
        if (metadataTimeout.isNegative()
                || metadataTimeout.isZero()
                || downloadTimeout.isNegative()
                || downloadTimeout.isZero()) {
            throw bad("the hub's timeouts must be positive, not " + metadataTimeout + " and " + downloadTimeout);
        }
    }

    /** The public hub without token or proxy, and a cache of one's own. */
    public static HubSettings of(Path cache) {
        return new HubSettings(
                DEFAULT_ENDPOINT,
                cache,
                cache.resolveSibling("assets"),
                "",
                false,
                true,
                DEFAULT_TIMEOUT,
                DEFAULT_TIMEOUT,
                HubProxy.NONE);
    }

    /**
     * The settings of this process's environment: {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HUGGINGFACE_HUB_CACHE},
     * {@code HF_ASSETS_CACHE}, {@code XDG_CACHE_HOME}, {@code HF_TOKEN}, {@code HF_TOKEN_PATH} (default
     * {@code HF_HOME/token}), {@code HF_HUB_DISABLE_IMPLICIT_TOKEN}, {@code HF_ENDPOINT}, {@code HF_HUB_OFFLINE},
     * {@code HF_HUB_DISABLE_SYMLINKS}, {@code HF_HUB_ETAG_TIMEOUT}, {@code HF_HUB_DOWNLOAD_TIMEOUT}, and the proxy's.
     *
     * @throws HubException naming the variable that cannot be meant
     */
    public static HubSettings fromEnvironment() {
        return fromEnvironment(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /** As {@link #fromEnvironment()}, of a given environment and home folder. */
    public static HubSettings fromEnvironment(Map<String, String> environment, Path home) {
        Environment env = new Environment(environment, home);
        Path caches = env.path("XDG_CACHE_HOME", home.resolve(".cache"));
        Path hfHome = env.path("HF_HOME", caches.resolve("huggingface"));
        Path cache = env.path("HF_HUB_CACHE", env.path("HUGGINGFACE_HUB_CACHE", hfHome.resolve("hub")));
        Path assets = env.path("HF_ASSETS_CACHE", env.path("HUGGINGFACE_ASSETS_CACHE", hfHome.resolve("assets")));
        return new HubSettings(
                env.uri("HF_ENDPOINT", DEFAULT_ENDPOINT),
                cache,
                assets,
                env.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? "" : token(env, hfHome),
                env.isTrue(env.has("HF_HUB_OFFLINE") ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE"),
                !env.isTrue("HF_HUB_DISABLE_SYMLINKS"),
                env.seconds("HF_HUB_ETAG_TIMEOUT"),
                env.seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
                HubProxy.of(environment));
    }

    public HubSettings withEndpoint(URI other) {
        return new HubSettings(other, cache, assets, token, offline, symlinks, metadataTimeout, downloadTimeout, proxy);
    }

    public HubSettings withCache(Path other) {
        return new HubSettings(
                endpoint, other, assets, token, offline, symlinks, metadataTimeout, downloadTimeout, proxy);
    }

    public HubSettings withToken(String other) {
        return new HubSettings(
                endpoint, cache, assets, other, offline, symlinks, metadataTimeout, downloadTimeout, proxy);
    }

    public HubSettings withOffline(boolean other) {
        return new HubSettings(
                endpoint, cache, assets, token, other, symlinks, metadataTimeout, downloadTimeout, proxy);
    }

    public HubSettings withSymlinks(boolean other) {
        return new HubSettings(endpoint, cache, assets, token, offline, other, metadataTimeout, downloadTimeout, proxy);
    }

    public HubSettings withTimeouts(Duration metadata, Duration download) {
        return new HubSettings(endpoint, cache, assets, token, offline, symlinks, metadata, download, proxy);
    }

    public HubSettings withProxy(HubProxy other) {
        return new HubSettings(
                endpoint, cache, assets, token, offline, symlinks, metadataTimeout, downloadTimeout, other);
    }

    /** Without the token itself. */
    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", cache=" + cache + ", assets=" + assets + ", token="
                + (token.isEmpty() ? "none" : "set") + ", offline=" + offline + ", symlinks=" + symlinks
                + ", metadataTimeout=" + metadataTimeout + ", downloadTimeout=" + downloadTimeout + ", proxy=" + proxy
                + "]";
    }

    private static String token(Environment env, Path hfHome) {
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            if (env.has(name)) {
                return env.text(name);
            }
        }
        Path file = env.path("HF_TOKEN_PATH", hfHome.resolve("token"));
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new HubException(
                    HubException.Reason.DISK,
                    file + ": the hub's token cannot be read (" + DownloadFailures.describe(e)
                            + "); make it readable, or set HF_TOKEN",
                    e);
        }
    }

    private static URI checkedEndpoint(URI endpoint) {
        String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
        if ((!scheme.equals("http") && !scheme.equals("https"))
                || endpoint.getHost() == null
                || endpoint.getRawUserInfo() != null
                || endpoint.getRawQuery() != null
                || endpoint.getRawFragment() != null) {
            throw bad("the hub's address \"" + endpoint
                    + "\" is not of the form https://host; correct or unset HF_ENDPOINT");
        }
        return URI.create(endpoint.toString().replaceFirst("/+$", ""));
    }

    private static HubException bad(String message) {
        return new HubException(HubException.Reason.BAD_INPUT, message);
    }

    /** Reads variables; blank counts as unset. Paths may begin with {@code ~} and hold {@code $NAME}, as in Python. */
    private record Environment(Map<String, String> values, Path home) {
        boolean has(String name) {
            return !text(name).isEmpty();
        }

        String text(String name) {
            return values.getOrDefault(name, "").strip();
        }

        boolean isTrue(String name) {
            return TRUE.contains(text(name).toUpperCase(Locale.ROOT));
        }

        Path path(String name, Path otherwise) {
            if (!has(name)) {
                return otherwise;
            }
            String expanded = VARIABLE.matcher(text(name)).replaceAll(match -> {
                String variable = match.group(1) == null ? match.group(2) : match.group(1);
                return Matcher.quoteReplacement(values.getOrDefault(variable, match.group()));
            });
            try {
                boolean inHome = expanded.equals("~") || expanded.startsWith("~/") || expanded.startsWith("~\\");
                Path path =
                        inHome ? home.resolve(expanded.substring(Math.min(2, expanded.length()))) : Path.of(expanded);
                return path.toAbsolutePath().normalize();
            } catch (InvalidPathException e) {
                throw bad(name + "=" + text(name) + " is not a path (" + e.getReason() + "); correct or unset it");
            }
        }

        URI uri(String name, URI otherwise) {
            try {
                return has(name) ? URI.create(text(name)) : otherwise;
            } catch (IllegalArgumentException e) {
                throw bad(name + "=" + text(name) + " is not a URL; correct or unset it");
            }
        }

        Duration seconds(String name) {
            if (!has(name)) {
                return DEFAULT_TIMEOUT;
            }
            try {
                int seconds = Integer.parseInt(text(name));
                if (seconds > 0) {
                    return Duration.ofSeconds(seconds);
                }
            } catch (NumberFormatException e) {
                // Falls through to the one message for everything that is no such number.
            }
            throw bad(name + "=" + text(name) + " is not a whole number of seconds above 0; correct or unset it");
        }
    }
}
