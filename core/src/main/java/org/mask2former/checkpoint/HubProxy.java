package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The proxy that the environment names: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY},
 * each also in lower case. The JDK's own system properties ({@code https.proxyHost} and so on) win where they are set.
 *
 * @param http proxy for http URLs, such as {@code http://proxy:3128}; empty for none
 * @param https proxy for https URLs; empty for none
 * @param except hosts that are reached without it, separated by commas; a leading dot or {@code *.} means all below
 */
public record HubProxy(String http, String https, String except) {
    /** No proxy but that of the JDK's system properties. */
    public static final HubProxy NONE = new HubProxy("", "", "");

    /** @throws HubException if a proxy is no URL with a host */
    public HubProxy {
        for (String proxy : List.of(http, https)) {
            if (!proxy.isEmpty()) {
                parse(proxy);
            }
        }
    }

    static HubProxy of(Map<String, String> environment) {
        String all = either(environment, "ALL_PROXY");
        String http = either(environment, "HTTP_PROXY");
        String https = either(environment, "HTTPS_PROXY");
        return new HubProxy(
                http.isEmpty() ? all : http, https.isEmpty() ? all : https, either(environment, "NO_PROXY"));
    }

    /** What the HTTP client asks for each URL. */
    ProxySelector selector() {
        ProxySelector jdk = ProxySelector.getDefault();
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                List<Proxy> configured = jdk == null ? List.of(Proxy.NO_PROXY) : jdk.select(uri);
                boolean direct = configured.stream().allMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
                return direct ? proxyFor(uri).map(List::of).orElse(configured) : configured;
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {
                // The request itself fails with this exception; there is no second proxy to try.
            }
        };
    }

    /** {@code Proxy-Authorization} for a proxy URL with user and password, if it has them. */
    Optional<String> authorization(URI uri) {
        String proxy = proxyText(uri);
        String user = proxy.isEmpty() || isExcepted(uri) ? null : parse(proxy).getUserInfo();
        return Optional.ofNullable(user)
                .map(u -> "Basic " + Base64.getEncoder().encodeToString(u.getBytes(StandardCharsets.UTF_8)));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "HubProxy[http=" + http.replaceAll("//[^@/]*@", "//…@") + ", https="
                + https.replaceAll("//[^@/]*@", "//…@") + ", except=" + except + "]";
    }

    private Optional<Proxy> proxyFor(URI uri) {
        String proxy = proxyText(uri);
        if (proxy.isEmpty() || isExcepted(uri)) {
            return Optional.empty();
        }
        URI address = parse(proxy);
        int port = address.getPort() >= 0 ? address.getPort() : 80;
        return Optional.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(address.getHost(), port)));
    }

    private String proxyText(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    }

    private boolean isExcepted(URI uri) {
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        return Arrays.stream(except.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> entry.replaceFirst("^\\*?\\.", "").replaceFirst(":\\d+$", ""))
                .anyMatch(entry -> entry.equals("*") || host.equals(entry) || host.endsWith("." + entry));
    }

    private static URI parse(String proxy) {
        try {
            URI uri = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the one message for everything that is no such URL.
        }
        throw new HubException(
                HubException.Reason.BAD_INPUT,
                "the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not of the form http://host:port; correct or unset it");
    }

    private static String either(Map<String, String> environment, String name) {
        String lower =
                environment.getOrDefault(name.toLowerCase(Locale.ROOT), "").strip();
        return lower.isEmpty() ? environment.getOrDefault(name, "").strip() : lower;
    }
}
