#!/usr/bin/env bash
# Every model family beside the same learner of scikit-learn or XGBoost's Python package, fitted on the same rows and judged
# on the same newest fifth: ROC AUC (of several classes on average), or R² of numbers; networks from seven seeds each, of which
# the median is told. Prints a table.
#
#   benchmarks/peers.sh DATA     the directory with elec2, insects, bikes and air quality as gzipped CSV; some 15 minutes
#
# Needs Python 3 with venv and a package index.
set -euo pipefail
data="$(cd "${1:?the directory of the data sets}" && pwd)"
cd "$(dirname "$0")/.."

. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "peers: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
mvn -B -q -ntp -pl benchmarks -am package -DskipTests
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
"$JAVA_HOME/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' io.freshet.benchmarks.peers.PeerFamilies \
  "$data" "$out" >&2
python3 -m venv "$out/venv"
"$out/venv/bin/pip" -q install numpy scikit-learn xgboost >&2
"$out/venv/bin/python" benchmarks/peers/families.py "$out"
