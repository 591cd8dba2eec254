package org.mask2former.checkpoint;

/**
 * What the hub says of a file before sending it.
 *
 * @param commit the commit that the revision stands for, 40 hexadecimal digits
 * @param etag the content's name, without quotes
 * @param size in bytes, or -1 if the hub does not say
 */
record HubFile(String commit, String etag, long size) {
    /** huggingface_hub, file_download.py, get_hf_file_metadata and _normalize_etag. */
    static HubFile of(HubResponse response, HubId id, String name) {
        String commit = response.header("X-Repo-Commit");
        String linked = response.header("X-Linked-Etag");
        String etag = (linked.isEmpty() ? response.header("ETag") : linked)
                .replaceFirst("^[W/]+", "")
                .replaceAll("^\"+|\"+$", "");
        if (!HubId.isCommit(commit) || etag.isEmpty()) {
            throw new HubException(
                    HubException.Reason.BAD_ANSWER,
                    id + ": " + name + ": " + response.uri().getHost()
                            + " does not answer like a hub (no " + (etag.isEmpty() ? "ETag" : "X-Repo-Commit")
                            + "); check HF_ENDPOINT and the proxy");
        }
        long size = response.size("X-Linked-Size");
        return new HubFile(commit, etag, size >= 0 || response.isRedirect() ? size : response.size("Content-Length"));
    }
}
