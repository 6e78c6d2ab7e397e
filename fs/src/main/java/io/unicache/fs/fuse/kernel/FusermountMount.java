package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Mounts through the set-user-ID programs {@code fusermount3} and {@code fusermount}: they open
 * /dev/fuse, mount it, and send its descriptor through a socket that they have inherited, whose
 * number is in their environment. ProcessBuilder hands no descriptors on, so they are started with
 * posix_spawn.
 */
final class FusermountMount {

  private static final List<String> PROGRAMS = List.of("fusermount3", "fusermount");
  private static final String SOCKET_VARIABLE = "_FUSE_COMMFD";

  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int TIMEOUT_SECONDS = 20;
  private static final int STDERR = 2;
  private static final int SIGKILL = 9;

  /** Larger than posix_spawn_file_actions_t in glibc and musl. */
  private static final int FILE_ACTIONS_SIZE = 256;

  private static final int MAX_MESSAGE = 2000;

  private final Libc libc;

  FusermountMount(Libc libc) {
    this.libc = libc;
  }

  /**
   * Mounts.
   *
   * @return the descriptor of /dev/fuse
   * @throws MountException if it cannot be mounted, with what the program says
   */
  int mount(MountOptions options) throws MountException {
    for (String program : PROGRAMS) {
      Optional<Integer> fd = mountWith(program, options);
      if (fd.isPresent()) {
        return fd.get();
      }
    }
    throw new MountException(
        "neither fusermount3 nor fusermount is installed, which users other than root need to"
            + " mount (Debian, Ubuntu: \"apt-get install fuse3\"), and this user may not mount"
            + " /dev/fuse");
  }

  static List<String> command(String program, MountOptions options) {
    List<String> parts = new ArrayList<>();
    parts.add("fsname=" + options.fsName());
    parts.add("subtype=" + MountOptions.SUBTYPE);
    parts.add("nosuid,nodev,default_permissions");
    parts.add("max_read=" + Negotiation.LARGEST);
    if (options.allowOther()) {
      parts.add("allow_other");
    }
    if (options.readOnly()) {
      parts.add("ro");
    }
    return List.of(program, "-o", String.join(",", parts), "--", options.mountPoint().toString());
  }

  /** Returns nothing if there is no such program. */
  private Optional<Integer> mountWith(String program, MountOptions options) throws MountException {
    int[] sockets = pair(out -> libc.socketpair(AF_UNIX, SOCK_STREAM, 0, out), "socketpair");
    int[] errors;
    try {
      errors = pair(out -> libc.pipe2(out, Libc.O_CLOEXEC), "pipe2");
    } catch (MountException e) {
      close(sockets);
      throw e;
    }
    int pid;
    try {
      pid = spawn(command(program, options), sockets[0], errors[1]);
    } catch (MountException e) {
      close(errors);
      close(sockets);
      throw e;
    }
    // The child has copies; without these here, the ends are noticed.
    libc.close(errors[1]);
    libc.close(sockets[0]);
    try {
      if (pid == 0) {
        return Optional.empty();
      }
      int fd = new DescriptorSocket(libc, sockets[1]).receive();
      if (fd < 0) {
        libc.kill(pid, SIGKILL); // It has ended, or hangs.
        throw new MountException(
            program + " cannot mount on " + options.mountPoint() + ": " + text(errors[0]));
      }
      return Optional.of(fd);
    } finally {
      libc.close(errors[0]);
      libc.close(sockets[1]);
      if (pid != 0) {
        libc.waitpid(pid, 0, 0);
      }
    }
  }

  /** Makes two descriptors. */
  private interface PairMaker {
    int make(long out);
  }

  private int[] pair(PairMaker maker, String call) throws MountException {
    NativeBuffer out = new NativeBuffer(2 * Integer.BYTES);
    if (maker.make(out.address(0)) != 0) {
      throw new MountException(call + " failed: errno " + libc.errno());
    }
    return new int[] {out.bytes().getInt(0), out.bytes().getInt(Integer.BYTES)};
  }

  private void close(int[] pair) {
    libc.close(pair[0]);
    libc.close(pair[1]);
  }

  /** Returns the process, or 0 if there is no such program. */
  private int spawn(List<String> command, int socket, int stderr) throws MountException {
    List<String> environment = new ArrayList<>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (!name.equals(SOCKET_VARIABLE)) {
                environment.add(name + "=" + value);
              }
            });
    environment.add(SOCKET_VARIABLE + "=" + socket);
    NativeBuffer actions = new NativeBuffer(FILE_ACTIONS_SIZE);
    NativeBuffer argv = Native.strings(command);
    NativeBuffer envp = Native.strings(environment);
    NativeBuffer pid = new NativeBuffer(Integer.BYTES);
    libc.posix_spawn_file_actions_init(actions.address(0));
    int errno;
    try {
      libc.posix_spawn_file_actions_adddup2(actions.address(0), stderr, STDERR);
      errno =
          libc.posix_spawnp(
              pid.address(0),
              Native.string(command.get(0)),
              actions.address(0),
              0,
              argv.address(0),
              envp.address(0));
      libc.posix_spawn_file_actions_destroy(actions.address(0));
    } finally {
      Reference.reachabilityFence(actions);
      Reference.reachabilityFence(argv);
      Reference.reachabilityFence(envp);
    }
    if (errno == 0) {
      return pid.bytes().getInt(0);
    }
    if (errno == Libc.ENOENT || errno == Libc.EACCES) {
      return 0;
    }
    throw new MountException(command.get(0) + " cannot be started: errno " + errno);
  }

  /** Reads what the program has said; it has ended, so this does not wait. */
  private String text(int pipe) {
    NativeBuffer memory = new NativeBuffer(MAX_MESSAGE);
    int length = 0;
    long count;
    do {
      count = libc.read(pipe, memory.address(length), MAX_MESSAGE - length);
      length += (int) Math.max(count, 0);
    } while (count > 0 && length < MAX_MESSAGE);
    byte[] said = new byte[length];
    memory.bytes().get(0, said);
    String text = new String(said, Charset.defaultCharset()).strip();
    return text.isEmpty() ? "it does not say why" : text;
  }

  /** A socket that a descriptor comes through. */
  private record DescriptorSocket(Libc libc, int socket) {

    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    // struct iovec, struct msghdr and struct cmsghdr of a 64-bit Linux, one behind the other.
    private static final int BYTE = 0;
    private static final int IOV = 8;
    private static final int HEADER = 24;
    private static final int HEADER_IOV = HEADER + 16;
    private static final int HEADER_IOV_COUNT = HEADER + 24;
    private static final int HEADER_CONTROL = HEADER + 32;
    private static final int HEADER_CONTROL_SIZE = HEADER + 40;
    private static final int CONTROL = HEADER + 56;
    private static final int CONTROL_LEVEL = CONTROL + 8;
    private static final int CONTROL_TYPE = CONTROL + 12;
    private static final int CONTROL_FD = CONTROL + 16;
    private static final int CONTROL_SIZE = 24;
    private static final int TIMEVAL = CONTROL + CONTROL_SIZE;
    private static final int SIZE = TIMEVAL + 16;

    /** Returns the descriptor, or -1 if none comes. */
    int receive() {
      NativeBuffer memory = new NativeBuffer(SIZE);
      ByteBuffer bytes = memory.bytes();
      bytes.putLong(TIMEVAL, TIMEOUT_SECONDS);
      libc.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, memory.address(TIMEVAL), 16);
      bytes.putLong(IOV, memory.address(BYTE));
      bytes.putLong(IOV + 8, 1);
      bytes.putLong(HEADER_IOV, memory.address(IOV));
      bytes.putLong(HEADER_IOV_COUNT, 1);
      bytes.putLong(HEADER_CONTROL, memory.address(CONTROL));
      long count;
      do {
        bytes.putLong(HEADER_CONTROL_SIZE, CONTROL_SIZE);
        count = libc.recvmsg(socket, memory.address(HEADER), MSG_CMSG_CLOEXEC);
      } while (count < 0 && libc.errno() == Libc.EINTR);
      boolean sent =
          count > 0
              && bytes.getLong(HEADER_CONTROL_SIZE) >= CONTROL_FD - CONTROL + Integer.BYTES
              && bytes.getInt(CONTROL_LEVEL) == SOL_SOCKET
              && bytes.getInt(CONTROL_TYPE) == SCM_RIGHTS;
      return sent ? bytes.getInt(CONTROL_FD) : -1;
    }
  }
}
