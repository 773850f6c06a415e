# Finds a JDK 25: JAVA_HOME, the java on the PATH, the usual folders. To be sourced by scripts.

# A JDK tells its version in its release file; without javac it is no JDK.
is_jdk_25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25[."+]' "$1/release" 2>/dev/null
}

home_on_path() {
  local java
  java="$(command -v java || true)"
  [ -n "$java" ] || return 0
  "$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
}

find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "$(home_on_path)" /usr/lib/jvm/* /opt/* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$home" ] && is_jdk_25 "$home"; then
      echo "$home"
      return 0
    fi
  done
  return 1
}
