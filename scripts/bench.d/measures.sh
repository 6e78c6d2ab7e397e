# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: what is measured. Each result is a line in $work/results: MEASURE ROW VALUE.
# Speeds are rates, so that more is better; CPU is seconds.
#
# Cold means: not in the page cache (or the cache of names) of the mount, while what lies under it is
# in the disk's page cache. Only measure_disk has both cold. The native file has no mount on top, so
# it is read from the page cache.

WARM_UP_PASSES=4

# record MEASURE ROW EXPRESSION: evaluates an expression of numbers and keeps it.
record() {
  printf '%s %s %s\n' "$1" "$2" "$(awk "BEGIN { printf \"%.9g\", $3 }")" >>"$work/results"
}

probe() { "$work/bin/probe" "$@"; }

# Pages of the file leave the mount's cache.
drop_pages() {
  [ "$1" = native ] || probe drop "$(file_of "$1")"
}

# Names and inodes leave the mount's cache. The daemon is told of each inode: let that pass.
drop_names() {
  [ "$1" != native ] || return 0
  probe forget "$(root_of "$1")"
  sleep 0.5
}

# CPU that the serving process has used, in clock ticks.
ticks_of() {
  local pid line
  pid=$(pid_of "$1") || { echo 0 && return; }
  read -r line <"/proc/$pid/stat"
  # shellcheck disable=SC2086 # Fields. The second is a name in brackets and may have blanks.
  set -- ${line##*) }
  echo $((${12} + ${13}))
}

# Calls of read(2) by the serving process so far: one for each request that reaches it.
requests_of() { sed -n 's/^syscr: //p' "/proc/$(pid_of "$1")/io"; }

clock=$(getconf CLK_TCK)
gib() { echo "($size / 1073741824)"; }

measure_first_reads() {
  local round row took
  for ((round = 1; round <= rounds; round++)); do
    progress "first read after mount, round $round of $rounds"
    for row in "${active[@]}"; do
      [ "$row" != native ] || continue
      start_row "$row"
      took=$(probe read "$(file_of "$row")")
      record first "$row" "$(gib) / $took"
      # The last ones stay for what is measured next.
      [ "$round" -eq "$rounds" ] || stop_row "$row"
    done
  done
}

measure_rounds() {
  local round row measure
  for row in "${active[@]}"; do warm_up "$row"; done
  for ((round = 1; round <= rounds; round++)); do
    progress "round $round of $rounds"
    for measure in sequential cat mmap warm random_1 random_4 names disk; do
      for row in "${active[@]}"; do "measure_$measure" "$row"; done
    done
  done
}

# Everything that is measured has run before, so that what a JVM compiles is compiled, every block has
# been verified once, and the files under the mounts are in the page cache.
warm_up() {
  local row=$1 passes=1 i saved=$work/results.warm
  is_java "$row" && passes=$WARM_UP_PASSES
  progress "warming $row"
  cp "$work/results" "$saved"
  for ((i = 0; i < passes; i++)); do
    measure_sequential "$row"
    measure_mmap "$row"
    measure_random_1 "$row"
    measure_random_4 "$row"
    measure_names "$row"
  done
  mv "$saved" "$work/results"
}

measure_sequential() {
  local row=$1 before took
  drop_pages "$row"
  before=$(ticks_of "$row")
  took=$(probe read "$(file_of "$row")")
  record sequential "$row" "$(gib) / $took"
  [ "$row" = native ] || record cpu_gib "$row" "($(ticks_of "$row") - $before) / $clock / $(gib)"
}

measure_cat() {
  local file begin
  file=$(file_of "$1")
  drop_pages "$1"
  begin=$(date +%s%N)
  cat "$file" >/dev/null
  record cat "$1" "$(gib) * 1e9 / ($(date +%s%N) - $begin)"
}

measure_mmap() {
  drop_pages "$1"
  record mmap "$1" "$(gib) / $(probe mmap "$(file_of "$1")")"
}

measure_warm() {
  local row=$1 before='' took
  probe read "$(file_of "$row")" >/dev/null
  is_unicache "$row" && before=$(requests_of "$row")
  took=$(probe read "$(file_of "$row")")
  record warm "$row" "$(gib) / $took"
  [ -z "$before" ] || record warm_requests "$row" "$(requests_of "$row") - $before"
}

measure_random_1() { random_reads "$1" 1; }

measure_random_4() { random_reads "$1" 4; }

# random_reads ROW JOBS: 4 KiB at a time. Each job has a part of the file and reads no page twice.
random_reads() {
  local row=$1 jobs=$2 part before line kib rate
  part=$((size / jobs / 4096 * 4096))
  drop_pages "$row"
  before=$(ticks_of "$row")
  line=$(fio --minimal --group_reporting --thread --name=random --readonly --rw=randread --bs=4k \
    --ioengine=psync --direct=0 --invalidate=0 --runtime="$seconds" --numjobs="$jobs" \
    --filename="$(file_of "$row")" --size="$part" --offset_increment="$part")
  # Version 3 of this format: the sixth field is KiB that were read, the eighth reads per second.
  kib=$(printf '%s' "$line" | cut -d ';' -f 6)
  rate=$(printf '%s' "$line" | cut -d ';' -f 8)
  [ "${kib:-0}" -gt 0 ] || die "fio read nothing from $row: $line"
  record "random_$jobs" "$row" "$rate"
  [ "$row" = native ] || [ "$jobs" -ne 4 ] ||
    record cpu_read "$row" "($(ticks_of "$row") - $before) / $clock / ($kib / 4)"
}

measure_names() {
  local row=$1 tree begin
  has_tree "$row" || return 0
  if ! is_root; then
    [ "$row" != native ] || note 'no stat and find: only root can drop the names that a mount has cached'
    return 0
  fi
  tree=$(root_of "$row")/tree
  drop_names "$row"
  record stat "$row" "$files / $(probe stat "$tree" "$work/list")"
  drop_names "$row"
  begin=$(date +%s%N)
  find "$tree" >/dev/null
  record find "$row" "$files * 1e9 / ($(date +%s%N) - $begin)"
}

# Both cold: the mount's pages, and those of the files under it.
measure_disk() {
  local row=$1 backing=() file left
  while IFS= read -r file; do backing+=("$file"); done < <(backing_of "$row")
  sync -f "$work"
  drop_pages "$row"
  probe drop "${backing[@]}"
  left=$(probe resident "${backing[@]}")
  [ "$left" -lt 2 ] || note "$row, both cold: $left % stayed in the page cache (mapped by the daemon)"
  record disk "$row" "$(gib) / $(probe read "$(file_of "$row")")"
  cat "${backing[@]}" >/dev/null
}
