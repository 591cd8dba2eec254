package org.mask2former.cli;

import java.net.URI;
import java.util.List;
import org.mask2former.Mask2FormerException;
import org.mask2former.checkpoint.HubClient;
import org.mask2former.checkpoint.HubId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mask2former download}. */
@Command(
        name = "download",
        description = "Fetch models into the hub's cache and print the folders they are in.",
        footer = {
            "",
            "The cache is the one Python uses. HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE mean what they"
                    + " mean there. A broken download is taken up again where it broke."
        })
final class DownloadCommand extends TerminalCommand {
    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "OWNER/NAME[@REVISION] on the hub, or the http(s) URL of a checkpoint file.")
    private List<String> models;

    DownloadCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() {
        HubClient hub = HubClient.create(hubSettings());
        try (DownloadProgress progress = new DownloadProgress(terminal)) {
            for (String model : models) {
                try {
                    terminal.out()
                            .println(
                                    isUrl(model)
                                            ? hub.fetchUrl(url(model), progress)
                                            : hub.fetchModel(HubId.parse(model), progress));
                } catch (Mask2FormerException e) {
                    throw HubModels.explain(model, e);
                }
            }
        }
        return ExitCode.OK;
    }

    static boolean isUrl(String model) {
        return model.startsWith("http://") || model.startsWith("https://");
    }

    private URI url(String model) {
        try {
            return URI.create(model);
        } catch (IllegalArgumentException e) {
            throw usage("\"" + model + "\" is not a URL: " + e.getMessage());
        }
    }
}
