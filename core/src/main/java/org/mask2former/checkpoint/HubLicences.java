package org.mask2former.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks a model's licence up: in the README.md that the cache has, or else in what the hub says of the model. Where neither
 * can be had, it is not known; that is no failure. Safe for several threads.
 */
final class HubLicences {
    private static final Logger LOG = LoggerFactory.getLogger(HubLicences.class);
    private static final int LONGEST_FRONT_MATTER = 64 * 1024;
    private static final int LONGEST_DESCRIPTION = 4 * 1024 * 1024;

    private final HubSettings settings;
    private final HubCache cache;
    private final HubHttp http;
    private final HubErrors errors;

    HubLicences(HubSettings settings, HubCache cache, HubHttp http, HubErrors errors) {
        this.settings = settings;
        this.cache = cache;
        this.http = http;
        this.errors = errors;
    }

    Optional<String> of(HubId id, String commit) {
        return cache.file(id, commit, HubModelFiles.README)
                .flatMap(HubLicences::frontMatter)
                .or(() -> settings.offline() ? Optional.empty() : ofApi(id, commit))
                .or(() -> HubLicence.ofOwner(id));
    }

    private static Optional<String> frontMatter(Path readme) {
        try (InputStream in = Files.newInputStream(readme)) {
            return HubLicence.ofReadme(new String(in.readNBytes(LONGEST_FRONT_MATTER), StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("{} cannot be read", readme, e);
            return Optional.empty();
        }
    }

    private Optional<String> ofApi(HubId id, String commit) {
        URI uri = URI.create(settings.endpoint() + "/api/models/" + id.model() + "/revision/" + commit);
        try (HubResponse response = http.get(uri, Map.of("Accept-Encoding", "identity"))) {
            if (response.status() != 200) {
                throw errors.ofModel(response, id, "its description");
            }
            ByteArrayOutputStream json = new ByteArrayOutputStream();
            for (List<ByteBuffer> data = response.body().next();
                    !data.isEmpty() && json.size() < LONGEST_DESCRIPTION;
                    data = response.body().next()) {
                for (ByteBuffer piece : data) {
                    byte[] bytes = new byte[piece.remaining()];
                    piece.get(bytes);
                    json.writeBytes(bytes);
                }
            }
            return HubLicence.ofApi(new ObjectMapper().readTree(json.toByteArray()));
        } catch (HubException | IOException e) {
            LOG.debug("{}: the hub's description has no licence to read", id, e);
            return Optional.empty();
        }
    }
}
