package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stressors of stress-ng and the verified workloads of fio. */
class StressIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** How long stressors run; some clean up for longer. */
  private static final int SECONDS = 3;

  /**
   * Stressors that belong together, run at the same time. Not here: those that have nothing to do
   * with a mount ({@code handle}, {@code ioprio}, {@code eventfd}, {@code procfs}); those for what
   * no FUSE file system has ({@code fiemap}, {@code verity}); {@code io-uring}, which fails on
   * kernels newer than itself, be it on ext4 or tmpfs; {@code mmapfork}, which is after all memory
   * there is.
   */
  enum Stressors {
    NAMES("access dentry dir dirdeep dirmany filename link mknod rename symlink getdent"),
    ATTRIBUTES("chdir chmod chown fstat touch utime xattr inode-flags file-ioctl"),
    CONTENT("copy-file fallocate fpunch fsize hdd io iomix readahead seek sync-file revio"),
    MAPPINGS("mmap mmapfixed mmapmany msync sendfile splice aio aiol"),
    LOCKS("fcntl flock lease locka lockf lockofd open dup inotify dnotify fanotify");

    private final String names;

    Stressors(String names) {
      this.names = names;
    }
  }

  @ParameterizedTest
  @EnumSource
  void stressNg(Stressors stressors) {
    List<Object> command = new ArrayList<>(List.of("stress-ng", "--verify"));
    command.addAll(List.of("--timeout", SECONDS + "s", "--temp-path", MOUNT.directory()));
    for (String name : stressors.names.split(" ", -1)) {
      command.addAll(List.of("--" + name, 1));
    }
    for (String sized : List.of("hdd", "iomix", "fallocate", "readahead", "sync-file", "revio")) {
      command.addAll(List.of("--" + sized + "-bytes", "16M"));
    }
    command.addAll(List.of("--copy-file-bytes", "128M"));
    command.addAll(List.of("--seek-size", "16M", "--mmap-bytes", "32M"));
    Result result = Program.of(command.toArray()).run().expect(0);
    // One that finds nothing that it can do says so, and ends well.
    String told = result.text() + result.errors();
    assertFalse(told.contains("skipping"), result::toString);
    assertEquals("", Program.output("ls", "-A", MOUNT.directory()), "they clean up");
  }

  /** Each job writes its file in a random order, several times over, and reads what it wrote. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--ioengine=psync --rw=randwrite --bs=4k",
        "--ioengine=psync --rw=randrw --bsrange=512-128k --bs_unaligned",
        "--ioengine=psync --rw=write --bs=256k --fsync=8",
        "--ioengine=libaio --rw=randwrite --bs=16k --iodepth=16 --direct=1",
        "--ioengine=mmap --rw=randwrite --bs=4k",
        "--ioengine=mmap --rw=randrw --bs=4k --fsync=64"
      })
  void fio(String options) {
    fio(MOUNT.directory(), options);
  }

  private static void fio(Path directory, String options) {
    List<Object> command =
        new ArrayList<>(List.of("fio", "--name=job", "--directory=" + directory));
    command.addAll(List.of("--numjobs=3", "--size=8M", "--verify=crc32c", "--verify_fatal=1"));
    command.addAll(
        List.of("--do_verify=1", "--verify_backlog=512", "--group_reporting", "--minimal"));
    command.addAll(Arrays.asList(options.split(" ", -1)));
    Result result = Program.of(command.toArray()).in(directory).run().expect(0);
    assertFalse(result.errors().contains("verify"), result::toString);
  }

  /** What was written is read by a process that starts after a remount. */
  @Test
  void fioAfterARemount() throws Exception {
    String workload = "--ioengine=psync --rw=randwrite --bs=8k --randseed=7 --allrandrepeat=1";
    fio(MOUNT.directory(), workload);
    MOUNT.store().restart();
    fio(MOUNT.directory(), workload + " --verify_only");
  }
}
