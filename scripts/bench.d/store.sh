# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: how fast files go in, beside a plain copy and other programs that deduplicate.
# Every row starts each round with nothing stored, and what it reads is in the page cache.

STORE_ROWS='cp bindfs b3sum borg restic casync store mount'

prepare_store() {
  [ "$(uname -s)" = Linux ] || die 'the benchmark is for Linux'
  # shellcheck disable=SC2048,SC2086 # A list of words.
  install_stores $*
  make_work
  mkdir "$work/into"
  "$scripts/unicache" version >/dev/null
  export UNICACHE_BUILD=never RESTIC_PASSWORD=benchmark BORG_BASE_DIR=$work/borg
  export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
  active=()
  for row in "$@"; do active+=("$row"); done
  progress "making a file of $((size >> 20)) MiB and $files files"
  head -c "$size" /dev/urandom >"$work/native/data.bin"
  cp "$work/native/data.bin" "$work/native/again.bin"
  change_some "$work/native/data.bin" "$work/native/changed.bin"
  make_tree "$work/native/tree"
  cp -r "$work/native/tree" "$work/native/tree2"
  sync -f "$work"
}

# install_stores ROW...
install_stores() {
  local missing=() row
  has_fusermount || missing+=("$FUSERMOUNT_PACKAGE")
  for row in "$@"; do
    case $row in
      bindfs | b3sum | restic | casync) command -v "$row" >/dev/null 2>&1 || missing+=("$row") ;;
      borg) command -v borg >/dev/null 2>&1 || missing+=(borgbackup) ;;
    esac
  done
  [ ${#missing[@]} -eq 0 ] || install_for 'the benchmark' "${missing[@]}"
}

# change_some FILE COPY: the copy has other bytes in the middle, a twentieth of the file.
change_some() {
  local mib=$((size >> 20)) part
  part=$((mib / 20))
  [ "$part" -ge 1 ] || part=1
  cp "$1" "$2"
  dd if=/dev/urandom of="$2" bs=1M count="$part" seek=$((mib / 2)) conv=notrunc status=none
}

measure_stores() {
  local round row
  for ((round = 1; round <= rounds; round++)); do
    for row in "${active[@]}"; do
      progress "round $round of $rounds: $row"
      begin_store "$row" >"$work/log/$row" 2>&1 || die "$row did not start"
      timed new "$row" data.bin
      timed again "$row" again.bin
      timed changed "$row" changed.bin
      if [ "$files" -gt 0 ] && takes_trees "$row"; then
        timed small "$row" tree
        timed small_again "$row" tree2
      fi
      end_store "$row" >>"$work/log/$row" 2>&1
    done
  done
}

takes_trees() { [ "$1" != store ] || "$scripts/unicache" store --help | grep -q -e '--recursive'; }

# Makes what a row stores into.
begin_store() {
  local into=$work/into/$1
  rm -rf --one-file-system "$into"
  mkdir "$into"
  case $1 in
    bindfs)
      mkdir -p "$work/mnt/bindfs"
      serve bindfs bindfs -f --no-allow-other -o big_writes,max_write=131072 "$into" "$work/mnt/bindfs"
      ;;
    borg) borg init -e none "$into/repository" ;;
    restic) restic -q init --repository-version 2 -r "$into/repository" ;;
    mount)
      mkdir -p "$work/mnt/mount"
      start_unicache mount "$into/store"
      ;;
  esac
}

end_store() {
  case $1 in bindfs | mount) stop_row "$1" ;; esac
  # A file system is not to be measured while another row's data are written back.
  rm -rf --one-file-system "$work/into/$1"
  sync -f "$work"
}

# timed MEASURE ROW NAME: how many seconds it takes to store a file or tree of $work/native.
timed() {
  local measure=$1 row=$2 name=$3 start end
  start=$(date +%s%N)
  put "$row" "$name" >>"$work/log/$row" 2>&1 || die "$row failed at $name"
  end=$(date +%s%N)
  record "$measure" "$row" "($end - $start) / 1e9"
}

# put ROW NAME
put() {
  local from=$work/native/$2 into=$work/into/$1
  case $1 in
    cp) cp -r "$from" "$into/" ;;
    bindfs | mount) cp -r "$from" "$work/mnt/$1/" ;;
    b3sum) find "$from" -type f -print0 | xargs -0 b3sum --num-threads 2 ;;
    borg) borg create --compression none "$into/repository::$2" "$from" ;;
    restic) restic -q --compression off -r "$into/repository" backup "$from" ;;
    casync)
      if [ -d "$from" ]; then
        casync make --store="$into/chunks.castr" "$into/$2.caidx" "$from"
      else
        casync make --store="$into/chunks.castr" "$into/$2.caibx" "$from"
      fi
      ;;
    store)
      if [ -d "$from" ]; then
        "$scripts/unicache" store --recursive --store "$into/store" "$from"
      else
        "$scripts/unicache" store --store "$into/store" "$from"
      fi
      ;;
  esac
}

report_stores() {
  machine
  cat <<TEXT
A file of $((size >> 20)) MiB (new, then a copy of it, then one of which a twentieth is other bytes), a tree of $files
small files (new, then a copy of it); medians of $rounds rounds, rows taken in turn. Nothing is synced. Seconds,
and in brackets the speed beside cp.
TEXT
  echo
  awk -v measures='new again changed small small_again' -v rows="${active[*]}" "$MEDIANS"'
    function cell(measure, row,   value, plain) {
      value = median(measure, row)
      if (value == "") return "-"
      plain = median(measure, "cp")
      return plain == "" ? sprintf("%.2f", value) : sprintf("%.2f (%.2f)", value, plain / value)
    }
    END {
      printf "%-10s%16s%16s%16s%16s%16s\n", "", "new", "again", "5 % changed", "small files", "again"
      n = split(rows, row, " "); m = split(measures, measure, " ")
      for (i = 1; i <= n; i++) {
        printf "%-10s", row[i]
        for (j = 1; j <= m; j++) printf "%16s", cell(measure[j], row[i])
        print ""
      }
    }' "$work/results"
  print_notes
}
