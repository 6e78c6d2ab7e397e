# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: what is needed, made, and cleaned up.

notes=()

note() { notes+=("$*"); }

is_root() { [ "$(id -u)" -eq 0 ]; }

progress() { say "bench: $*"; }

# prepare ROW...: everything up to the first measurement. Sets the array "active" to the rows there are.
prepare() {
  [ "$(uname -s)" = Linux ] || die 'the benchmark is for Linux'
  # shellcheck disable=SC2048,SC2086 # A list of words.
  install_tools $*
  make_work
  compile
  # shellcheck disable=SC2048,SC2086
  choose_rows $*
  make_data
}

# Makes the directory that everything is in, and has it go at the end.
make_work() {
  work=$(mktemp -d "$dir/unicache-bench.XXXXXX")
  work=$(cd "$work" && pwd -P)
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  mkdir "$work/bin" "$work/pid" "$work/mnt" "$work/log" "$work/native"
  : >"$work/results"
}

# install_tools ROW...
install_tools() {
  local missing=() row
  command -v cc >/dev/null 2>&1 || missing+=(gcc)
  [ -e /usr/include/linux/fuse.h ] || missing+=(linux-libc-dev)
  [ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
  command -v fio >/dev/null 2>&1 || missing+=(fio)
  has_fusermount || missing+=("$FUSERMOUNT_PACKAGE")
  for row in "$@"; do
    case $row in
      bindfs) command -v bindfs >/dev/null 2>&1 || missing+=(bindfs) ;;
      squashfuse)
        command -v squashfuse >/dev/null 2>&1 || missing+=(squashfuse)
        command -v mksquashfs >/dev/null 2>&1 || missing+=(squashfs-tools)
        ;;
      libfuse | jnr-fuse) has_libfuse || missing+=("$LIBFUSE_PACKAGE") ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] || install_for 'the benchmark' "${missing[@]}"
}

# Compiles UniCache (the launcher does that), the helpers in C and the pass-through on jnr-fuse.
compile() {
  local here=$scripts/bench.d
  "$scripts/unicache" version >/dev/null
  # What runs from here on is what was built just now.
  export UNICACHE_BUILD=never
  jdk=$(find_jdk javac) || die 'found no JDK from 17 up'
  cc -O2 -o "$work/bin/probe" "$here/probe.c"
  cc -O2 -pthread -o "$work/bin/fuse_loop" "$here/fuse_loop.c"
  "$jdk/bin/javac" -nowarn -d "$work/bin" -cp "$root/mount-cli/target/lib/*" \
    "$root/integration-tests/src/test/java/io/unicache/bench/PassThrough.java"
}

# The file and the tree, on the disk, in an image for squashfuse, and in a store for each of
# UniCache's rows. The stores' packs are one and the same (hard links): one copy in the page cache. Not
# so for passthrough: a pack that another process has open is not handed to the kernel.
make_data() {
  local row
  progress "making a file of $((size >> 20)) MiB and $files files"
  head -c "$size" /dev/urandom >"$work/native/data.bin"
  make_tree "$work/native/tree"
  (cd "$work/native/tree" && find . -type f) >"$work/list"
  if is_active squashfuse; then
    mksquashfs "$work/native" "$work/image" -noI -noD -noF -noX -no-progress >"$work/log/mksquashfs" 2>&1
  fi
  for row in "${active[@]}"; do
    is_unicache "$row" || continue
    [ -d "$work/store" ] || fill_store
    mkdir "$work/store-$row"
    (cd "$work/store" && find . -mindepth 1 -maxdepth 1 ! -name packs -exec cp -a {} "$work/store-$row/" \;)
    if [ "$row" = passthrough ]; then
      cp -a "$work/store/packs" "$work/store-$row/packs"
    else
      cp -al "$work/store/packs" "$work/store-$row/packs"
    fi
  done
  sync -f "$work"
}

make_tree() {
  local i=0 directory=''
  mkdir "$1"
  while [ "$i" -lt "$files" ]; do
    if [ $((i % 1000)) -eq 0 ]; then
      directory=$1/directory-$((i / 1000))
      mkdir "$directory"
    fi
    echo "this is file $i of the benchmark" >"$directory/file-$i.txt"
    i=$((i + 1))
  done
}

fill_store() {
  local point=$work/mnt/fill
  mkdir "$point"
  progress 'filling a store'
  start_unicache fill "$work/store"
  cp "$work/native/data.bin" "$point/"
  cp -r "$work/native/tree" "$point/"
  stop_row fill
}

clean_up() {
  local status=$? point
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  [ "$status" -eq 0 ] || show_log
  stop_all
  mounts_left | while IFS= read -r point; do
    say "still mounted, detaching: $point"
    unmount "$point" lazily
  done
  # Never into a mount that would not go.
  rm -rf --one-file-system "$work"
  exit "$status"
}

# What the last file system that was started has said, when the run has failed.
show_log() {
  local last
  last=$(find "$work/log" -type f -size +0 -printf '%T@ %p\n' | sort -n | tail -n 1)
  [ -z "$last" ] || tail -n 5 "${last#* }" >&2
}

mounts_left() {
  # The fifth field is the mount point, with a blank written as \040.
  awk '{ print $5 }' /proc/self/mountinfo | while IFS= read -r point; do
    point=$(printf '%b' "${point//\\0/\\00}")
    case $point in "$work"/*) printf '%s\n' "$point" ;; esac
  done
}
