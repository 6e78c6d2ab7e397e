package io.unicache.fs.fuse.mount;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot of what is mounted where, in the order of mounting. Immutable.
 *
 * @param mounts oldest first; of two at one directory the later covers the earlier
 */
public record MountTable(List<Mount> mounts) {

  private static final Path SELF = Path.of("/proc/self/mountinfo");

  /** How the JDK turns a file name's bytes into characters: mount points must go the same way. */
  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  /**
   * One mount.
   *
   * @param major device number, first half
   * @param minor device number, second half
   * @param mountPoint where it is mounted
   * @param type as mount(8) shows it, such as {@code fuse.unicache}
   * @param source as mount(8) shows it
   */
  public record Mount(int major, int minor, Path mountPoint, String type, String source) {

    /** Returns the device number as st_dev has it. */
    public long device() {
      return (((long) major & 0xfff) << 8)
          | (minor & 0xff)
          | (((long) minor & 0xffffff00L) << 12)
          | (((long) major & 0xfffff000L) << 32);
    }

    /** Returns whether this is a mount of UniCache. */
    public boolean isUniCache() {
      return type.equals(MountOptions.TYPE);
    }
  }

  public MountTable {
    mounts = List.copyOf(mounts);
  }

  /** Reads the table of this process; empty on systems that do not have one to read. */
  public static MountTable read() throws IOException {
    return Files.exists(SELF) ? parse(Files.readAllBytes(SELF)) : new MountTable(List.of());
  }

  /** Returns the mount of UniCache that was just made at a directory. */
  public static Mount justMadeAt(Path mountPoint) throws MountException {
    try {
      return read()
          .at(mountPoint)
          .filter(Mount::isUniCache)
          .orElseThrow(
              () -> new MountException(mountPoint + " is not in the mount table after mounting"));
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException("cannot read the mount table: " + e.getMessage(), e);
    }
  }

  /** Parses mountinfo's text; a line that is not in its format is left out. */
  static MountTable parse(byte[] mountinfo) {
    List<Mount> mounts = new ArrayList<>();
    // Each byte is one character here, so that no name's bytes are lost.
    new String(mountinfo, StandardCharsets.ISO_8859_1)
        .lines()
        .forEach(line -> parseLine(line).ifPresent(mounts::add));
    return new MountTable(mounts);
  }

  /** {@code 36 35 98:0 /root /mnt/point rw,noatime master:1 - type source rw,errors=continue}. */
  private static Optional<Mount> parseLine(String line) {
    String[] fields = line.split(" ", -1);
    int separator = 6;
    while (separator < fields.length && !fields[separator].equals("-")) {
      separator++;
    }
    if (separator + 2 >= fields.length) {
      return Optional.empty();
    }
    String[] device = fields[2].split(":", 2);
    try {
      return Optional.of(
          new Mount(
              Integer.parseInt(device[0]),
              Integer.parseInt(device.length == 2 ? device[1] : ""),
              Path.of(unescape(fields[4])),
              unescape(fields[separator + 1]),
              unescape(fields[separator + 2])));
    } catch (NumberFormatException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** Undoes the octal escapes of space, tab, newline, backslash and '#'. */
  static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && isOctal(field, i + 1)) {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(NAMES);
  }

  private static boolean isOctal(String field, int from) {
    return from + 3 <= field.length()
        && field.charAt(from) <= '3'
        && field.substring(from, from + 3).chars().allMatch(c -> c >= '0' && c <= '7');
  }

  /**
   * Returns the mount on exactly this directory, the topmost if there are several.
   *
   * @param directory absolute, without symlinks
   */
  public Optional<Mount> at(Path directory) {
    return mounts.stream()
        .filter(mount -> mount.mountPoint().equals(directory))
        .reduce((earlier, later) -> later);
  }

  /**
   * Returns the mount that a path is in.
   *
   * @param path absolute, without symlinks; need not exist
   */
  public Optional<Mount> containing(Path path) {
    for (Path p = path; p != null; p = p.getParent()) {
      Optional<Mount> mount = at(p);
      if (mount.isPresent()) {
        return mount;
      }
    }
    return Optional.empty();
  }
}
