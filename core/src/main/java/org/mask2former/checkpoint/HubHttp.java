package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.HubException.Reason;

/**
 * HEAD and GET as the hub wants them. Redirects are followed by hand, because the token may go to the hub itself only: large
 * files lie on storage of other hosts, behind signed URLs. Safe for several threads.
 *
 * <p>Failures of the network are {@link HubException}s; an answer of any status is returned.
 */
final class HubHttp {
    private static final int MOST_REDIRECTS = 10;
    private static final String USER_AGENT =
            "mask2former-java; java/" + Runtime.version().feature();

    private final HubSettings settings;
    private @Nullable HttpClient client;

    HubHttp(HubSettings settings) {
        this.settings = settings;
    }

    /**
     * Asks for headers. With {@code stopAtForeign} a redirect to another server is returned as it is: on the hub it
     * carries the file's commit, ETag and size, which the storage does not know.
     */
    HubResponse head(URI uri, boolean stopAtForeign) {
        return exchange("HEAD", uri, Map.of("Accept-Encoding", "identity"), stopAtForeign);
    }

    /** Asks for a file or a part of it. */
    HubResponse get(URI uri, Map<String, String> headers) {
        return exchange("GET", uri, headers, false);
    }

    private HubResponse exchange(String method, URI start, Map<String, String> headers, boolean stopAtForeign) {
        URI uri = start;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HubResponse response = send(method, uri, headers, !isSameServer(start, uri) && !isHub(uri));
            if (!response.isRedirect()) {
                return response;
            }
            URI target = target(uri, response.header("Location"));
            if (stopAtForeign && !isSameServer(uri, target) && !isHub(target)) {
                response.body().drain();
                return response;
            }
            response.body().drain();
            uri = target;
        }
        throw new HubException(
                Reason.BAD_ANSWER,
                start + " redirects more than " + MOST_REDIRECTS + " times; check HF_ENDPOINT or the proxy");
    }

    private HubResponse send(String method, URI uri, Map<String, String> headers, boolean foreign) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.metadataTimeout())
                .setHeader("User-Agent", USER_AGENT);
        headers.forEach(request::setHeader);
        if (!settings.token().isEmpty() && isHub(uri)) {
            request.setHeader("Authorization", "Bearer " + settings.token());
        }
        settings.proxy().authorization(uri).ifPresent(value -> request.setHeader("Proxy-Authorization", value));
        try {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                    client().send(request.build(), HttpResponse.BodyHandlers.ofPublisher());
            HubBody body = new HubBody(uri, settings.downloadTimeout());
            response.body().subscribe(body);
            return new HubResponse(response.statusCode(), response.headers(), uri, foreign, body);
        } catch (IOException e) {
            throw DownloadFailures.ofNetwork(e, uri);
        } catch (InterruptedException e) {
            throw DownloadFailures.interrupted(uri);
        }
    }

    /** Made on first use: what the cache holds shall be found without the cost of a client. */
    private synchronized HttpClient client() {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(settings.metadataTimeout())
                    .proxy(settings.proxy().selector())
                    .build();
        }
        return client;
    }

    private URI target(URI from, String location) {
        URI target;
        try {
            target = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new HubException(Reason.BAD_ANSWER, from + " redirects to \"" + location + "\", which is no URL", e);
        }
        String scheme = String.valueOf(target.getScheme());
        boolean downgrade = from.getScheme().equalsIgnoreCase("https") && scheme.equalsIgnoreCase("http");
        if (target.getHost() == null || downgrade || !scheme.matches("(?i)https?")) {
            throw new HubException(
                    Reason.BAD_ANSWER,
                    from + " redirects to \"" + location + "\", which is not https; check HF_ENDPOINT or the proxy");
        }
        return target;
    }

    /** Whether the token may be sent there: the endpoint itself, and the public hub to which a mirror may redirect. */
    private boolean isHub(URI uri) {
        return isSameServer(settings.endpoint(), uri) || isSameServer(HubSettings.DEFAULT_ENDPOINT, uri);
    }

    private static boolean isSameServer(URI a, URI b) {
        return a.getScheme().equalsIgnoreCase(b.getScheme())
                && a.getHost().equalsIgnoreCase(b.getHost())
                && port(a) == port(b);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }
}
