#!/usr/bin/env bash
# Runs docker-compose.yml for real and has flights stream through it: starts the stack, replays January's flights with
# `freshet demo` from the host, kills one service's process and restarts another meanwhile, counts on the topics that every
# accepted event has exactly one prediction, asks Prometheus everything the dashboard asks, takes the whole stack down and
# up again, and sends to it once more. Exits 0 only if all of that held. Leaves nothing behind but the stand-in images.
#
#   deploy/prove-compose.sh            with stand-ins for the public images (deploy/stand-in), without Grafana
#   deploy/prove-compose.sh --real     with the images that docker-compose.yml names, Grafana among them
#
# Needs Maven, a JDK 25, curl, docker-compose or docker with its compose plugin, and an engine: the one that answers, or
# else, for root, a dockerd that this script starts and stops. Takes about 10 minutes on 2 cores.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
work="${FRESHET_PROOF_DIR:-$root/deploy/target}"
real=false
case "${1:-}" in
  '') ;;
  --real) real=true ;;
  *) echo "usage: $0 [--real]" >&2; exit 2 ;;
esac
engine_pid=''
began=$SECONDS
export COMPOSE_PROJECT_NAME=freshet-proof FRESHET_IMAGES=freshet-proof GRAFANA_PASSWORD="proof-$RANDOM$RANDOM"

say() { printf '%4d s  %s\n' "$((SECONDS - began))" "$1"; }
fail() { say "FAILED: $1" >&2; exit 1; }

# Waits until a command succeeds: await SECONDS WHAT COMMAND...
await() {
  local until=$((SECONDS + $1)) what="$2"
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "$what"
    sleep 1
  done
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

clean_up() {
  local status=$?
  trap - EXIT
  [ -z "${demo_pid:-}" ] || kill "$demo_pid" 2>/dev/null || true
  if [ -n "${compose:-}" ]; then
    [ "$status" -eq 0 ] || $compose logs --no-color >"$work/containers.log" 2>&1 || true
    $compose down -v --remove-orphans >>"$work/compose.log" 2>&1 || true
    docker image ls -q 'freshet-proof/*' | sort -u | xargs -r docker image rm -f >/dev/null 2>&1 || true
  fi
  if [ -n "$engine_pid" ]; then
    kill "$engine_pid" && wait "$engine_pid" 2>/dev/null || true
  fi
  [ "$status" -eq 0 ] || echo "what happened is in $work" >&2
  exit "$status"
}

mkdir -p "$work"
trap clean_up EXIT
trap 'say "FAILED in line $LINENO" >&2' ERR

for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*; do
  [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25[."+]' "$home/release" 2>/dev/null && break
  home=''
done
[ -n "$home" ] || fail "needs a JDK 25: set JAVA_HOME"
export JAVA_HOME="$home"

mvn -B -q -DskipTests package >"$work/build.log" 2>&1 || fail "the build failed: see $work/build.log"
touch quickstart/target/launcher.built
say "built"

if ! docker info >/dev/null 2>&1; then
  command -v dockerd >/dev/null && [ "$(id -u)" = 0 ] || fail "no Docker engine answers, and none can be started"
  mkdir -p "$work/engine"
  export DOCKER_HOST="unix://$work/engine/docker.sock"
  dockerd --data-root "$work/engine/data" --exec-root "$work/engine/exec" --pidfile "$work/engine/pid" \
    -H "$DOCKER_HOST" >"$work/engine.log" 2>&1 &
  engine_pid=$!
  await 30 "dockerd does not come up" docker info >/dev/null 2>&1
  say "a Docker engine of its own is up"
fi
if docker compose version >/dev/null 2>&1; then
  compose="docker compose"
else
  command -v docker-compose >/dev/null || fail "needs docker compose, or docker-compose"
  compose="docker-compose"
  export COMPOSE_DOCKER_CLI_BUILD=0 DOCKER_BUILDKIT=0
fi

services=(kafka registry ingest-service feature-stream scoring-service drift-service trainer-service prometheus)
if $real; then
  services+=(grafana)
else
  deploy/stand-in/build.sh "$work"
  export KAFKA_IMAGE=freshet-stand-in/kafka REGISTRY_IMAGE=freshet-stand-in/registry
  export PROMETHEUS_IMAGE=freshet-stand-in/prometheus JRE_IMAGE=freshet-stand-in/jre
  say "the stand-in images are there"
fi

KAFKA_PORT=$(free_port) REGISTRY_PORT=$(free_port) INGEST_PORT=$(free_port)
PROMETHEUS_PORT=$(free_port) GRAFANA_PORT=$(free_port)
export KAFKA_PORT REGISTRY_PORT INGEST_PORT PROMETHEUS_PORT GRAFANA_PORT
registry="http://localhost:$REGISTRY_PORT/apis/ccompat/v7"
ingest="http://localhost:$INGEST_PORT"
prometheus="http://localhost:$PROMETHEUS_PORT"

container() { $compose ps -q "$1"; }
health() { docker inspect -f '{{.State.Health.Status}}' "$(container "$1")" 2>/dev/null || true; }
healthy() {
  local service
  for service in "${services[@]}"; do
    [ "$(health "$service")" = healthy ] || return 1
  done
}
# The number that a query gives; empty when it gives none.
metric() {
  curl -sf --get --data-urlencode "query=$1" "$prometheus/api/v1/query" | sed -n 's/.*"value":\[[^,]*,"\([^"]*\)".*/\1/p'
}
at_least() {
  local value
  value="$(metric "$1")"
  [ -n "$value" ] && [ "${value%.*}" -ge "$2" ]
}

say "building the services' images"
$compose build "${services[@]:2:5}" >"$work/compose.log" 2>&1 || fail "the images cannot be built: see $work/compose.log"
say "starting the stack"
$compose up -d "${services[@]}" >>"$work/compose.log" 2>&1 || fail "the stack does not start: see $work/compose.log"
await 240 "not every container is healthy: $(docker ps -a --format '{{.Names}} {{.Status}}' | tr '\n' ';')" healthy
say "all ${#services[@]} containers are healthy"

for service in "${services[@]:2:5}"; do
  docker exec "$(container "$service")" bash -c '[ "$UID" -ne 0 ] && touch /var/lib/freshet/writable' ||
    fail "$service runs as root, or cannot write its state"
done

# From the host: an outside client through the second listener.
./freshet demo --once --until 2001-01-26T00:00:00Z --speed 43200 --report "$work/report.json" \
  --bootstrap-servers "localhost:$KAFKA_PORT" --registry "$registry" --ingest "$ingest" >"$work/demo.log" 2>&1 &
demo_pid=$!
say "replaying flights, half a day a second"
await 120 "no predictions arrive" at_least 'sum(freshet_predictions_total)' 2000
say "predictions are on the topic"

killed="$(container scoring-service)"
# The shell dies with its container: what it returns says nothing.
docker exec "$killed" bash -c 'for p in /proc/[0-9]*; do [ "$(<"$p/comm")" = java ] && kill -9 "${p#/proc/}"; done' || true
restarted() { [ "$(docker inspect -f '{{.RestartCount}}' "$killed")" -ge 1 ] && [ "$(health scoring-service)" = healthy ]; }
await 120 "scoring-service does not come back" restarted
say "scoring-service was killed (SIGKILL) and is back, restarted by its policy"
$compose restart -t 60 feature-stream >>"$work/compose.log" 2>&1
await 120 "feature-stream does not come back" healthy
say "feature-stream was restarted and is back"

wait "$demo_pid" || true
demo_pid=''
[ -s "$work/report.json" ] || fail "the replay did not end: see $work/demo.log"
report() { sed -n "s/^  \"$1\" : \([0-9]*\).*/\1/p" "$work/report.json"; }
[ "$(report lost)" = 0 ] && [ "$(report doubled)" = 0 ] ||
  fail "lost $(report lost), doubled $(report doubled): see $work/report.json"
grep -q '^yes every event sent is accounted for' "$work/demo.log" || fail "events are unaccounted for: see $work/demo.log"
say "$(sed -n 's/^yes every event sent is accounted for: //p' "$work/demo.log"); lost 0, doubled 0"
await 60 "no model was trained" at_least 'max(freshet_champion_version)' 1
say "a model trained in trainer-service's container serves"

"$JAVA_HOME/bin/java" -cp "quickstart/target/lib/*" deploy/DashboardQueries.java \
  deploy/grafana/dashboards/freshet.json "$prometheus" 120 >"$work/queries.log" 2>&1 || {
  cat "$work/queries.log" >&2
  fail "a query of the dashboard has no data"
}
say "$(cat "$work/queries.log")"
! curl -sf "$prometheus/api/v1/rules" | grep -q '"health":"err"' || fail "an alerting rule cannot be evaluated"
say "alerting now: $(curl -sf "$prometheus/api/v1/alerts" | grep -o '"alertname":"[^"]*"' | sort -u | tr '\n' ' ')"
if $real; then
  curl -sf -u "admin:$GRAFANA_PASSWORD" "http://localhost:$GRAFANA_PORT/api/dashboards/uid/freshet" >/dev/null ||
    fail "Grafana does not have the dashboard"
  say "Grafana has the dashboard"
fi

subjects="$(curl -sf "$registry/subjects")"
$compose down -t 60 >>"$work/compose.log" 2>&1
$compose up -d "${services[@]}" >>"$work/compose.log" 2>&1
await 240 "the stack does not come up again" healthy
[ "$(curl -sf "$registry/subjects")" = "$subjects" ] || fail "the registry has lost schemas"
await 60 "the model is gone" at_least 'max(freshet_champion_version)' 1
say "down and up again: schemas and model are still there"

./freshet apply pipelines/flight-delays/pipeline.yaml --bootstrap-servers "localhost:$KAFKA_PORT" --registry "$registry" \
  >"$work/apply.log" || fail "freshet apply: see $work/apply.log"
printf '%s\n' flightId,departure,origin,destination,distance \
  proof-1,2001-01-26T00:00:00Z,JFK,LAX,2475 proof-2,2001-01-26T00:01:00Z,LAX,JFK,2475 >"$work/flights.csv"
./freshet send flight-delays "$work/flights.csv" --ingest "$ingest" >"$work/send.log" 2>&1 ||
  fail "freshet send: see $work/send.log"
await 60 "the flights sent last have no prediction" at_least 'sum(freshet_predictions_total{degraded="false"})' 2
say "freshet apply: $(tail -1 "$work/apply.log"); freshet send: $(head -1 "$work/send.log"); both predicted by the model"
say "PASSED"
