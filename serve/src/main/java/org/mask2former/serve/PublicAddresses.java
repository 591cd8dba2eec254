package org.mask2former.serve;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Tells addresses of the open Internet from those of this machine, of private networks, and of no single host at all. */
final class PublicAddresses {
    private PublicAddresses() {}

    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] b = address.getAddress();
        return address instanceof Inet4Address ? isPublic4(b) : isPublic6(b);
    }

    /** Beyond what Java knows: the rest of IANA's registry of special addresses. */
    private static boolean isPublic4(byte[] b) {
        int first = b[0] & 0xff;
        int second = b[1] & 0xff;
        int third = b[2] & 0xff;
        boolean special = first == 0
                || first >= 240 // reserved, broadcast
                || first == 100 && second >= 64 && second < 128 // carriers' own
                || first == 192 && second == 0 && (third == 0 || third == 2)
                || first == 192 && second == 88 && third == 99
                || first == 198 && (second == 18 || second == 19 || second == 51 && third == 100)
                || first == 203 && second == 0 && third == 113;
        return !special;
    }

    /** Only global unicast, 2000::/3, and of that nothing with an IPv4 address inside, which could be any. */
    private static boolean isPublic6(byte[] b) {
        int first = (b[0] & 0xff) << 8 | b[1] & 0xff;
        int second = (b[2] & 0xff) << 8 | b[3] & 0xff;
        boolean global = (first & 0xe000) == 0x2000;
        boolean sixToFour = first == 0x2002;
        boolean teredoOrDocumentation = first == 0x2001 && (second < 0x0200 || second == 0x0db8);
        boolean newDocumentation = first == 0x3fff && second < 0x1000;
        return global && !sixToFour && !teredoOrDocumentation && !newDocumentation;
    }
}
