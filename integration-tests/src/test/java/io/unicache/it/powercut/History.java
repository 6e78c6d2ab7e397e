package io.unicache.it.powercut;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was done to a store, step by step, with the positions in the record; and with that, which
 * states it may be in after a crash. That is one of those that it was in from the last sync up to
 * the crash, as the tree is never a mixture of two; but a file that has got a content since the
 * sync may have any content that it had since then, and one that was made since then may be
 * missing.
 */
final class History {

  /** In the names of a state: a directory. */
  static final int DIRECTORY = -1;

  /** What a file or a stored file contains: its length and hash. */
  record Content(long size, String hash) {}

  /**
   * The store after a step.
   *
   * @param names files by path
   * @param attributes the one attribute of each file that has it
   * @param stored what is stored under IDs
   * @param least by file, the first version that it can have if this state is found: it has taken
   *     another one's place with it
   */
  record State(
      Map<String, Integer> names,
      Map<Integer, String> attributes,
      Map<String, Content> stored,
      Map<Integer, Integer> least) {}

  /**
   * A step.
   *
   * @param begin position in the record
   * @param end position in the record when it was done
   * @param durable by file, the version that is durable after it; null if it is no sync
   */
  record Step(String what, int begin, int end, State after, Map<Integer, Integer> durable) {}

  /**
   * A file as it is found.
   *
   * @param inode equal for names of the same file
   * @param content null for a directory
   * @param attribute null if it has none
   */
  record Seen(long inode, Content content, String attribute) {}

  private final List<Step> steps = new ArrayList<>();

  /** By file; a version is an index. */
  private final Map<Integer, List<Content>> versions = new HashMap<>();

  void version(int file, Content content) {
    versions.computeIfAbsent(file, key -> new ArrayList<>()).add(content);
  }

  int lastVersion(int file) {
    return versions.get(file).size() - 1;
  }

  /** How many versions of each file there were at each step. */
  private final List<Map<Integer, Integer>> counts = new ArrayList<>();

  void step(Step step) {
    steps.add(step);
    Map<Integer, Integer> count = new HashMap<>();
    versions.forEach((file, all) -> count.put(file, all.size()));
    counts.add(count);
  }

  int size() {
    return steps.size();
  }

  /**
   * Returns what is wrong with a tree and stored files after a crash, or nothing.
   *
   * @param position the crash
   */
  Optional<String> problem(int position, Map<String, Seen> tree, Map<String, Content> stored) {
    int last = 0;
    int sync = 0;
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).begin() < position || i == 0) {
        last = i;
      }
      if (steps.get(i).durable() != null && steps.get(i).end() <= position) {
        sync = i;
      }
    }
    last = Math.max(last, sync); // A sync that had nothing to do is over where it began.
    List<String> problems = new ArrayList<>();
    for (int i = last; i >= sync; i--) {
      Optional<String> problem = problem(i, sync, last, tree, stored);
      if (problem.isEmpty()) {
        return problem;
      }
      problems.add(i + " " + steps.get(i).what() + ": " + problem.get());
    }
    return Optional.of(
        "the last sync was step "
            + sync
            + " ("
            + steps.get(sync).what()
            + "), the crash in or behind "
            + last
            + "; it is none of these states:\n  "
            + String.join("\n  ", problems));
  }

  private Optional<String> problem(
      int step, int sync, int last, Map<String, Seen> tree, Map<String, Content> stored) {
    State state = steps.get(step).after();
    State synced = steps.get(sync).after();
    Set<Integer> old = new HashSet<>(synced.names().values());
    Map<Integer, Long> inodes = new HashMap<>();
    for (Map.Entry<String, Integer> name : state.names().entrySet()) {
      int file = name.getValue();
      Seen seen = tree.get(name.getKey());
      if (seen == null) {
        if (file == DIRECTORY || old.contains(file) || state.least().containsKey(file)) {
          return Optional.of(name.getKey() + " is missing");
        }
        continue;
      }
      if ((seen.content() == null) != (file == DIRECTORY)) {
        return Optional.of(name.getKey() + " has another type");
      }
      if (file == DIRECTORY) {
        continue;
      }
      if (inodes.merge(file, seen.inode(), (a, b) -> a.equals(b) ? a : -1L) == -1L) {
        return Optional.of(name.getKey() + " is not the same file as its other name");
      }
      Optional<String> wrong = wrongContent(file, state, sync, last, seen);
      if (wrong.isPresent()) {
        return wrong.map(what -> name.getKey() + " " + what);
      }
    }
    for (String path : tree.keySet()) {
      if (!state.names().containsKey(path)) {
        return Optional.of(path + " is there");
      }
    }
    return wrongStored(step, sync, stored);
  }

  private Optional<String> wrongContent(int file, State state, int sync, int last, Seen seen) {
    String attribute = state.attributes().get(file);
    if (attribute == null ? seen.attribute() != null : !attribute.equals(seen.attribute())) {
      return Optional.of("has the attribute " + seen.attribute() + ", not " + attribute);
    }
    int from =
        Math.max(
            steps.get(sync).durable().getOrDefault(file, 0), state.least().getOrDefault(file, 0));
    int to = counts.get(last).getOrDefault(file, 0);
    List<Content> allowed = versions.get(file).subList(Math.min(from, to), to);
    if (allowed.contains(seen.content())) {
      return Optional.empty();
    }
    int other = versions.get(file).indexOf(seen.content());
    return Optional.of(
        "has "
            + (other >= 0 ? "version " + other : "bytes that it never had (" + seen.content() + ")")
            + ", not one of "
            + from
            + " to "
            + (to - 1));
  }

  private Optional<String> wrongStored(int step, int sync, Map<String, Content> stored) {
    Map<String, Set<Content>> allowed = new TreeMap<>();
    Set<String> removable = new HashSet<>();
    for (int i = sync; i <= step; i++) {
      Map<String, Content> then = steps.get(i).after().stored();
      then.forEach((id, content) -> allowed.computeIfAbsent(id, k -> new HashSet<>()).add(content));
      for (String id : steps.get(step).after().stored().keySet()) {
        if (!then.containsKey(id)) {
          removable.add(id);
        }
      }
    }
    for (String id : steps.get(step).after().stored().keySet()) {
      Content found = stored.get(id);
      if (found == null ? !removable.contains(id) : !allowed.get(id).contains(found)) {
        return Optional.of("ID " + id + " has " + found + ", not one of " + allowed.get(id));
      }
    }
    for (String id : stored.keySet()) {
      if (!steps.get(step).after().stored().containsKey(id)) {
        return Optional.of("ID " + id + " is there");
      }
    }
    return Optional.empty();
  }
}
