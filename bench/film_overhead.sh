#!/bin/sh
# How much longer a film takes than the network alone: bench/film_overhead.sh MODEL FILM [FRAMES] [ROUNDS]
# Needs a built program (any ./mask2former command builds it) and a JDK. Runs the JVM as ./mask2former does.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-2000}"
exec java -XX:+UseSerialGC -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 ${M2F_JAVA_OPTS-} \
  -cp "$here/cli/target/dist/mask2former/lib/*" "$here/bench/FilmOverhead.java" "$@"
