package org.mask2former.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubProxyTests {
    private static final URI HUB = URI.create("https://huggingface.co/a/b");

    private static Proxy select(HubProxy proxy, URI uri) {
        return proxy.selector().select(uri).get(0);
    }

    @Test
    void takesTheProxyOfTheUrlsScheme() {
        HubProxy proxy = HubProxy.of(Map.of("HTTPS_PROXY", "http://secure:3128", "http_proxy", "plain:8080"));

        assertThat(((InetSocketAddress) select(proxy, HUB).address()).getHostString())
                .isEqualTo("secure");
        assertThat(((InetSocketAddress) select(proxy, HUB).address()).getPort()).isEqualTo(3128);
        assertThat(((InetSocketAddress) select(proxy, URI.create("http://m/x")).address()).getHostString())
                .isEqualTo("plain");
        assertThat(select(HubProxy.of(Map.of("ALL_PROXY", "http://all")), HUB).address())
                .isEqualTo(InetSocketAddress.createUnresolved("all", 80));
        assertThat(select(HubProxy.NONE, HUB)).isEqualTo(Proxy.NO_PROXY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"huggingface.co", ".co", "*.co", "localhost, HuggingFace.co", "*", "huggingface.co:443"})
    void goesAroundItWhereItIsToldTo(String except) {
        HubProxy proxy = HubProxy.of(Map.of("https_proxy", "http://me:pw@secure:3128", "no_proxy", except));

        assertThat(select(proxy, HUB)).isEqualTo(Proxy.NO_PROXY);
        assertThat(proxy.authorization(HUB)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ggingface.co", "cdn.huggingface.co", "huggingface.com"})
    void otherHostsGoThroughIt(String except) {
        HubProxy proxy = HubProxy.of(Map.of("https_proxy", "http://me:pw@secure:3128", "no_proxy", except));

        assertThat(select(proxy, HUB).type()).isEqualTo(Proxy.Type.HTTP);
        assertThat(proxy.authorization(HUB)).contains("Basic bWU6cHc=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5://host:1080", "http://", "a b", "http://:3128"})
    void refusesWhatIsNoProxyWithoutShowingIt(String text) {
        assertThatThrownBy(() -> HubProxy.of(Map.of("HTTPS_PROXY", text)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HTTPS_PROXY");
    }
}
