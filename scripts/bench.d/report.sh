# shellcheck shell=bash disable=SC2154 # scripts/bench sets the variables.
# Part of scripts/bench: medians of $work/results as tables, and beside the marks to reach.

report() {
  machine
  method
  echo
  echo "Reading, GiB/s; in brackets the ratio to native"
  table 'sequential cat mmap warm first disk' \
    'sequential=1 MiB reads,cat=cat,mmap=mmap,warm=warm re-read,first=first read,disk=both cold'
  echo
  echo "Random 4 KiB reads and look-ups, thousands a second; CPU of the serving process"
  table 'random_1 random_4 stat find cpu_gib cpu_read' \
    'random_1=4K 1 job,random_4=4K 4 jobs,stat=stat,find=find,cpu_gib=CPU s/GiB,cpu_read=CPU us/4K'
  [ "$memory_bytes" -eq 0 ] || memory_table
  echo
  marks
  print_notes
}

report_memory() {
  machine
  memory_table
  echo
  marks
  print_notes
}

machine() {
  local load
  read -r load <<<"$(cut -d ' ' -f 1-3 /proc/loadavg)"
  cat <<TEXT

UniCache benchmark, $(date -u '+%Y-%m-%d %H:%M') UTC
Linux $(uname -r), $(nproc) cores, load $load, $(df --output=fstype "$work" | tail -n 1), JDK $(jdk_major "$(find_jdk)")
TEXT
}

method() {
  cat <<TEXT
A file of $((size >> 20)) MiB, $files small files; medians of $rounds rounds, rows taken in turn.
Cold in the mount's page cache, warm in the disk's, unless the column says otherwise. "first read" is the
first after a mount: the JVM is cold, and UniCache verifies each block. All else was run before
($WARM_UP_PASSES times on a JVM).
TEXT
}

print_notes() {
  local text
  [ ${#notes[@]} -gt 0 ] || return 0
  echo
  printf '%s\n' "${notes[@]}" | sort -u | while IFS= read -r text; do echo "Note: $text."; done
}

# Common to the awk programs: median[measure, row] from the results.
MEDIANS='
  { values[$1, $2] = values[$1, $2] " " $3 }
  function median(measure, row,   list, n, i, j, t) {
    n = split(values[measure, row], list, " ")
    if (n == 0) return ""
    for (i = 2; i <= n; i++)
      for (j = i; j > 1 && list[j - 1] + 0 > list[j] + 0; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
    return n % 2 ? list[(n + 1) / 2] + 0 : (list[n / 2] + list[n / 2 + 1]) / 2
  }
'

# table MEASURES TITLES
table() {
  awk -v measures="$1" -v titles="$2" -v rows="${active[*]}" "$MEDIANS"'
    function cell(measure, row,   value, native) {
      value = median(measure, row)
      if (value == "") return "-"
      if (measure == "cpu_read") return sprintf("%.1f", value * 1e6)
      if (measure == "cpu_gib") return sprintf("%.2f", value)
      native = median(measure, "native")
      if (measure ~ /^(random_|stat|find)/) value /= 1000
      text = sprintf(value < 10 ? "%.2f" : "%.0f", value)
      if (native == "" || row == "native") return text
      if (measure ~ /^(random_|stat|find)/) native /= 1000
      return text sprintf(" (%.2f)", value / native)
    }
    END {
      n = split(measures, measure, " ")
      split(titles, pairs, ",")
      line = sprintf("%-12s", "")
      for (i = 1; i <= n; i++) line = line sprintf("%15s", substr(pairs[i], index(pairs[i], "=") + 1))
      print line
      m = split(rows, row, " ")
      for (j = 1; j <= m; j++) {
        line = sprintf("%-12s", row[j])
        for (i = 1; i <= n; i++) line = line sprintf("%15s", cell(measure[i], row[j]))
        print line
      }
    }' "$work/results"
}

memory_table() {
  echo
  echo "Memory of the daemon, MiB resident without mapped packs (of it anonymous)"
  awk -v rows="${active[*]}" -v read="$((memory_bytes >> 20))" "$MEDIANS"'
    END {
      printf "%-12s%15s%25s\n", "", "idle", "after " read " MiB read"
      m = split(rows, row, " ")
      for (j = 1; j <= m; j++)
        if (median("idle", row[j]) != "")
          printf "%-12s%15s%25s\n", row[j], both("idle", row[j]), both("busy", row[j])
    }
    function both(measure, row) {
      return sprintf("%d (%d)", median(measure, row), median(measure "_anonymous", row))
    }' "$work/results"
}

# What UniCache is to reach; the marks of rows that were not measured are left out.
marks() {
  echo "Marks"
  awk "$MEDIANS"'
    function line(what, reached, mark, least,   yes) {
      yes = least ? reached >= mark : reached <= mark
      printf "  %-58s%10.2f   %s %-6g %s\n", what, reached, least ? "at least" : "at most ", mark, yes ? "yes" : "no"
    }
    # A measure of one row against the same of another; skipped if either is missing.
    function ratio(what, measure, row, other, mark, least) {
      if (median(measure, row) != "" && median(measure, other) != "" && median(measure, other) > 0)
        line(what, median(measure, row) / median(measure, other), mark, least)
    }
    function plain(what, measure, row, mark) {
      if (median(measure, row) != "") line(what, median(measure, row), mark, 0)
    }
    END {
      ratio("kernel: sequential, to bindfs", "sequential", "kernel", "bindfs", 1.5, 1)
      ratio("kernel: sequential, to jnr-fuse", "sequential", "kernel", "jnr-fuse", 1.5, 1)
      ratio("kernel: random 4K 1 job, to jnr-fuse", "random_1", "kernel", "jnr-fuse", 2.5, 1)
      ratio("kernel: random 4K 4 jobs, to jnr-fuse", "random_4", "kernel", "jnr-fuse", 2.5, 1)
      ratio("kernel: CPU per 4K read, to c-loop", "cpu_read", "kernel", "c-loop", 1.3, 0)
      ratio("kernel: warm re-read, to native", "warm", "kernel", "native", 0.9, 1)
      # Opening and closing are requests; a file of 4 MiB read again would be more than these.
      plain("kernel: requests in a warm re-read", "warm_requests", "kernel", 8)
      ratio("kernel: stat, to bindfs", "stat", "kernel", "bindfs", 1, 1)
      ratio("passthrough: sequential, to native", "sequential", "passthrough", "native", 0.9, 1)
      ratio("passthrough: mmap, to native", "mmap", "passthrough", "native", 0.9, 1)
      ratio("passthrough: random 4K 1 job, to native", "random_1", "passthrough", "native", 0.8, 1)
      ratio("passthrough: random 4K 4 jobs, to native", "random_4", "passthrough", "native", 0.8, 1)
      plain("kernel: idle memory, MiB", "idle", "kernel", 150)
      plain("kernel: memory after reading, MiB", "busy", "kernel", 400)
    }' "$work/results"
}
