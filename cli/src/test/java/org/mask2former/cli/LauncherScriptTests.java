package org.mask2former.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mask2former.Fixtures;

/** The launcher's shell script, with a Java and a Maven that only say what they were called with. */
class LauncherScriptTests {
    private static final List<String> TOOLS = List.of(
            "sh",
            "uname",
            "find",
            "head",
            "tail",
            "mkdir",
            "cat",
            "rm",
            "mv",
            "sed",
            "grep",
            "sleep",
            "readlink",
            "touch");

    @TempDir
    private Path temp;

    private Path checkout;
    private Path tools;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void aCheckoutWithASpaceInItsPath() throws IOException {
        assumeThat(System.getProperty("os.name"))
                .as("a POSIX shell runs the script")
                .doesNotContain("Windows");
        checkout = Files.createDirectories(temp.resolve("my checkout"));
        Files.copy(Fixtures.root().resolve("mask2former"), checkout.resolve("mask2former"));
        makeExecutable(checkout.resolve("mask2former"));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.createDirectories(checkout.resolve("core/src/main/java"));
        Files.createDirectories(checkout.resolve("cli/src/assembly"));
        Files.writeString(checkout.resolve("core/pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("core/src/main/java/A.java"), "class A {}");
        script(checkout.resolve("mvnw"), """
                echo "$@" >> builds
                echo "JAVA_HOME=$JAVA_HOME"
                sleep 0.3
                case "$*" in *-Pgpu*) lib=cli/target/dist-gpu/mask2former/lib ;; *) lib=cli/target/dist/mask2former/lib ;; esac
                mkdir -p $lib
                [ ! -f broken ] || { echo '[ERROR] A.java does not compile'; exit 1; }
                echo jar > $lib/mask2former-cli.jar
                """);
        for (Path p : List.of(checkout.resolve("pom.xml"), checkout.resolve("core/src/main/java/A.java"))) {
            Files.setLastModifiedTime(p, FileTime.from(Instant.now().minusSeconds(60)));
        }
        tools = Files.createDirectories(temp.resolve("tools"));
        for (String tool : TOOLS) { // all the script needs, and no Java
            String folder = Files.exists(Path.of("/bin/" + tool)) ? "/bin/" : "/usr/bin/";
            script(tools.resolve(tool), "exec " + folder + tool + " \"$@\"\n");
        }
        environment.put("PATH", tools.toString());
        environment.put("JAVA_HOME", java("jdk 17", "17.0.15+6").toString());
    }

    @Test
    void theFirstUseBuildsAndSaysSoInOneLineAndTheSecondStartsAtOnce() throws Exception {
        Outcome first = run("version");
        assertThat(first.code()).isZero();
        assertThat(first.err().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).contains("building on first use"),
                        line -> assertThat(line).contains("preparing quick starts with Java 17.0.15+6"));
        assertThat(builds()).containsExactly("-q -B -ntp -DskipTests -pl cli -am package");

        Outcome second = run("version");
        assertThat(second.err()).isEmpty();
        assertThat(second.out())
                .contains("-XX:SharedArchiveFile=", "classes-17.0.15+6.jsa")
                .contains("-jar", "cli/target/dist/mask2former/lib/mask2former-cli.jar", "version");
        assertThat(builds()).hasSize(1);
    }

    @Test
    void newerSourcesAreBuiltAgainOnce() throws Exception {
        run("version");
        Files.setLastModifiedTime(
                checkout.resolve("core/src/main/java/A.java"),
                FileTime.from(Instant.now().plusSeconds(2)));
        assertThat(run("version").err()).contains("the sources have changed", "preparing quick starts");
        Files.setLastModifiedTime(
                checkout.resolve("core/src/main/java/A.java"),
                FileTime.from(Instant.now().minusSeconds(60)));
        assertThat(run("version").err()).isEmpty();
        assertThat(builds()).hasSize(2);
    }

    @Test
    void argumentsArePassedOnUntouched() throws Exception {
        run("version");
        Outcome outcome = run("predict", "a b.jpg", "*", "", "\"q\"", "$HOME");
        assertThat(outcome.out().lines().toList()).endsWith("predict", "a b.jpg", "*", "", "\"q\"", "$HOME");
    }

    @Test
    void theScriptIsFoundThroughSymbolicLinksAndFromOtherFolders() throws Exception {
        Path bin = Files.createDirectories(temp.resolve("bin"));
        Files.createSymbolicLink(checkout.resolve("m2f"), Path.of("mask2former"));
        Files.createSymbolicLink(bin.resolve("m2f"), Path.of("../my checkout/m2f"));
        Outcome outcome = finish(start(bin, List.of("./m2f", "version")));
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("/my checkout/cli/target/dist/mask2former/lib/mask2former-cli.jar");

        environment.put("PATH", bin + ":" + tools);
        assertThat(finish(start(temp, List.of("m2f", "version"))).code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void twoFirstUsesAtOnceBuildOnce() throws Exception {
        List<Process> both = List.of(start("version"), start("version"));
        for (Process process : both) {
            Outcome outcome = finish(process);
            assertThat(outcome.code()).as(outcome.err()).isZero();
        }
        assertThat(builds()).hasSize(1);
        assertThat(checkout.resolve("cli/target/launcher.lock")).doesNotExist();
    }

    @Test
    void aLockWhoseOwnerWasKilledIsTakenOver() throws Exception {
        Process dead = new ProcessBuilder("sh", "-c", "exit 0").start();
        dead.waitFor();
        Path lock = Files.createDirectories(checkout.resolve("cli/target/launcher.lock"));
        Files.writeString(lock.resolve("pid"), Long.toString(dead.pid()));
        assertThat(run("version").code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void aFailedBuildNamesTheErrorAndTheLogAndIsTriedAgain() throws Exception {
        Files.writeString(checkout.resolve("broken"), "");
        Outcome failed = run("version");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("A.java does not compile", "the build failed", "cli/target/build.log");
        assertThat(failed.out()).isEmpty();
        assertThat(checkout.resolve("cli/target/launcher.lock")).doesNotExist();

        Files.delete(checkout.resolve("broken"));
        assertThat(run("version").code()).isZero();
    }

    @Test
    void withoutJavaOneLineSaysWhatIsNeeded() throws Exception {
        environment.remove("JAVA_HOME");
        Outcome outcome = run("version");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("Java 17 or newer is needed", "none was found");
    }

    @Test
    void aJavaThatIsTooOldIsNamedAndPassedOverForANewerOneInPath() throws Exception {
        environment.put("JAVA_HOME", java("jdk8", "1.8.0_402-b06").toString());
        assertThat(run("version").err()).hasLineCount(1).contains("Java 17 or newer is needed", "1.8.0_402", "jdk8");

        Files.createSymbolicLink(
                tools.resolve("java"), java("jdk21", "21.0.1+12").resolve("bin/java"));
        Outcome outcome = run("version");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("I am 21.0.1+12");
        assertThat(Files.readString(checkout.resolve("cli/target/build.log"))).contains("jdk21");
    }

    @Test
    void aJavaWithoutReleaseFileIsAskedForItsVersion() throws Exception {
        Path home = java("odd", "25-ea");
        Files.delete(home.resolve("release"));
        environment.put("JAVA_HOME", home.toString());
        assertThat(run("version").code()).isZero();
    }

    @Test
    void aJavaWithoutCompilerCannotBuildAndSaysSo() throws Exception {
        Path home = java("jre", "17.0.1");
        Files.delete(home.resolve("bin/javac"));
        environment.put("JAVA_HOME", home.toString());
        Outcome outcome = run("version");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).hasLineCount(1).contains("building needs a JDK");
    }

    @Test
    void theGpuBuildIsKeptBesideTheOther() throws Exception {
        run("version");
        environment.put("M2F_GPU", "1");
        assertThat(run("version").out()).contains("dist-gpu/mask2former/lib");
        assertThat(builds()).last().asString().contains("-Pgpu");
        environment.remove("M2F_GPU");
        assertThat(run("version").out()).contains("dist/mask2former/lib");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void anUnpackedDistributionStartsWithoutBuilding() throws Exception {
        Path unpacked = Files.createDirectories(temp.resolve("unpacked dist"));
        Files.copy(checkout.resolve("mask2former"), unpacked.resolve("mask2former"));
        makeExecutable(unpacked.resolve("mask2former"));
        assertThat(finish(start(unpacked, List.of("./mask2former", "version"))).err())
                .hasLineCount(1)
                .contains("mask2former-cli.jar is missing");

        Files.createDirectories(unpacked.resolve("lib"));
        Files.writeString(unpacked.resolve("lib/mask2former-cli.jar"), "jar");
        Outcome outcome = finish(start(unpacked, List.of("./mask2former", "version")));
        assertThat(outcome.code()).isZero();
        assertThat(outcome.err()).hasLineCount(1).contains("preparing quick starts");
        assertThat(finish(start(unpacked, List.of("./mask2former", "version"))).err())
                .isEmpty();
    }

    @Test
    void eachJavaHasItsOwnArchiveOfClasses() throws Exception {
        run("version");
        environment.put("JAVA_HOME", java("jdk 25", "25.0.3+9-LTS").toString());
        assertThat(run("version").err()).hasLineCount(1).contains("preparing quick starts with Java 25.0.3+9-LTS");
        assertThat(run("version").out()).contains("classes-25.0.3+9-LTS.jsa");
        assertThat(builds()).hasSize(1);
    }

    @Test
    void whereTheArchiveCannotBeMadeTheProgramStartsWithoutIt() throws Exception {
        Path home = java("odd", "17.0.1+1");
        Files.writeString(home.resolve("no-archive"), "");
        environment.put("JAVA_HOME", home.toString());
        assertThat(run("version").code()).isZero();
        Outcome second = run("version");
        assertThat(second.code()).isZero();
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).doesNotContain("SharedArchiveFile");
    }

    private Path java(String name, String version) throws IOException {
        Path home = Files.createDirectories(temp.resolve(name));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"T\"\nJAVA_RUNTIME_VERSION=\"" + version + "\"\nOS_NAME=\"L\"\n");
        script(home.resolve("bin/java"), """
                if [ "$1" = -version ]; then echo 'openjdk version "VERSION"' >&2; exit; fi
                for arg; do
                  case $arg in -XX:ArchiveClassesAtExit=*)
                    [ ! -f "${0%/*}/../no-archive" ] || exit 1
                    echo classes > "${arg#*=}" ;;
                  esac
                done
                echo 'I am VERSION'
                printf '%s\\n' "$@"
                """.replace("VERSION", version));
        script(home.resolve("bin/javac"), "exit 0\n");
        return home;
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(checkout.resolve("builds"));
    }

    private Outcome run(String... args) throws Exception {
        return finish(start(args));
    }

    private Process start(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(checkout.resolve("mask2former").toString()));
        command.addAll(List.of(args));
        return start(temp, command);
    }

    private Process start(Path folder, List<String> command) throws IOException {
        List<String> withShell = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\"", "sh"));
        withShell.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(withShell).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Outcome finish(Process process) throws Exception {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(
                process.exitValue(),
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    private static void script(Path path, String body) throws IOException {
        Files.writeString(path, "#!/bin/sh\n" + body);
        makeExecutable(path);
    }

    private static void makeExecutable(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Outcome(int code, String out, String err) {}
}
