#!/usr/bin/env bash
# Replays all flights at a day a second through the five services as separate processes, kills one after the other with
# SIGKILL in the middle of its work, every DAYS days of flights answered, and the trainer in each of its trainings; starts each
# again and counts at the end what stands on the topics. Fails when anything was lost or doubled, or the loop did not close.
#
#   benchmarks/kill-services.sh [DAYS] [REPORT]    8 and kill-services.json unless given; takes 5 to 10 minutes
#
# The report is that of `freshet demo`, with each kill and the seconds until the service was ready and working again.
set -euo pipefail
days="${1:-8}"
report="$(realpath -m "${2:-kill-services.json}")"
cd "$(dirname "$0")/.."
case "$days" in '' | *[!0-9]* | 0) echo "DAYS: '$days' must be a whole number above 0" >&2; exit 2 ;; esac

# The same test as in mvn verify, over the whole replay; -Dtest without a match runs no unit tests.
mvn -B -q -ntp -pl quickstart -am verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false \
  -Dit.test=KilledServicesIT -Dfreshet.kills.days="$days" -Dfreshet.kills.report="$report"
echo "report    $report"
