package org.mask2former.checkpoint;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A hub inside the test, over real connections: small files behind a relative redirect with git's SHA-1 as ETag, large ones
 * behind a redirect to storage on another port, which knows ranges and, as the real one, refuses a request that brings
 * the hub's token. Faults are laid in advance and each strikes once.
 */
public final class HubServer implements AutoCloseable {
    /** What goes wrong with one answer that sends a file. */
    public interface Fault {
        void answer(HttpExchange exchange, byte[] body, HubServer server) throws IOException;
    }

    /** One request as it came in. */
    public record Request(
            String server, String method, String path, String range, String ifRange, String authorization) {}

    private record Entry(byte[] content, boolean large) {}

    static {
        // Else each answer waits 40 ms for an acknowledgement; read when the server's classes load.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final Pattern RESOLVE = Pattern.compile("/([^/]+/[^/]+)/resolve/([^/]+)/(.+)");
    private static final Pattern CACHED = Pattern.compile("/api/resolve-cache/models/([^/]+/[^/]+)/([^/]+)/(.+)");
    private static final Pattern API = Pattern.compile("/api/models/([^/]+/[^/]+)/revision/([^/]+)");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

    private final HttpServer hub = start();
    private final HttpServer storage = start();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Repository> repositories = new HashMap<>();
    private final Map<String, byte[]> stored = new HashMap<>();
    private final Map<String, Deque<Fault>> faults = new HashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    public HubServer() {
        hub.setExecutor(threads);
        storage.setExecutor(threads);
        hub.createContext("/", exchange -> serve("hub", exchange, this::answerHub));
        storage.createContext("/", exchange -> serve("storage", exchange, this::answerStorage));
        hub.start();
        storage.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    public URI storage() {
        return URI.create("http://127.0.0.1:" + storage.getAddress().getPort());
    }

    /** A repository, made on first mention. */
    public synchronized Repository repository(String model) {
        return repositories.computeIfAbsent(model, Repository::new);
    }

    /** Puts a plain file on the storage server. @return its URL */
    public synchronized URI put(String path, byte[] content) {
        stored.put(path, content);
        return URI.create(storage() + path);
    }

    /** Lays a fault for the next GET of a file, or with "HEAD file" for the next HEAD; several strike in order. */
    public synchronized void fault(String file, Fault... next) {
        faults.computeIfAbsent(file, key -> new ArrayDeque<>()).addAll(Arrays.asList(next));
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Paths of the GETs that reached a server, in order. */
    public List<String> gets(String server) {
        return requests.stream()
                .filter(request ->
                        request.server().equals(server) && request.method().equals("GET"))
                .map(Request::path)
                .toList();
    }

    public void forget() {
        requests.clear();
    }

    @Override
    public void close() {
        closed.countDown();
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }

    /** The connection breaks after so many bytes of the answer. */
    public static Fault cutAfter(int bytes) {
        return (exchange, body, server) -> {
            exchange.sendResponseHeaders(
                    exchange.getResponseHeaders().containsKey("Content-Range") ? 206 : 200, body.length);
            exchange.getResponseBody().write(body, 0, bytes);
            exchange.getResponseBody().flush();
        };
    }

    /** The answer stops after so many bytes and the connection stays open. */
    public static Fault stallAfter(int bytes) {
        return (exchange, body, server) -> {
            exchange.sendResponseHeaders(
                    exchange.getResponseHeaders().containsKey("Content-Range") ? 206 : 200, body.length);
            exchange.getResponseBody().write(body, 0, bytes);
            exchange.getResponseBody().flush();
            server.awaitClose();
        };
    }

    /** Only so many bytes, and said to be all. */
    public static Fault truncatedTo(int bytes) {
        return (exchange, body, server) -> {
            exchange.sendResponseHeaders(200, bytes);
            exchange.getResponseBody().write(body, 0, bytes);
        };
    }

    /** One bit is wrong. */
    public static Fault corrupted() {
        return (exchange, body, server) -> {
            byte[] wrong = body.clone();
            wrong[wrong.length / 2] ^= 1;
            exchange.sendResponseHeaders(
                    exchange.getResponseHeaders().containsKey("Content-Range") ? 206 : 200, wrong.length);
            exchange.getResponseBody().write(wrong);
        };
    }

    /** A refusal, with headers as name, value, name, value. */
    public static Fault status(int status, String... headers) {
        return (exchange, body, server) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.getResponseHeaders().remove("Content-Range");
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** A redirect, wherever to. */
    public static Fault redirect(String location) {
        return status(302, "Location", location);
    }

    void awaitClose() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static String sha256(byte[] content) {
        return hash("SHA-256", content);
    }

    public static String gitSha1(byte[] content) {
        byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, all, header.length, content.length);
        return hash("SHA-1", all);
    }

    /** A repository of the hub, with one branch {@code main} unless more are made. */
    public final class Repository {
        private final String model;
        private final Map<String, String> revisions = new HashMap<>();
        private final Map<String, Map<String, Entry>> commits = new HashMap<>();
        private String tip = "0123456789abcdef0123456789abcdef01234567";
        private String requiredToken = "";
        private boolean gated;
        private String licence = "";

        private Repository(String model) {
            this.model = model;
            revisions.put("main", tip);
            commits.put(tip, new TreeMap<>());
        }

        public String tip() {
            return tip;
        }

        /** A file that git itself holds. */
        public Repository small(String name, String content) {
            commits.get(tip).put(name, new Entry(content.getBytes(StandardCharsets.UTF_8), false));
            return this;
        }

        /** A file in large storage. */
        public Repository large(String name, byte[] content) {
            commits.get(tip).put(name, new Entry(content, true));
            return this;
        }

        /** Moves main to a new commit, which begins with the files of the one before. */
        public Repository commit(String hash) {
            commits.put(hash, new TreeMap<>(commits.get(tip)));
            tip = hash;
            revisions.put("main", hash);
            return this;
        }

        /** Names the present commit. */
        public Repository revision(String name) {
            revisions.put(name, tip);
            return this;
        }

        /** Hides it from everyone without this token. */
        public Repository ofToken(String token) {
            requiredToken = token;
            return this;
        }

        /** Asks everyone without this token to accept its terms. */
        public Repository gatedFor(String token) {
            requiredToken = token;
            gated = true;
            return this;
        }

        /** What the hub's description states. */
        public Repository licence(String stated) {
            licence = stated;
            return this;
        }
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private void serve(String server, HttpExchange exchange, Answer answer) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        requests.add(new Request(
                server,
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                String.valueOf(headers.getFirst("Range")),
                String.valueOf(headers.getFirst("If-Range")),
                String.valueOf(headers.getFirst("Authorization"))));
        try (exchange) {
            boolean head = exchange.getRequestMethod().equals("HEAD");
            Fault fault = head ? nextFault("HEAD " + exchange.getRequestURI().getRawPath()) : null;
            if (fault != null) {
                fault.answer(exchange, new byte[0], this);
            } else {
                answer.to(exchange);
            }
        }
    }

    private void answerHub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        Matcher resolve = RESOLVE.matcher(path);
        Matcher cached = CACHED.matcher(path);
        Matcher api = API.matcher(path);
        if (cached.matches()) {
            resolve(exchange, cached, true);
        } else if (api.matches()) {
            describe(exchange, api);
        } else if (resolve.matches()) {
            resolve(exchange, resolve, false);
        } else {
            refuse(exchange, path.equals("/") ? 200 : 404, "", "");
        }
    }

    private void resolve(HttpExchange exchange, Matcher request, boolean direct) throws IOException {
        Repository repository = allowed(exchange, request.group(1));
        if (repository == null) {
            return;
        }
        String revision = URLDecoder.decode(request.group(2), StandardCharsets.UTF_8);
        String commit = repository.commits.containsKey(revision) ? revision : repository.revisions.get(revision);
        if (commit == null) {
            refuse(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        String file = URLDecoder.decode(request.group(3), StandardCharsets.UTF_8);
        Entry entry = repository.commits.get(commit).get(file);
        if (entry == null) {
            refuse(exchange, 404, "EntryNotFound", "Entry not found");
        } else if (entry.large()) {
            String hash = sha256(entry.content());
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + hash + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(entry.content().length));
            exchange.getResponseHeaders().set("ETag", "\"of-the-redirect-itself\"");
            String place = "/lfs/" + hash + "/" + file;
            put(place, entry.content());
            relocate(exchange, 302, storage() + place + "?X-Signature=" + commit);
        } else if (direct) {
            exchange.getResponseHeaders().set("ETag", "W/\"" + gitSha1(entry.content()) + "\"");
            send(exchange, file, entry.content());
        } else {
            relocate(
                    exchange,
                    307,
                    "/api/resolve-cache/models/" + repository.model + "/" + commit + "/" + request.group(3));
        }
    }

    private void describe(HttpExchange exchange, Matcher request) throws IOException {
        Repository repository = allowed(exchange, request.group(1));
        if (repository != null) {
            byte[] json = ("{\"sha\":\"" + repository.tip + "\",\"tags\":[\"image-segmentation\",\"license:"
                            + repository.licence + "\"]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("ETag", "\"description\"");
            send(exchange, "description", json);
        }
    }

    /** The repository, or null after a refusal; the hub's own words and codes. */
    private @Nullable Repository allowed(HttpExchange exchange, String model) throws IOException {
        Repository repository;
        synchronized (this) {
            repository = repositories.get(model);
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null && authorization.contains("wrong")) {
            refuse(exchange, 401, "", "Invalid credentials in Authorization header");
            return null;
        }
        if (repository == null) {
            refuse(exchange, authorization == null ? 401 : 404, "RepoNotFound", "Repository not found");
            return null;
        }
        if (!repository.requiredToken.isEmpty() && !("Bearer " + repository.requiredToken).equals(authorization)) {
            if (repository.gated) {
                refuse(exchange, authorization == null ? 401 : 403, "GatedRepo", "Access to this model is restricted.");
            } else {
                refuse(exchange, authorization == null ? 401 : 404, "RepoNotFound", "Repository not found");
            }
            return null;
        }
        return repository;
    }

    private void answerStorage(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        byte[] content;
        synchronized (this) {
            content = stored.get(path);
        }
        if (exchange.getRequestHeaders().containsKey("Authorization")) {
            refuse(exchange, 400, "", "Only one auth mechanism allowed");
        } else if (content == null) {
            refuse(exchange, 404, "", "");
        } else {
            exchange.getResponseHeaders().set("ETag", "\"" + sha256(content).substring(0, 32) + "\"");
            send(exchange, path, content);
        }
    }

    private void send(HttpExchange exchange, String file, byte[] content) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Accept-Ranges", "bytes");
        if (exchange.getRequestMethod().equals("HEAD")) {
            headers.set("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        String asked = exchange.getRequestHeaders().getFirst("Range");
        String condition = exchange.getRequestHeaders().getFirst("If-Range");
        Matcher range = RANGE.matcher(
                asked == null || condition != null && !condition.equals(headers.getFirst("ETag")) ? "" : asked);
        byte[] body = content;
        if (range.matches()) {
            int from = Integer.parseInt(range.group(1));
            if (from >= content.length) {
                headers.set("Content-Range", "bytes */" + content.length);
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            headers.set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            body = Arrays.copyOfRange(content, from, content.length);
        }
        Fault fault = nextFault(file);
        if (fault != null) {
            fault.answer(exchange, body, this);
            return;
        }
        exchange.sendResponseHeaders(range.matches() ? 206 : 200, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private synchronized @Nullable Fault nextFault(String request) {
        for (Map.Entry<String, Deque<Fault>> entry : faults.entrySet()) {
            String key = entry.getKey();
            boolean head = key.startsWith("HEAD ");
            boolean meant = head == request.startsWith("HEAD ") && request.endsWith(head ? key.substring(5) : key);
            if (meant && !entry.getValue().isEmpty()) {
                return entry.getValue().poll();
            }
        }
        return null;
    }

    private static void relocate(HttpExchange exchange, int status, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        byte[] text = ("Found. Redirecting to " + location).getBytes(StandardCharsets.UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : text.length);
        if (!head) {
            exchange.getResponseBody().write(text);
        }
    }

    private static void refuse(HttpExchange exchange, int status, String code, String message) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", code);
        }
        if (!message.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Message", message);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    private static HttpServer start() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
