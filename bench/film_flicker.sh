#!/bin/sh
# How much --smooth lessens the flicker of stuff, and what it costs: bench/film_flicker.sh MODEL FILM [SECONDS] [SHARES]
# SHARES are those of the past, such as 0.5,0.8. Needs a built program (any ./mask2former command builds it) and a JDK.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-2000}"
exec java -XX:+UseSerialGC -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 ${M2F_JAVA_OPTS-} \
  -cp "$here/cli/target/dist/mask2former/lib/*" "$here/bench/FilmFlicker.java" "$@"
