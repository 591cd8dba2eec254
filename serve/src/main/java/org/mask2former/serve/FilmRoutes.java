package org.mask2former.serve;

import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.Optional;
import org.mask2former.result.Overlay;
import org.mask2former.video.FrameSelection;

/** Films, which take longer than a request may: they are sent, asked for while they are segmented, and fetched. */
final class FilmRoutes {
    static final String PATH = "/v1/films";

    private final Models models;
    private final FilmTasks tasks;
    private final boolean allowed;

    /** @param allowed whether films are taken at all */
    FilmRoutes(Models models, FilmTasks tasks, boolean allowed) {
        this.models = models;
        this.tasks = tasks;
        this.allowed = allowed;
    }

    void register(Routes routes) {
        routes.post(PATH, this::submit);
        routes.get(PATH + "/{id}", ctx -> Answers.json(ctx, task(ctx).status()));
        routes.delete(PATH + "/{id}", ctx -> {
            tasks.remove(ctx.pathParam("id"));
            ctx.status(204);
        });
        routes.get(PATH + "/{id}/film", ctx -> {
            Path film = finished(ctx, task(ctx).film());
            file(ctx, film, film.toString().endsWith(".mkv") ? "video/x-matroska" : "video/mp4");
        });
        routes.get(
                PATH + "/{id}/frames", ctx -> file(ctx, finished(ctx, task(ctx).lines()), "application/jsonl"));
    }

    private void submit(Context ctx) {
        if (!allowed) {
            throw new HttpProblem(403, "films_not_allowed", "this server takes no films; start it with --allow-films");
        }
        Upload upload = Upload.ofFilm(ctx);
        Parameters given = upload.parameters();
        SegmentQuery query = SegmentQuery.of(given, models);
        FrameSelection frames = new FrameSelection(
                given.number("start").orElse(0.0),
                given.number("end").orElse(Double.POSITIVE_INFINITY),
                given.whole("stride").orElse(1),
                given.number("max_fps").orElse(Double.POSITIVE_INFINITY));
        double alpha = given.number("alpha").orElse(Overlay.DEFAULT.alpha());
        if (!(alpha >= 0 && alpha <= 1)) {
            throw HttpProblem.unprocessable("alpha must be from 0 to 1, but is " + alpha);
        }
        given.refuseOthers();
        FilmTask task =
                tasks.submit(upload.picture().orElseThrow(), new FilmTask.Order(upload.name(), query, frames, alpha));
        ctx.status(202).header("Location", PATH + "/" + task.id());
        Answers.json(ctx, task.status());
    }

    private FilmTask task(Context ctx) {
        return tasks.get(ctx.pathParam("id"));
    }

    private static Path finished(Context ctx, Optional<Path> file) {
        return file.orElseThrow(() -> new HttpProblem(
                409,
                "not_done",
                "the film is not done; GET " + PATH + "/" + ctx.pathParam("id") + " tells how far it is"));
    }

    private static void file(Context ctx, Path file, String type) {
        ctx.contentType(type).header("Content-Disposition", "attachment; filename=\"" + file.getFileName() + "\"");
        Exchange.of(ctx).file(file);
    }
}
