package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Git repositories on the mount: clones of the very project that is tested. */
class GitIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** Nobody's settings but these; the checkout may belong to another user than the tests' one. */
  private static final String CONFIG =
      """
      [safe]
        directory = *
      [user]
        name = Tester
        email = tester@example.org
      [init]
        defaultBranch = main
      [gc]
        auto = 0
      [maintenance]
        auto = false
      """;

  /** In a clone: nothing is damaged, nothing has changed, and all is as it is in $1. */
  private static final String CHECK =
      """
      cd "$HERE/clone"
      git fsck --full --strict
      [ -z "$(git status --porcelain)" ]
      diff -r --exclude=.git . "$1"
      """;

  private static Path config;
  private static Path plain;

  /** The project as a repository in the mount, and its files on the disk to compare with. */
  @BeforeAll
  static void cloneProject() throws IOException {
    config = Files.writeString(MOUNT.store().outside().resolve("gitconfig"), CONFIG);
    Path checkout = Cli.launcher().getParent().getParent().toRealPath();
    boolean repository =
        git("git rev-parse --verify -q HEAD^{commit}").in(checkout).run().exit() == 0;
    Path origin = repository ? checkout : repositoryOf(checkout);
    plain = Files.createDirectory(MOUNT.store().outside().resolve("plain"));
    git(
            """
            git clone -q "file://$1" project
            git -C "$1" archive HEAD | tar -C "$2" -xf -
            """,
            origin,
            plain)
        .in(MOUNT.store().root())
        .run()
        .expect(0);
  }

  /** Clones it within the mount, by hard links. */
  @BeforeEach
  void cloneClone() {
    sh("git clone -q ../project clone");
  }

  /** Makes a repository of sources that have none, as those of a release. */
  private static Path repositoryOf(Path sources) throws IOException {
    Path made = Files.createDirectory(MOUNT.store().outside().resolve("origin"));
    git(
            """
        tar -C "$1" --exclude=target --exclude=./.git -cf - . | tar -xf -
        git init -q
        git add -A
        git commit -q -m Sources
        """,
            sources)
        .in(made)
        .run()
        .expect(0);
    return made;
  }

  private static Program git(String script, Object... arguments) {
    return Program.script(script, arguments)
        .with("GIT_CONFIG_GLOBAL", config.toString())
        .with("GIT_CONFIG_NOSYSTEM", "1");
  }

  private static void sh(String script, Object... arguments) {
    git(script, arguments)
        .with("HERE", MOUNT.directory().toString())
        .in(MOUNT.directory())
        .run()
        .expect(0);
  }

  @Test
  void clonedAndPacked() throws Exception {
    sh(CHECK + "git repack -q -a -d\ngit gc -q --prune=now\n" + CHECK, plain);
    MOUNT.store().restart();
    // The index is not refreshed: what git has noted of each file (its inode number, its times to
    // the nanosecond) is still so.
    sh("git -C clone diff-files --exit-code\n" + CHECK, plain);
  }

  @Test
  void branchesBackAndForth() {
    sh(
        CHECK
            + """
              git checkout -q -B ours
              git checkout -q -b theirs
              git rm -r -q fs
              git mv store shop
              git ls-files -z '*.java' | xargs -0 sed -i 's/the/teh/g'
              git commit -q -a -m Theirs
              for i in 1 2; do
                git checkout -q ours
                [ -z "$(git status --porcelain)" ]
                diff -r --exclude=.git . "$1"
                git checkout -q theirs
                [ -z "$(git status --porcelain)" ]
                [[ -d shop && ! -e store && ! -e fs ]]
              done
              git checkout -q ours
              echo more >>README.md
              git stash -q
              diff -r --exclude=.git . "$1"
              git stash pop -q
              git commit -q -a -m Ours
              git rebase -q ours theirs
              git checkout -q ours
              git merge -q --no-ff -m Merged theirs
              grep -qx more README.md
              [[ -d shop && ! -e store ]]
              git revert --no-edit -m 1 HEAD >/dev/null
              git diff --exit-code HEAD~1^1
              git reset -q --hard HEAD~1^1^1
              git clean -q -d -f -x
              git gc -q --prune=now
              """
            + CHECK,
        plain);
  }

  @Test
  void severalCommitAtOnce() {
    int writers = 3;
    int commits = 4;
    sh(
        """
        git init -q --bare shared.git
        cd clone
        git remote add shared ../shared.git
        git checkout -q --orphan first
        git rm -r -q -f .
        git commit -q --allow-empty -m First
        for w in $(seq "$1"); do git worktree add -q -b "writer$w" "../tree$w"; done
        pids=()
        for w in $(seq "$1"); do
          (
            cd "../tree$w"
            for i in $(seq "$2"); do
              echo "$w $i" >>log
              git add log
              git commit -q -m "$w $i"
              git push -q shared "writer$w"
            done
          ) &
          pids+=($!)
        done
        for pid in "${pids[@]}"; do wait "$pid"; done
        git fsck --full --strict
        git -C ../shared.git fsck --full --strict
        git -C ../shared.git gc -q --prune=now
        """,
        writers,
        commits);
    for (int i = 1; i <= writers; i++) {
      String branch = "writer" + i;
      assertEquals(
          Integer.toString(commits + 1),
          git("git --git-dir=shared.git rev-list --count \"$1\"", branch)
              .in(MOUNT.directory())
              .run()
              .expect(0)
              .text(),
          branch);
    }
  }
}
