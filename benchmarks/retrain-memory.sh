#!/usr/bin/env bash
# How large a process becomes that fits every family again and again: resident memory after each round, and its slope.
#
#   benchmarks/retrain-memory.sh [ROUNDS [ROWS]]     200 rounds on 5,000 rows unless told; minutes; needs Linux
set -euo pipefail
rounds="${1:-200}" rows="${2:-5000}"
cd "$(dirname "$0")/.."

. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "retrain-memory: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
mvn -B -q -ntp -pl benchmarks -am package -DskipTests
"$JAVA_HOME/bin/java" -Xms512m -Xmx512m -XX:+AlwaysPreTouch --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' \
  io.freshet.benchmarks.models.RetrainMemory "$rounds" "$rows" 2>/dev/null
