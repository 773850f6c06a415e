#!/usr/bin/env bash
# Time and garbage of scoring one row, and 256 at a time: model-runtime beside XGBoost4J, Deeplearning4j and ONNX Runtime, the
# same models, checked to agree. Each on one thread in a process of its own. Prints a table; about five minutes.
#
#   benchmarks/scoring.sh [FAMILY...]     all families unless told
set -euo pipefail
cd "$(dirname "$0")/.."

. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "scoring: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
# For its telemetry ONNX Runtime 1.29 inspects the command line by a recursion that a class path as long as that of JMH's
# processes makes overflow the stack: exit code 139, without a report of the JVM (github.com/vespa-engine/vespa/pull/37786).
export ORT_DISABLE_TELEMETRY=1
mvn -B -q -ntp -pl benchmarks -am package -DskipTests
"$JAVA_HOME/bin/java" -Xmx2g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' io.freshet.benchmarks.models.ScoringBenchmark "$@" 2>/dev/null
