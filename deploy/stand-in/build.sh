#!/usr/bin/env bash
# Builds the stand-in images freshet-stand-in/{jre,kafka,registry,prometheus} for a machine that can pull none. Takes what
# the Maven build and the machine have: the JDK, Kafka's and the registry's jars, Debian's packages. Needs root, Debian's
# debootstrap and prometheus, and a Docker engine. What is there already is kept.
#   deploy/stand-in/build.sh [FOLDER]     FOLDER: for what is put together on the way; deploy/target unless given
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
work="${1:-$root/deploy/target}"
modules="java.se,jdk.unsupported,jdk.crypto.ec,jdk.management,jdk.management.agent,jdk.net,jdk.zipfs,jdk.localedata"
modules="$modules,jdk.httpserver,jdk.naming.dns,jdk.security.auth,jdk.charsets,jdk.jfr"
export DOCKER_BUILDKIT=0

fail() {
  echo "stand-in: $1" >&2
  exit 1
}

absent() {
  ! docker image inspect "freshet-stand-in/$1" >/dev/null 2>&1
}

# A context of hard links where the file system has them, so that nothing is copied twice.
link() {
  rm -rf "$2" && mkdir -p "$(dirname "$2")" && { cp -al "$1" "$2" 2>/dev/null || cp -a "$1" "$2"; }
}

build() {
  docker build -q -t "freshet-stand-in/$1" -f "$here/$1.Dockerfile" "$work/$1" >"$work/$1.log" 2>&1 ||
    fail "the image $1 cannot be built: see $work/$1.log"
}

[ -f "$root/quickstart/target/quickstart.jar" ] && [ -d "$root/quickstart/target/registry" ] ||
  fail "nothing is built yet: run mvn package first"
java_home="${JAVA_HOME:-}"
[ -x "$java_home/bin/jlink" ] && "$java_home/bin/jlink" --version | grep -q '^25' ||
  fail "JAVA_HOME has to name a JDK 25"
mkdir -p "$work"

if absent debian; then
  command -v debootstrap >/dev/null || fail "install debootstrap"
  rm -rf "$work/debian"
  debootstrap --variant=minbase --include=libgomp1,libstdc++6,ca-certificates bookworm "$work/debian" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
    >"$work/debootstrap.log" 2>&1 || fail "debootstrap failed: see $work/debootstrap.log"
  tar -C "$work/debian" -c . | docker import - freshet-stand-in/debian >/dev/null
  rm -rf "$work/debian"
fi

if absent jre; then
  rm -rf "$work/jre" && mkdir -p "$work/jre"
  "$java_home/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages \
    --output "$work/jre/jre" >"$work/jlink.log" 2>&1 || fail "jlink failed: see $work/jlink.log"
  build jre
  rm -rf "$work/jre"
fi

if absent kafka; then
  link "$root/quickstart/target/lib" "$work/kafka/libs"
  # What is Kafka's stays, with the logging that the quickstart brings.
  rm -f "$work"/kafka/libs/{nd4j,openblas,javacpp,xgboost,deeplearning4j,rocksdbjni,netty,micronaut,guava,jackson}-1.0.0*.jar \
    "$work"/kafka/libs/{nd4j,openblas,javacpp,xgboost4j,deeplearning4j,rocksdbjni,netty,micronaut,confluent-client}*.jar \
    "$work"/kafka/libs/*-0.1.0-SNAPSHOT.jar
  cp "$here/kafka-run" "$here/kafka-logback.xml" "$work/kafka/"
  build kafka
  rm -rf "$work/kafka"
fi

if absent registry; then
  link "$root/quickstart/target/registry" "$work/registry/registry"
  build registry
  rm -rf "$work/registry"
fi

if absent prometheus; then
  command -v prometheus >/dev/null || fail "install Debian's package prometheus"
  mkdir -p "$work/prometheus"
  cp "$(command -v prometheus)" "$(command -v promtool)" "$work/prometheus/"
  build prometheus
  rm -rf "$work/prometheus"
fi
