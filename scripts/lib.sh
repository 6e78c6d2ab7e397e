# Shared by the scripts beside this file: finds a JDK, installs what is missing.
# Source it with bash. Bash 3.2 (macOS) has to read it.

say() { printf 'unicache: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# Prints the feature version (17, 25) of the JDK in directory $1; fails if it has no usable java.
# Reads the file "release" where there is one: starting a JVM to ask would cost more than that.
jdk_major() {
  [ -x "$1/bin/java" ] || return 1
  local line version=''
  if [ -r "$1/release" ]; then
    while IFS= read -r line; do
      case $line in JAVA_VERSION=*) version=${line#JAVA_VERSION=} ;; esac
    done <"$1/release"
    version=${version//\"/}
  fi
  if [ -z "$version" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1)
  fi
  version=${version%%[!0-9]*}
  [ -n "$version" ] && printf '%s\n' "$version"
}

# Whether directory $1 is a Java from 17 up; with $2 = javac, one that can compile as well.
jdk_fits() {
  local major
  major=$(jdk_major "$1") || return 1
  [ "$major" -ge 17 ] || return 1
  [ "${2:-}" != javac ] || [ -x "$1/bin/javac" ]
}

# Prints the directory of the Java to use; $1 = javac asks for one that can compile. What the user
# set wins (UNICACHE_JAVA_HOME, then JAVA_HOME), then the newest that is installed.
find_jdk() {
  local dir major best='' best_major=0 on_path
  for dir in "${UNICACHE_JAVA_HOME:-}" "${JAVA_HOME:-}"; do
    if [ -n "$dir" ] && jdk_fits "$dir" "${1:-}"; then
      printf '%s\n' "$dir"
      return 0
    fi
  done
  on_path=$(command -v java 2>/dev/null) || on_path=''
  if [ -n "$on_path" ]; then
    on_path=$(readlink -f "$on_path" 2>/dev/null) || on_path=''
    on_path=${on_path%/bin/java}
  fi
  for dir in "$on_path" /usr/lib/jvm/*/ /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    dir=${dir%/}
    if [ -n "$dir" ] && jdk_fits "$dir" "${1:-}"; then
      major=$(jdk_major "$dir")
      if [ "$major" -gt "$best_major" ]; then
        best=$dir
        best_major=$major
      fi
    fi
  done
  if [ -z "$best" ] && [ -x /usr/libexec/java_home ]; then
    best=$(/usr/libexec/java_home -v 17+ 2>/dev/null) || best=''
  fi
  [ -n "$best" ] && printf '%s\n' "$best"
}

# mvn_on JDK ARGUMENT...: runs Maven on that JDK.
mvn_on() {
  local jdk=$1 options=${MAVEN_OPTS:-}
  shift
  # The libraries of Maven 3.8 make JDK 24 and up warn otherwise.
  [ "$(jdk_major "$jdk")" -lt 24 ] || options="$options --sun-misc-unsafe-memory-access=allow"
  JAVA_HOME=$jdk MAVEN_OPTS=$options mvn -B "$@" </dev/null
}

# Whether there is the program that mounts for a plain user; only Linux has it.
has_fusermount() {
  [ "$(uname -s)" = Darwin ] || command -v fusermount >/dev/null 2>&1
}

# Whether the library of FUSE 2 is here.
has_libfuse() {
  local file
  for file in /lib/*/libfuse.so.2 /usr/lib/*/libfuse.so.2 /lib/libfuse.so.2 /usr/lib/libfuse.so.2 \
    /lib64/libfuse.so.2 /usr/lib64/libfuse.so.2 /usr/local/lib/libfuse.so.2 \
    /usr/local/lib/libfuse.2.dylib /usr/local/lib/libfuse-t.dylib; do
    [ -e "$file" ] && return 0
  done
  return 1
}

is_debian() {
  [ -r /etc/os-release ] && command -v apt-get >/dev/null 2>&1 &&
    grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

# apt_has PACKAGE: whether apt-get could install it.
apt_has() {
  [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

# Installs Debian packages. Each argument is a package, or several joined by "|" of which the first
# that there is gets taken. Says so in one line; fails with apt-get's own words.
apt_install() {
  local as_root='' log want name packages=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "needs root to install: $*"
    as_root='sudo'
  fi
  log=$(mktemp "${TMPDIR:-/tmp}/unicache-apt.XXXXXX")
  # Fresh lists first: an old list names files that are gone.
  $as_root apt-get update >"$log" 2>&1 </dev/null || say 'apt-get update failed; trying with the lists there are'
  for want in "$@"; do
    for name in ${want//|/ }; do
      if apt_has "$name"; then
        packages+=("$name")
        break
      fi
    done
    if ! apt_has "$name"; then
      rm -f "$log"
      die "no package to install: ${want//|/ or }"
    fi
  done
  say "installing ${packages[*]} (apt-get)"
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    "${packages[@]}" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install ${packages[*]}"
  fi
  rm -f "$log"
}

# install_for PURPOSE PACKAGE...: installs on Debian and Ubuntu, elsewhere says what to install.
install_for() {
  local purpose=$1
  shift
  [ $# -gt 0 ] || return 0
  if is_debian; then
    apt_install "$@"
  elif [ "$(uname -s)" = Darwin ]; then
    die "install what $purpose needs, and try again: a JDK from 17 up, macFUSE, Maven"
  else
    die "install what $purpose needs, and try again (Debian's names): ${*//|/ or }"
  fi
}

# Debian's names of what there may be to install.
# shellcheck disable=SC2034 # The scripts that source this use them.
{
  FUSERMOUNT_PACKAGE='fuse'
  LIBFUSE_PACKAGE='libfuse2t64|libfuse2'
  JDK_PACKAGE='openjdk-21-jdk-headless|openjdk-17-jdk-headless|openjdk-25-jdk-headless'
}
