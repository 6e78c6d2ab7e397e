package io.unicache.cli;

import io.unicache.fs.fuse.jnr.LibfuseTransport;
import io.unicache.fs.fuse.kernel.KernelTransport;
import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountPoint;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.fuse.mount.Unmounter;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Real mounts. */
final class FuseMounter implements Mounter {

  private static final Duration UNMOUNT_TIMEOUT = Duration.ofSeconds(10);

  @Override
  public Path prepare(Path directory) throws IOException {
    return new MountPoint().prepare(directory);
  }

  @Override
  public FuseSession mount(FileSystemOps ops, MountOptions options, Transport transport)
      throws IOException {
    return switch (transport) {
      case AUTO ->
          KernelTransport.isSupported()
              ? KernelTransport.mount(ops, options)
              : LibfuseTransport.mount(ops, options);
      case KERNEL -> KernelTransport.mount(ops, options);
      case LIBFUSE -> LibfuseTransport.mount(ops, options);
    };
  }

  @Override
  public Optional<MountTable.Mount> find(Path directory) throws IOException {
    MountTable table = MountTable.read();
    Path absolute = directory.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      return table.at(absolute);
    }
    try {
      // Not the directory itself: looking at a mount that nobody serves fails or hangs.
      Optional<MountTable.Mount> direct =
          table.at(parent.toRealPath().resolve(absolute.getFileName()));
      return direct.isPresent() ? direct : table.at(absolute.toRealPath());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void unmount(Path mountPoint, boolean lazy) throws IOException {
    if (lazy) {
      new Unmounter().unmountLazily(mountPoint, UNMOUNT_TIMEOUT);
    } else {
      new Unmounter().unmount(mountPoint, UNMOUNT_TIMEOUT);
    }
  }
}
