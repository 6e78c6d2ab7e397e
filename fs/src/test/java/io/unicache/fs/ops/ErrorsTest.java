package io.unicache.fs.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ErrorsTest {

  @Test
  void kindsOfErrors() {
    IOException cause = new IOException("cause");
    assertEquals(Errno.EIO, Errors.errno(new CacheException.Corrupt("c")));
    assertEquals(Errno.EIO, Errors.errno(new CacheException.Missing("m")));
    assertEquals(Errno.ENOSPC, Errors.errno(new CacheException.Full("f", cause)));
    assertEquals(Errno.EBUSY, Errors.errno(new CacheException.Busy("b")));
    assertEquals(Errno.EIO, Errors.errno(new CacheException.Version("v")));
    assertEquals(Errno.EIO, Errors.errno(new CacheException.Source("s")));
    assertEquals(Errno.EINVAL, Errors.errno(new CacheException.InvalidArgument("i")));
    assertEquals(Errno.EIO, Errors.errno(new CacheException.Storage("s", cause)));
  }

  @Test
  void rulesOfTheNamespace() {
    Map<Reason, Errno> expected = new EnumMap<>(Reason.class);
    expected.put(Reason.NOT_FOUND, Errno.ENOENT);
    expected.put(Reason.EXISTS, Errno.EEXIST);
    expected.put(Reason.NOT_A_DIRECTORY, Errno.ENOTDIR);
    expected.put(Reason.IS_A_DIRECTORY, Errno.EISDIR);
    expected.put(Reason.NOT_EMPTY, Errno.ENOTEMPTY);
    expected.put(Reason.NAME_TOO_LONG, Errno.ENAMETOOLONG);
    expected.put(Reason.INVALID, Errno.EINVAL);
    expected.put(Reason.NOT_PERMITTED, Errno.EPERM);
    expected.put(Reason.ACCESS_DENIED, Errno.EACCES);
    expected.put(Reason.TOO_MANY_LINKS, Errno.EMLINK);
    expected.put(Reason.NO_ATTRIBUTE, Errno.ENODATA);
    expected.put(Reason.ATTRIBUTE_TOO_LARGE, Errno.E2BIG);
    expected.put(Reason.READ_ONLY, Errno.EROFS);
    expected.put(Reason.STALE, Errno.ESTALE);
    expected.put(Reason.FILE_TOO_LARGE, Errno.EFBIG);
    for (Reason reason : Reason.values()) {
      assertEquals(expected.get(reason), Errors.errno(new Namespace(reason, "x")), reason.name());
    }
  }

  @Test
  void messageAndCauseAreKept() throws Exception {
    CacheException error = new CacheException.Corrupt("block is bad");
    FileSystemException answer =
        assertThrows(
            FileSystemException.class,
            () ->
                Errors.act(
                    () -> {
                      throw error;
                    }));
    assertEquals("block is bad", answer.getMessage());
    assertSame(error, answer.getCause());
    assertEquals("fine", Errors.answer(() -> "fine"));
  }
}
