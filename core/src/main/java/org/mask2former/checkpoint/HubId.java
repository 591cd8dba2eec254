package org.mask2former.checkpoint;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub, {@code owner/name[@revision]}, with the hub's own rules for names (huggingface_hub,
 * utils/_validators.py). The revision is a branch, a tag, a pull request ({@code refs/pr/1}) or a commit.
 *
 * @param owner user or organisation
 * @param name the model's name
 * @param revision branch, tag or commit; {@value #MAIN} unless told
 */
public record HubId(String owner, String name, String revision) {
    /** The revision meant where none is given. */
    public static final String MAIN = "main";

    private static final int MAX_LENGTH = 96;
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9._+/-]*[A-Za-z0-9_+-])?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern WEB_ADDRESS =
            Pattern.compile("(?:https?://(?:www\\.)?(?:huggingface\\.co|hf\\.co|hf-mirror\\.com)/|hf://)(?:models/)?"
                    + "([^/@?#]+)/([^/@?#]+)(?:/(?:tree|blob|resolve)/([^/?#]+).*|[/?#].*)?");

    /** @throws HubException if a part breaks the hub's rules for names */
    public HubId {
        String shown = owner + "/" + name;
        if (!isPart(owner) || !isPart(name)) {
            throw bad(
                    shown,
                    "letters, digits, '-', '_' and '.' only, not first or last, no \"--\" or \"..\", not ending"
                            + " in \".git\", each part at most " + MAX_LENGTH + " long");
        }
        if (!isRevision(revision)) {
            throw bad(shown + "@" + revision, "what follows '@' is not the name of a branch, a tag or a commit");
        }
    }

    /** The newest state of a model, its branch {@value #MAIN}. */
    public HubId(String owner, String name) {
        this(owner, name, MAIN);
    }

    /**
     * Reads {@code owner/name} or {@code owner/name@revision}.
     *
     * @throws HubException with what is wrong and, for common slips, what was probably meant
     */
    public static HubId parse(String text) {
        if (text.isBlank()) {
            throw bad(text, "it is empty");
        }
        if (!text.equals(text.strip())) {
            throw bad(text, "it begins or ends with a space");
        }
        Matcher web = WEB_ADDRESS.matcher(text);
        if (web.matches()) {
            String revision = web.group(3) == null || web.group(3).equals(MAIN) ? "" : "@" + web.group(3);
            throw bad(text, "it is a web address; write " + web.group(1) + "/" + web.group(2) + revision);
        }
        if (text.indexOf('\\') >= 0) {
            throw bad(text, "it has a backslash; write " + text.replace('\\', '/'));
        }
        int at = text.indexOf('@');
        String model = at < 0 ? text : text.substring(0, at);
        if (at == text.length() - 1) {
            throw bad(text, "nothing follows '@'; leave it out for the newest state");
        }
        if (model.indexOf(':') > 0) {
            throw bad(text, "a revision is set off with '@'; write " + model.replaceFirst(":", "@"));
        }
        String[] parts = model.split("/", -1);
        if (parts.length != 2) {
            throw bad(text, parts.length == 1 ? "the owner is missing" : "it has more than one '/'");
        }
        if (parts[0].isEmpty() || parts[1].isEmpty()) {
            throw bad(text, parts[0].isEmpty() ? "nothing stands before '/'" : "nothing follows '/'");
        }
        return new HubId(parts[0], parts[1], at < 0 ? MAIN : text.substring(at + 1));
    }

    /** Whether {@link #parse} would accept this. */
    public static boolean matches(String text) {
        int at = text.indexOf('@');
        String[] parts = (at < 0 ? text : text.substring(0, at)).split("/", -1);
        return parts.length == 2
                && isPart(parts[0])
                && isPart(parts[1])
                && (at < 0 || isRevision(text.substring(at + 1)));
    }

    /** {@code owner/name}, without the revision. */
    public String model() {
        return owner + "/" + name;
    }

    /** The same model at another revision. */
    public HubId at(String otherRevision) {
        return new HubId(owner, name, otherRevision);
    }

    /** Whether the revision is a full commit hash, whose content can never change. */
    public boolean isCommit() {
        return isCommit(revision);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** {@code owner/name}, with {@code @revision} unless that is {@value #MAIN}. */
    @Override
    public String toString() {
        return revision.equals(MAIN) ? model() : model() + "@" + revision;
    }

    private static boolean isPart(String text) {
        return text.length() <= MAX_LENGTH
                && PART.matcher(text).matches()
                && !text.contains("--")
                && !text.contains("..")
                && !text.endsWith(".git");
    }

    /** Git's rules for names, less the characters that some file systems refuse. */
    private static boolean isRevision(String text) {
        return text.length() <= 200
                && REVISION.matcher(text).matches()
                && !text.contains("..")
                && !text.contains("//")
                && !text.contains("/.")
                && !text.endsWith(".lock");
    }

    private static HubException bad(String text, String why) {
        return new HubException(
                HubException.Reason.BAD_INPUT,
                "\"" + text + "\" is not a model of the hub (owner/name or owner/name@revision): " + why);
    }
}
