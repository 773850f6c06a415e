#!/usr/bin/env bash
# What feature-stream costs beside a topology that passes the same records on: throughput on one and on two cores,
# latency at 1,000 events a second, both with either guarantee; throughput of two partitions, and in the course of a run six
# times as long; state per key and time to restart with a million keys.
#
#   benchmarks/features.sh [EVENTS] [ROUNDS] [KEYS]    200000, 3 and 1000000 unless given; takes about 30 minutes
#
# The broker runs on the same machine: ratios are what to read, not rates.
set -euo pipefail
events="${1:-200000}"
rounds="${2:-3}"
keys="${3:-1000000}"
cd "$(dirname "$0")/.."

. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "features: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
mvn -B -q -ntp -pl benchmarks,quickstart -am package -DskipTests
log="$(mktemp)"
./freshet up --without-services >"$log" &
platform=$!
trap 'kill "$platform" 2>/dev/null; wait "$platform" 2>/dev/null; rm -f "$log"' EXIT
for _ in $(seq 240); do grep -q '^started' "$log" && break; sleep 0.5; done
servers="$(sed -n 's/^broker *//p' "$log")"
registry="$(sed -n 's/^registry *//p' "$log")"

measure() { # cores, arguments
  local pin=()
  command -v taskset >/dev/null && pin=(taskset -c "$1")
  "${pin[@]}" "$JAVA_HOME/bin/java" -Xmx2g -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' io.freshet.benchmarks.features.FeatureBenchmark \
    "$servers" "$registry" "${@:2}" 2>/dev/null
}

echo "throughput, one core for the topology"
measure 0 throughput "$events" "$rounds"
echo "throughput, two cores"
measure 0,1 throughput "$events" "$rounds"
echo "one partition and two, two cores"
measure 0,1 partitions "$events" "$rounds"
echo "a long run by its tenths, two cores"
measure 0,1 long "$((6 * events))"
echo "latency at 1,000 events a second, two cores"
measure 0,1 latency 20000
echo "state and restart"
measure 0,1 restart "$keys"
