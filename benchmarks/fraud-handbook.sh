#!/usr/bin/env bash
# Repeats the baseline of the Fraud Detection Handbook, chapter 3, over this project's features, trainer and models, and
# prints the published figures beside the measured ones. See docs/fraud-handbook.md.
#
#   benchmarks/fraud-handbook.sh [FILE]    the handbook's transactions as CSV, .gz or not; simulated unless given
#
# Takes some minutes. Needs a JDK 25 and Maven.
set -euo pipefail
file="${1:+$(realpath -m "$1")}"
cd "$(dirname "$0")/.."
if [ -n "$file" ] && [ ! -f "$file" ]; then
  echo "fraud-handbook: there is no file '$file'" >&2
  exit 2
fi
. ./jdk25.sh
JAVA_HOME="$(find_jdk)" || { echo "fraud-handbook: needs a JDK 25: install one or set JAVA_HOME" >&2; exit 1; }
export JAVA_HOME
mvn -B -q -ntp -pl benchmarks -am -DskipTests -Dspotless.check.skip=true package
exec "$JAVA_HOME/bin/java" -Xmx3g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' \
  io.freshet.benchmarks.fraud.FraudHandbook . ${file:+"$file"}
