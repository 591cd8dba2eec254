package org.mask2former.checkpoint;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.mask2former.checkpoint.HubException.Reason;

/** One clear line for each way in which the network or the disk can fail. */
final class DownloadFailures {
    private static final Pattern DISK_FULL =
            Pattern.compile("no space left|not enough space|disk quota|file too large", Pattern.CASE_INSENSITIVE);

    private DownloadFailures() {}

    /** A failure of the network on the way to or from a server. */
    static HubException ofNetwork(Throwable failure, URI uri) {
        Throwable cause = failure;
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof HubException known) {
                return known;
            }
            if (isTelling(t)) {
                cause = t;
            }
        }
        String host = uri.getHost();
        if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
            return unreachable(
                    "cannot find the host " + host + " (DNS): check the network, or set HTTPS_PROXY", failure);
        }
        if (cause instanceof SSLException) {
            return new HubException(
                    Reason.BAD_ANSWER,
                    "no secure connection to " + host + " (" + describe(cause)
                            + "): if a proxy of your network signs its own certificates, add its authority to the JDK's"
                            + " trust store (-Djavax.net.ssl.trustStore=…)",
                    failure);
        }
        if (cause instanceof HttpConnectTimeoutException) {
            return unreachable(
                    "cannot connect to " + address(uri) + ": no answer; check the network or HTTPS_PROXY", failure);
        }
        if (cause instanceof HttpTimeoutException) {
            return unreachable(host + " does not answer in time", failure);
        }
        if (cause instanceof ConnectException) {
            // The JDK's client gives no message here: refused and unreachable look alike.
            return unreachable("cannot connect to " + address(uri) + ": check the network or HTTPS_PROXY", failure);
        }
        if (cause instanceof ProtocolException) {
            return unreachable(host + " does not speak HTTP as expected (" + describe(cause) + ")", failure);
        }
        return unreachable("the connection to " + host + " broke (" + describe(cause) + ")", failure);
    }

    /** A failure of the disk at a file or folder. */
    static HubException ofDisk(Exception failure, Path path) {
        String remedy = "choose another place (for the cache: HF_HUB_CACHE or HF_HOME)";
        if (failure instanceof IOException
                && DISK_FULL.matcher(String.valueOf(failure.getMessage())).find()) {
            return new HubException(Reason.DISK, path + ": the disk is full; free some space, or " + remedy, failure);
        }
        return new HubException(
                Reason.DISK, path + ": cannot be written (" + describe(failure) + "); " + remedy, failure);
    }

    static HubException interrupted(URI uri) {
        Thread.currentThread().interrupt();
        return new HubException(Reason.INTERRUPTED, uri.getHost() + ": interrupted while fetching");
    }

    /** What went wrong, in few words and on one line. */
    static String describe(Throwable failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (failure instanceof NotDirectoryException) {
            return "not a folder";
        }
        if (failure instanceof ReadOnlyFileSystemException) {
            return "read-only file system";
        }
        String message = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        return message == null || message.isBlank()
                ? failure.getClass().getSimpleName()
                : message.lines().findFirst().orElse("").strip().toLowerCase(Locale.ROOT);
    }

    private static boolean isTelling(Throwable t) {
        return t instanceof UnresolvedAddressException
                || t instanceof UnknownHostException
                || t instanceof SSLException
                || t instanceof HttpTimeoutException
                || t instanceof ConnectException
                || t instanceof ProtocolException;
    }

    private static HubException unreachable(String message, Throwable cause) {
        return new HubException(Reason.UNREACHABLE, message, cause);
    }

    private static String address(URI uri) {
        return uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }
}
