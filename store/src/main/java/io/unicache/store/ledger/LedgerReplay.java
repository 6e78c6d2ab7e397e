package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerHeader.Role;
import io.unicache.store.ledger.LedgerRecord.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/** Reads a ledger back. */
public final class LedgerReplay {

  /** Receives rows; a later one takes the place of an earlier one with the same key. */
  @FunctionalInterface
  public interface RowVisitor {
    void visit(LedgerRow row) throws CacheException;
  }

  private final LedgerFiles files;

  public LedgerReplay(Path directory, UUID store) {
    this(new LedgerFiles(directory, store));
  }

  LedgerReplay(LedgerFiles files) {
    this.files = files;
  }

  /**
   * Visits all rows: of the newest base that is whole, then all changes from its number on.
   *
   * @return what is damaged or missing, a line each; the rows before the damage in each file were
   *     visited
   * @throws CacheException.Missing if there is no whole base; nothing was visited
   */
  public List<String> replay(RowVisitor visitor) throws CacheException {
    List<String> damage = new ArrayList<>();
    int base = newestBase(damage);
    files.read(base, Role.BASE, visitor::visit);
    int expected = base;
    for (int number : files.numbers().tailSet(base)) {
      if (!Files.exists(files.path(number, Role.CHANGES))) {
        continue;
      }
      if (number != expected) {
        damage.add(files.path(expected, Role.CHANGES) + " is missing");
      }
      expected = number + 1;
      LedgerReader.Summary found = files.read(number, Role.CHANGES, visitor::visit);
      if (!found.isSound()) {
        damage.add(describe(number, Role.CHANGES, found));
      }
    }
    if (expected == base) {
      damage.add(files.path(base, Role.CHANGES) + " is missing");
    }
    return damage;
  }

  /**
   * Looks at one base and its changes.
   *
   * @param changesLength how long the changes are; they may be longer by now
   */
  List<String> damage(int number, long changesLength) {
    List<String> damage = new ArrayList<>();
    look(number, Role.BASE, damage, base -> base.isSound() && base.last() == Kind.COMPLETE);
    look(number, Role.CHANGES, damage, changes -> changes.sound() >= changesLength);
    return damage;
  }

  private void look(
      int number, Role role, List<String> damage, Predicate<LedgerReader.Summary> isSound) {
    try {
      LedgerReader.Summary found = files.read(number, role, row -> {});
      if (!isSound.test(found)) {
        damage.add(describe(number, role, found));
      }
    } catch (CacheException e) {
      damage.add(String.valueOf(e.getMessage()));
    }
  }

  private int newestBase(List<String> damage) throws CacheException {
    for (int number : files.numbers().descendingSet()) {
      if (!Files.exists(files.path(number, Role.BASE))) {
        continue;
      }
      LedgerReader.Summary found = files.read(number, Role.BASE, row -> {});
      if (found.isSound() && found.last() == Kind.COMPLETE) {
        return number;
      }
      damage.add(describe(number, Role.BASE, found));
    }
    throw new CacheException.Missing(
        "there is no whole second copy of the metadata in "
            + files.directory()
            + (damage.isEmpty() ? "" : ": " + damage.get(0)));
  }

  private String describe(int number, Role role, LedgerReader.Summary found) {
    return files.path(number, role)
        + " is damaged from byte "
        + found.sound()
        + " on (of "
        + found.length()
        + ")";
  }
}
