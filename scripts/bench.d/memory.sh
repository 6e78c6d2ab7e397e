# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: resident memory of the daemon, without the pages of packs that it has mapped
# (those are the page cache's, and go when memory is short).

IDLE_SECONDS=10

# resident_mib PID [anonymous]
resident_mib() {
  awk -v only="${2:-}" '
    /^[0-9a-f]+-[0-9a-f]+ / { pack = ($0 ~ /\/packs\/[0-9]+\.pack/) }
    /^Rss:/ && !pack && only == "" { kib += $2 }
    /^Anonymous:/ && only != "" { kib += $2 }
    END { printf "%.0f\n", kib / 1024 }' "/proc/$1/smaps"
}

record_memory() {
  local pid
  pid=$(pid_of "$2")
  record "$1" "$2" "$(resident_mib "$pid")"
  record "$1_anonymous" "$2" "$(resident_mib "$pid" anonymous)"
}

measure_memory() {
  local row total
  for row in "${active[@]}"; do
    is_unicache "$row" || continue
    progress "memory of $row: idle, and after reading $((memory_bytes >> 20)) MiB"
    start_row "$row"
    sleep "$IDLE_SECONDS"
    record_memory idle "$row"
    for ((total = 0; total < memory_bytes; total += size)); do
      drop_pages "$row"
      probe read "$(file_of "$row")" >/dev/null
    done
    record_memory busy "$row"
    stop_row "$row"
  done
}
