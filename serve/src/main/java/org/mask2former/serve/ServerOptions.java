package org.mask2former.serve;

import java.time.Duration;
import java.util.Optional;
import org.mask2former.Mask2FormerException;

/**
 * How a server is run. Start from {@link #DEFAULT} and change what you need.
 *
 * @param host the address it listens on; {@code 127.0.0.1} is this machine alone, {@code 0.0.0.0} everybody
 * @param port 0 for any that is free
 * @param token what clients have to send as {@code Authorization: Bearer TOKEN}; empty for no such check
 * @param limits what a request may cost
 * @param batching how pictures share a forward pass
 * @param allowUrls whether the server fetches pictures that a request names by URL, from public addresses only
 * @param allowFilms whether films are taken, which FFmpeg decodes
 * @param labelStudio the Label Studio whose pictures may be fetched, wherever it is
 * @param drain how long a stop waits for requests under way
 */
public record ServerOptions(
        String host,
        int port,
        Optional<String> token,
        Limits limits,
        Batching batching,
        boolean allowUrls,
        boolean allowFilms,
        Optional<LabelStudioAccess> labelStudio,
        Duration drain) {
    /** On this machine alone, port 8080. */
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1",
            8080,
            Optional.empty(),
            Limits.DEFAULT,
            Batching.DEFAULT,
            false,
            false,
            Optional.empty(),
            Duration.ofMinutes(1));

    public ServerOptions {
        if (host.isBlank()) {
            throw new Mask2FormerException("the host is empty; give the address to listen on, such as 127.0.0.1");
        }
        if (port < 0 || port > 65535) {
            throw new Mask2FormerException("the port must be from 0 to 65535, but is " + port);
        }
        if (token.filter(String::isBlank).isPresent()) {
            throw new Mask2FormerException("the token is empty; give one that is hard to guess, or none");
        }
        if (drain.isNegative()) {
            throw new Mask2FormerException("the time to drain must be 0 or more, but is " + drain);
        }
    }

    public ServerOptions withHost(String value) {
        return new ServerOptions(value, port, token, limits, batching, allowUrls, allowFilms, labelStudio, drain);
    }

    public ServerOptions withPort(int value) {
        return new ServerOptions(host, value, token, limits, batching, allowUrls, allowFilms, labelStudio, drain);
    }

    public ServerOptions withToken(Optional<String> value) {
        return new ServerOptions(host, port, value, limits, batching, allowUrls, allowFilms, labelStudio, drain);
    }

    public ServerOptions withLimits(Limits value) {
        return new ServerOptions(host, port, token, value, batching, allowUrls, allowFilms, labelStudio, drain);
    }

    public ServerOptions withBatching(Batching value) {
        return new ServerOptions(host, port, token, limits, value, allowUrls, allowFilms, labelStudio, drain);
    }

    public ServerOptions withAllowUrls(boolean value) {
        return new ServerOptions(host, port, token, limits, batching, value, allowFilms, labelStudio, drain);
    }

    public ServerOptions withAllowFilms(boolean value) {
        return new ServerOptions(host, port, token, limits, batching, allowUrls, value, labelStudio, drain);
    }

    public ServerOptions withLabelStudio(Optional<LabelStudioAccess> value) {
        return new ServerOptions(host, port, token, limits, batching, allowUrls, allowFilms, value, drain);
    }

    public ServerOptions withDrain(Duration value) {
        return new ServerOptions(host, port, token, limits, batching, allowUrls, allowFilms, labelStudio, value);
    }
}
