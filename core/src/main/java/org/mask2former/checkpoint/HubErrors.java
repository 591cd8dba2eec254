package org.mask2former.checkpoint;

import java.net.URI;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mask2former.checkpoint.HubException.Reason;

/** Says in one line what a refusing answer of the hub, or of any other server, means and what to do. */
final class HubErrors {
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);
    private static final int LONGEST_QUOTE = 200;

    private final HubSettings settings;
    private final Clock clock;

    HubErrors(HubSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** For a file of a model. The codes are those of huggingface_hub, utils/_http.py, hf_raise_for_status. */
    HubException ofModel(HubResponse response, HubId id, String file) {
        if (response.foreign() || PASSING.contains(response.status())) {
            return passing(response, id + ": " + file);
        }
        String code = response.header("X-Error-Code");
        String said = quote(response.header("X-Error-Message"));
        String page = settings.endpoint() + "/" + id.model();
        if (code.equals("EntryNotFound")) {
            return new HubException(
                    Reason.FILE_NOT_FOUND,
                    id + " has no file " + file + ": see which it has at " + page + "/tree/" + id.revision());
        }
        if (code.equals("RevisionNotFound")) {
            return new HubException(
                    Reason.REVISION_NOT_FOUND,
                    id.model() + " has no branch, tag or commit \"" + id.revision() + "\": see " + page
                            + "/tree/main, or leave out @" + id.revision());
        }
        if (code.equals("GatedRepo")) {
            return new HubException(
                    Reason.GATED,
                    id.model() + " is gated: accept its terms at " + page + ", then "
                            + (settings.token().isEmpty() ? "set HF_TOKEN to a token" : "use the token")
                            + " of that account");
        }
        if (response.header("X-Error-Message").equals("Access to this resource is disabled.")) {
            return new HubException(Reason.FORBIDDEN, id.model() + " has been disabled by the hub: see " + page);
        }
        boolean refusesToken = response.status() == 401
                && !settings.token().isEmpty()
                && (code.isEmpty() || response.header("X-Error-Message").contains("Invalid"));
        if (refusesToken) {
            return new HubException(
                    Reason.FORBIDDEN,
                    settings.endpoint() + " refuses the token" + said + ": make a new one at " + settings.endpoint()
                            + "/settings/tokens and put it in HF_TOKEN, or unset HF_TOKEN for public models");
        }
        if (code.equals("RepoNotFound") || response.status() == 401 || response.status() == 404) {
            return new HubException(
                    Reason.REPOSITORY_NOT_FOUND,
                    settings.endpoint() + " has no model " + id.model() + ", or it is private: check the spelling"
                            + (settings.token().isEmpty()
                                    ? "; for a private model set HF_TOKEN"
                                    : " and that the token in use may read it"));
        }
        if (response.status() == 403) {
            return new HubException(
                    Reason.FORBIDDEN,
                    settings.endpoint() + " forbids " + id + ": " + file + said
                            + "; check what the token in HF_TOKEN may do");
        }
        return unexpected(response, id + ": " + file);
    }

    /** For a plain URL. */
    HubException ofUrl(HubResponse response, URI asked) {
        return switch (response.status()) {
            case 401, 403 ->
                new HubException(
                        Reason.FORBIDDEN,
                        asked + ": " + response.uri().getHost() + " refuses it (HTTP " + response.status()
                                + "); check the URL");
            case 404, 410 ->
                new HubException(
                        Reason.FILE_NOT_FOUND,
                        asked + ": there is no such file (HTTP " + response.status() + "); check the URL");
            default ->
                PASSING.contains(response.status())
                        ? passing(response, asked.toString())
                        : unexpected(response, asked.toString());
        };
    }

    private HubException passing(HubResponse response, String what) {
        String host = response.uri().getHost();
        String meaning = response.status() == 429 ? host + " asks for fewer requests" : host + " failed";
        String hint =
                response.status() == 429 && settings.token().isEmpty() ? "; a token in HF_TOKEN raises the limit" : "";
        return new HubException(
                Reason.BUSY,
                what + ": " + meaning + " (HTTP " + response.status() + "); try again later" + hint,
                null,
                retryAfter(response.header("Retry-After")));
    }

    private HubException unexpected(HubResponse response, String what) {
        return new HubException(
                Reason.BAD_ANSWER,
                what + ": unexpected answer of " + response.uri().getHost() + " (HTTP " + response.status() + ")"
                        + quote(response.header("X-Error-Message")) + "; check HF_ENDPOINT, the URL or the proxy");
    }

    /** RFC 9110: seconds, or a date. */
    private @Nullable Duration retryAfter(String text) {
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration wait = Duration.between(clock.instant(), until);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String quote(String message) {
        if (message.isEmpty()) {
            return "";
        }
        String line = message.replaceAll("[\\p{Cntrl}\\s]+", " ");
        return " (\"" + (line.length() > LONGEST_QUOTE ? line.substring(0, LONGEST_QUOTE) + "…" : line) + "\")";
    }
}
