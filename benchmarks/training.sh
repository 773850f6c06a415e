#!/usr/bin/env bash
# What a training costs beyond its fits, per family: rows a second through the trainer (records hashed and decoded,
# preparation, evaluation, calibration, gate, baseline) and through the learner alone, side by side; calibration's second fit,
# which is training as well, is timed apart. Prints a table.
#
#   benchmarks/training.sh [ROWS [ROUNDS [FAMILY...]]]     50,000 rows, medians of 5 rounds, every family; minutes
set -euo pipefail
rows="${1:-50000}" rounds="${2:-5}" families=("${@:3}")
cd "$(dirname "$0")/.."

. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "training: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
mvn -B -q -ntp -pl benchmarks -am package -DskipTests
"$JAVA_HOME/bin/java" -Xmx2g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' io.freshet.benchmarks.models.TrainingOverhead \
  "$rows" "$rounds" "${families[@]}" 2>/dev/null
