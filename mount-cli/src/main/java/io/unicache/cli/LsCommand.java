package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.Listed;
import io.unicache.store.CacheService.ListedId;
import io.unicache.store.error.CacheException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unicache ls}. */
@Command(
    name = "ls",
    description = "List the mounted tree, or the files that are kept under IDs.",
    footer = {
      "",
      "Examples:",
      "  unicache ls",
      "  unicache ls -l /models",
      "  unicache ls --ids            what was stored without a path"
    })
final class LsCommand extends ServiceCommand {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
  private static final int SHORT_ID = 12;

  @Parameters(
      paramLabel = "PATH",
      arity = "0..1",
      defaultValue = "/",
      description = "A directory or file of the tree.")
  private String path;

  @Option(names = "-l", description = "Mode, links, owner, size and time as well.")
  private boolean details;

  @Option(names = "--ids", description = "List the files that are kept under IDs.")
  private boolean ids;

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    if (ids) {
      listIds(service);
    } else {
      listTree(service);
    }
    return Main.DONE;
  }

  private void listTree(CacheService service) throws CacheException {
    List<Listed> lines = new ArrayList<>(service.list(TreePaths.absolute(path)));
    lines.sort(Comparator.comparing(Listed::name));
    for (Listed line : lines) {
      String name = io().shown(line.name());
      io().out().println(details ? detailed(line, name) : name);
    }
  }

  private String detailed(Listed line, String name) {
    String target = line.target().map(to -> " -> " + io().shown(to)).orElse("");
    return String.format(
        "%s %3d %5d %5d %9s %s %s%s",
        FileModes.text(line.mode()),
        line.links(),
        line.uid(),
        line.gid(),
        Sizes.human(line.size()),
        time(line.modifiedSeconds()),
        name,
        target);
  }

  private void listIds(CacheService service) throws CacheException {
    List<ListedId> lines = new ArrayList<>(service.listIds());
    lines.sort(Comparator.comparing(ListedId::id));
    for (ListedId line : lines) {
      String id = io().shown(line.id());
      io().out()
          .println(
              details
                  ? String.format(
                      "%s %9s %s %s %s %s",
                      line.contentId().substring(0, SHORT_ID),
                      Sizes.human(line.size()),
                      time(line.storedSeconds()),
                      id,
                      io().shown(line.name()),
                      io().shown(line.source()))
                  : id);
    }
  }

  private static String time(long seconds) {
    return TIME.format(Instant.ofEpochSecond(seconds).atZone(ZoneId.systemDefault()));
  }
}
