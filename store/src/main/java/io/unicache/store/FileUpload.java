package io.unicache.store;

import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Optional;

/** Hands a file of the disk over to a service. */
public final class FileUpload {

  private static final int DEFAULT_PERMISSIONS = 0644;

  /**
   * Stores a regular file; its name and permissions go with it.
   *
   * @param id custom ID, if one is wanted
   * @param path where it is to be in the tree, if it is
   * @param replace whether what is there already is replaced
   */
  public static Stored upload(
      CacheService service, Path file, Optional<String> id, Optional<String> path, boolean replace)
      throws CacheException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw new CacheException.InvalidArgument(
            file + " is a directory; copy it into a mount with cp -r, or name its files");
      }
      long size = attributes.isRegularFile() ? attributes.size() : -1; // A pipe has no size.
      StoreRequest request =
          new StoreRequest(nameOf(file), size, id, path, replace, permissions(file));
      try (InputStream in = Files.newInputStream(file)) {
        return service.store(in, request);
      }
    } catch (NoSuchFileException e) {
      throw new CacheException.Missing("there is no file " + file);
    } catch (IOException e) {
      throw CacheException.of("reading " + file, e);
    }
  }

  private static String nameOf(Path file) {
    Path name = file.getFileName();
    return name == null ? "" : name.toString();
  }

  private static int permissions(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return DEFAULT_PERMISSIONS;
    }
    return PermissionBits.toBits(view.readAttributes().permissions());
  }

  private FileUpload() {}
}
