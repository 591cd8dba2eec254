#!/bin/sh
# A thousand hostile bodies and a hundred spoilt films against a server in the test's own process, from a seed that is printed where one fails:
# bench/hostile.sh [COUNT] [SEED]
set -eu
cd "$(dirname "$0")/.."
exec ./mvnw -q -B -ntp -pl serve -am test -Dtest=HostileTests,FilmTests -Dsurefire.failIfNoSpecifiedTests=false \
  -Dsurefire.args="--enable-native-access=ALL-UNNAMED -Dmask2former.hostile=${1:-1000} -Dmask2former.seed=${2:-1}"
