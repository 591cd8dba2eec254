package org.mask2former.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;

/** The page, in a browser without a screen. Skipped where there is none: {@code apt-get install chromium-driver}. */
class PageTests {
    @TempDir
    private static Path temp;

    private static TestServer server;
    private static ChromeDriver browser;

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> chromium = installed("chromium", "chromium-browser", "google-chrome");
        Optional<Path> driver = installed("chromedriver");
        assumeThat(chromium).as("a Chromium on the path").isPresent();
        assumeThat(driver).as("a chromedriver on the path").isPresent();
        server = TestServer.start(TestServer.OPTIONS);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.get().toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--user-data-dir=" + temp.resolve("profile"));
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.get().toFile())
                .usingAnyFreePort()
                .build();
        browser = new ChromeDriver(service, options);
    }

    @AfterAll
    static void stop() {
        if (browser != null) browser.quit();
        if (server != null) server.close();
    }

    private static Optional<Path> installed(String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @BeforeEach
    void open() {
        browser.manage().window().setSize(new Dimension(1200, 850));
        browser.get(server.server.url() + "/");
        await("the models", () -> !find("#model").getText().isBlank());
    }

    @Test
    void aPictureIsSegmentedAndItsSegmentsCanBeToggled() throws IOException {
        segment("instance", TestServer.png(320, 200));
        List<WebElement> entries = browser.findElements(By.cssSelector("#legend button"));
        assertThat(entries).isNotEmpty();
        assertThat(find("#summary").getText()).matches("\\d+ segments?, \\d+ class(es)?");
        String before = pixels();
        for (WebElement entry : entries) {
            if (entry.getDomAttribute("aria-pressed").equals("true")) entry.sendKeys(Keys.ENTER); // by keyboard
        }
        assertThat(entries).allMatch(e -> e.getDomAttribute("aria-pressed").equals("false"));
        assertThat(pixels()).isNotEqualTo(before);
        find("#task").sendKeys("s");
        await(
                "the semantic result",
                () -> find("#timings").isDisplayed()
                        && "semantic".equals(browser.executeScript("return result && result.task")));
        assertThat(find("#threshold-choice").isDisplayed()).isFalse();
    }

    @Test
    void masksAreDrawnWhereTheServerSaysTheyAre() throws IOException {
        segment("semantic", TestServer.png(120, 80));
        assertThat(
                        browser.executeScript(
                                "return result.segments.every((s, i) => view.owners.reduce((n, o) => n + (o === i + 1 ? 1 : 0), 0) === s.area)"))
                .as("segments have as many pixels on the canvas as in the answer")
                .isEqualTo(true);
    }

    @Test
    void thePointerNamesASegmentAndAClickTogglesIt() throws IOException {
        segment("semantic", TestServer.png(320, 200)); // every pixel has a class
        Actions pointer = new Actions(browser).moveToElement(find("#canvas"));
        pointer.perform();
        await("the name", () -> find("#name").isDisplayed());
        String name = find("#name").getText();
        WebElement lit = find("#legend button.lit");
        assertThat(lit.getText()).contains(name);
        assertThat(lit.getDomAttribute("aria-pressed")).isEqualTo("true");
        pointer.click().perform();
        assertThat(lit.getDomAttribute("aria-pressed")).isEqualTo("false");
    }

    @Test
    void aPictureIsTakenWithTheCamera() {
        find("[data-do=camera]").click();
        await(
                "the camera",
                () -> browser.executeScript("return document.getElementById('video').videoWidth > 0")
                        .equals(true));
        find("[data-do=shoot]").click();
        await(
                "a result",
                () -> find("#timings").isDisplayed() && !find("#working").isDisplayed());
        assertThat(find("#video-view").isDisplayed()).isFalse();
        assertThat(browser.executeScript("return picture.name")).isEqualTo("camera.jpg");
    }

    @Test
    void aPictureIsDroppedOrPasted() {
        String bytes = Base64.getEncoder().encodeToString(TestServer.png(60, 40));
        for (String event : List.of("drop", "paste")) {
            browser.executeScript("const data = new DataTransfer();"
                    + "data.items.add(new File([Uint8Array.from(atob('" + bytes + "'), c => c.charCodeAt(0))], '"
                    + event
                    + ".png', {type: 'image/png'}));"
                    + "document.dispatchEvent('" + event + "' === 'drop' ? new DragEvent('drop', {dataTransfer: data})"
                    + " : new ClipboardEvent('paste', {clipboardData: data}))");
            await(
                    "a result",
                    () -> event.concat(".png").equals(browser.executeScript("return result && result.picture"))
                            && find("#result").isDisplayed());
        }
    }

    @Test
    void whatGoesWrongIsSaid() throws IOException {
        Path text = Files.writeString(temp.resolve("no-picture.png"), "hello");
        find("#file").sendKeys(text.toString());
        await("a message", () -> find("#message").isDisplayed());
        assertThat(find("#message").getText()).contains("no picture of a known format");
        assertThat(find("#working").isDisplayed()).isFalse();
    }

    @Test
    void onAPhoneNothingSticksOut() throws IOException {
        browser.manage().window().setSize(new Dimension(500, 844)); // as narrow as a window gets
        segment("instance", TestServer.png(900, 500));
        assertThat(browser.executeScript("return document.documentElement.scrollWidth <= window.innerWidth"))
                .isEqualTo(true);
    }

    @Test
    void thePageTakesNothingFromElsewhere() {
        assertThat(browser.executeScript(
                        "return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)"
                                + ".every(o => o === location.origin)"))
                .isEqualTo(true);
        assertThat(server.get("/")
                        .headers()
                        .firstValue("Content-Security-Policy")
                        .orElse(""))
                .contains("default-src 'none'");
    }

    /** The model has random weights: everything must count for it to find something. */
    private void segment(String task, byte[] png) throws IOException {
        Path file = temp.resolve("picture.png");
        Files.write(file, png);
        browser.executeScript("document.getElementById('task').value = '" + task + "'; chooseTask();"
                + "document.getElementById('threshold').value = 0; showValues()");
        find("#file").sendKeys(file.toString());
        await(
                "a result",
                () -> find("#result").isDisplayed() && !find("#working").isDisplayed());
    }

    private static String pixels() {
        return "" + browser.executeScript("return document.getElementById('canvas').toDataURL()");
    }

    private static WebElement find(String selector) {
        return browser.findElement(By.cssSelector(selector));
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
