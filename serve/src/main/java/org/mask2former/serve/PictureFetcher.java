package org.mask2former.serve;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;

/**
 * Fetches pictures that clients name by URL. A name is looked up once, its addresses are judged, and it is exactly these
 * that are connected to, also after a redirect: so neither a redirect nor a name that changes its address leads to a place
 * that is not allowed.
 */
final class PictureFetcher implements AutoCloseable {
    private static final int MOST_REDIRECTS = 3;
    private static final int MOST_AT_ONCE = 64;

    private final HttpClient open;
    private final HttpClient trusted;
    private final int mostBytes;
    private final Optional<LabelStudioAccess> labelStudio;
    private final boolean allowed;

    PictureFetcher(ServerOptions options) {
        this(options, PublicAddresses::isPublic);
    }

    /** @param isAllowed which addresses may be connected to */
    PictureFetcher(ServerOptions options, Predicate<InetAddress> isAllowed) {
        mostBytes = options.limits().maxBytes();
        labelStudio = options.labelStudio();
        allowed = options.allowUrls();
        open = client(new Judging(isAllowed), options);
        open.setMaxRedirects(MOST_REDIRECTS);
        trusted = client(new Judging(address -> true), options);
        trusted.setFollowRedirects(false); // it would carry the token on
    }

    private static HttpClient client(SocketAddressResolver resolver, ServerOptions options) {
        HttpClient client = new HttpClient();
        client.setName("fetch-pictures");
        client.setSocketAddressResolver(resolver);
        client.setConnectTimeout(5_000);
        client.setIdleTimeout(Math.min(10_000, options.limits().timeout().toMillis()));
        client.setMaxConnectionsPerDestination(8);
        client.setMaxRequestsQueuedPerDestination(MOST_AT_ONCE);
        client.setUserAgentField(new org.eclipse.jetty.http.HttpField(HttpHeader.USER_AGENT, "mask2former"));
        try {
            client.start();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP client does not start", e);
        }
        return client;
    }

    /**
     * Begins to fetch a picture.
     *
     * @return fails with {@link HttpProblem}: 403 if it may not be fetched, 422 if it cannot be, 413 if it is too large
     */
    CompletableFuture<byte[]> fetch(String url, long nanosLeft) {
        URI uri = parse(url);
        boolean trustedHost = labelStudio.filter(l -> l.serves(uri)).isPresent();
        if (!allowed && !trustedHost) {
            throw new HttpProblem(
                    403, "urls_not_allowed", "this server does not fetch pictures; send the picture itself");
        }
        Request request = (trustedHost ? trusted : open)
                .newRequest(uri)
                .timeout(Math.max(1, nanosLeft), TimeUnit.NANOSECONDS)
                .headers(h -> h.put(HttpHeader.ACCEPT, "image/*"));
        if (trustedHost) {
            labelStudio
                    .flatMap(LabelStudioAccess::token)
                    .ifPresent(t -> request.headers(h -> h.put(HttpHeader.AUTHORIZATION, "Token " + t)));
        }
        CompletableFuture<byte[]> picture = new CompletableFuture<>();
        request.send(new BufferingResponseListener(mostBytes) {
            @Override
            public void onComplete(Result result) {
                if (result.isFailed()) {
                    picture.completeExceptionally(problem(result.getFailure()));
                } else if (result.getResponse().getStatus() != 200) {
                    picture.completeExceptionally(HttpProblem.unprocessable("the picture's server answered "
                            + result.getResponse().getStatus()));
                } else {
                    byte[] content = getContent();
                    picture.complete(content == null ? new byte[0] : content);
                }
            }
        });
        return picture;
    }

    private URI parse(String url) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            throw HttpProblem.unprocessable("the url is not a web address");
        }
        // Label Studio names its own pictures without itself.
        if (!uri.isAbsolute() && url.startsWith("/") && !url.startsWith("//") && labelStudio.isPresent()) {
            uri = labelStudio.get().url().resolve(uri);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (!(scheme.equals("http") || scheme.equals("https")) || uri.getHost() == null || uri.getUserInfo() != null) {
            throw HttpProblem.unprocessable("the url must be http://HOST/… or https://HOST/…, without a password");
        }
        return uri;
    }

    private HttpProblem problem(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof HttpProblem problem) {
                return problem;
            }
            if (e instanceof TimeoutException) {
                return HttpProblem.unprocessable("the picture's server took too long");
            }
            if (e instanceof IllegalArgumentException
                    && String.valueOf(e.getMessage()).contains("capacity")) {
                return new HttpProblem(
                        413,
                        "too_large",
                        "the picture has more than the " + mostBytes + " bytes that this server takes");
            }
        }
        return HttpProblem.unprocessable("the picture could not be fetched from its server");
    }

    @Override
    public void close() {
        for (HttpClient client : List.of(open, trusted)) {
            try {
                client.stop();
            } catch (Exception e) {
                throw new IllegalStateException("the HTTP client does not stop", e);
            }
        }
    }

    /** Looks names up and leaves only addresses that may be connected to. */
    private record Judging(Predicate<InetAddress> isAllowed) implements SocketAddressResolver {
        @Override
        public void resolve(
                String host, int port, Map<String, Object> context, Promise<List<InetSocketAddress>> promise) {
            try {
                List<InetSocketAddress> addresses = new ArrayList<>();
                for (InetAddress address : InetAddress.getAllByName(host)) {
                    if (!isAllowed.test(address)) {
                        throw new HttpProblem(
                                403, "address_not_allowed", "the url leads to an address that is not public");
                    }
                    addresses.add(new InetSocketAddress(address, port));
                }
                promise.succeeded(addresses);
            } catch (UnknownHostException | HttpProblem e) {
                promise.failed(e instanceof HttpProblem ? e : HttpProblem.unprocessable("the url's host is not known"));
            }
        }
    }
}
