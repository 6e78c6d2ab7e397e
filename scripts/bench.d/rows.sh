# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: the file systems that are measured, how they are started and stopped.
# Each is served by one process, whose ID is in $work/pid/ROW; the file is ROOT/data.bin, the tree ROOT/tree.

READY_SECONDS=60
END_SECONDS=60

# choose_rows ROW...: sets "active" to those that can run here.
choose_rows() {
  local row
  active=()
  for row in "$@"; do
    if can_run "$row"; then active+=("$row"); fi
  done
  [ ${#active[@]} -gt 0 ] || die 'there is nothing to measure'
}

can_run() {
  case $1 in
    kernel) [ "$transport" != libfuse ] ;;
    libfuse) [ "$transport" != kernel ] ;;
    passthrough)
      [ "$transport" != libfuse ] || return 1
      if ! is_root; then
        note 'no row passthrough: only root has it'
        return 1
      fi
      if ! has_passthrough; then
        note 'no row passthrough: unicache mount has no --passthrough'
        return 1
      fi
      ;;
    c-loop)
      if ! is_root; then
        note 'no row c-loop: it mounts as root only'
        return 1
      fi
      ;;
  esac
}

has_passthrough() { "$scripts/unicache" mount --help | grep -q -e '--passthrough'; }

is_active() { case " ${active[*]} " in *" $1 "*) true ;; *) false ;; esac; }

is_unicache() { case $1 in kernel | passthrough | libfuse) true ;; *) false ;; esac; }

# Whether it runs on a JVM, and so has to be warmed for longer.
is_java() { is_unicache "$1" || [ "$1" = jnr-fuse ]; }

# The directory in which a row's files are.
root_of() { if [ "$1" = native ]; then echo "$work/native"; else echo "$work/mnt/$1"; fi; }

file_of() { echo "$(root_of "$1")/data.bin"; }

has_tree() { [ "$files" -gt 0 ] && [ "$1" != c-loop ]; }

pid_of() { cat "$work/pid/$1" 2>/dev/null; }

# The files on the disk that a row's bytes come from.
backing_of() {
  case $1 in
    squashfuse) echo "$work/image" ;;
    passthrough) find "$work/store-passthrough/packs" -name '*.pack' ;;
    kernel | libfuse) find "$work/store/packs" -name '*.pack' ;;
    *) echo "$work/native/data.bin" ;;
  esac
}

# start_row ROW: mounts, and returns when it serves.
start_row() {
  local row=$1 native=$work/native point=$work/mnt/$1
  [ "$row" != native ] || return 0
  mkdir -p "$point"
  case $row in
    # It asks for allow_other unless told not to, which is root's (or the administrator's) to give.
    bindfs) serve "$row" bindfs -f -r --no-allow-other "$native" "$point" ;;
    squashfuse) serve "$row" squashfuse -f "$work/image" "$point" ;;
    jnr-fuse) serve "$row" "$jdk/bin/java" $(jnr_options) -cp "$root/mount-cli/target/lib/*:$work/bin" \
      io.unicache.bench.PassThrough "$native" "$point" ;;
    libfuse) start_unicache "$row" "$work/store-$row" --read-only --transport=libfuse ;;
    kernel)
      if has_passthrough; then
        start_unicache "$row" "$work/store-$row" --read-only --transport=kernel --passthrough=off
      else
        start_unicache "$row" "$work/store-$row" --read-only --transport=kernel
      fi
      ;;
    passthrough)
      start_unicache "$row" "$work/store-$row" --read-only --transport=kernel --passthrough=auto
      ;;
    c-loop) serve "$row" "$work/bin/fuse_loop" "$native/data.bin" "$point" 4 ;;
  esac
}

# The JVM's options of the daemon, as far as they concern jnr-fuse.
jnr_options() {
  echo --enable-native-access=ALL-UNNAMED -XX:+UseG1GC -Xmx1g
  [ "$(jdk_major "$jdk")" -lt 24 ] || echo --sun-misc-unsafe-memory-access=allow
}

# start_unicache ROW STORE [OPTION...]: as its users start it, but in the foreground.
start_unicache() {
  local row=$1 store=$2
  shift 2
  serve "$row" "$scripts/unicache" mount -f --store "$store" "$@" "$work/mnt/$row"
}

# serve ROW COMMAND...: starts it and waits for the mount.
serve() {
  local row=$1 point=$work/mnt/$1 i pid
  shift
  "$@" >"$work/log/$row" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$work/pid/$row"
  for ((i = 0; i < READY_SECONDS * 20; i++)); do
    if grep -qF " $point " /proc/self/mountinfo && [ -d "$point" ]; then return 0; fi
    [ -d "/proc/$pid" ] || break
    sleep 0.05
  done
  die "$row did not start"
}

# stop_row ROW: unmounts and waits for the end of its process.
stop_row() {
  local row=$1 point=$work/mnt/$1 pid i
  pid=$(pid_of "$row") || return 0
  if grep -qF " $point " /proc/self/mountinfo; then
    unmount "$point" || unmount "$point" lazily || true
  fi
  for ((i = 0; i < END_SECONDS * 20; i++)); do
    [ -d "/proc/$pid" ] || break
    # One that never came to mount has nothing that would end it.
    grep -qF " $point " /proc/self/mountinfo || [ "$i" -lt 200 ] || kill "$pid" 2>/dev/null || true
    sleep 0.05
  done
  if [ -d "/proc/$pid" ]; then kill -9 "$pid" 2>/dev/null || true; fi
  wait "$pid" 2>/dev/null || true
  rm -f "$work/pid/$row"
}

stop_all() {
  local file
  for file in "$work"/pid/*; do
    [ ! -e "$file" ] || stop_row "$(basename "$file")"
  done
}

# unmount POINT [lazily]
unmount() {
  local i
  if [ "${2:-}" = lazily ]; then
    fusermount -uz "$1" 2>/dev/null || umount -l "$1"
    return
  fi
  # Something may look at a new mount for a moment (an indexer, say).
  for ((i = 0; i < 20; i++)); do
    if is_root; then
      umount "$1" 2>/dev/null && return 0
    else
      fusermount -u "$1" 2>/dev/null && return 0
    fi
    sleep 0.1
  done
  return 1
}
