package io.unicache.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A mount for reading only: which changes fail with EROFS, and which errors come before that. */
class ReadOnlyIT {

  @RegisterExtension static final ComparedMount FILES = new ComparedMount();

  @Test
  void refusesAllChanges() throws IOException {
    assumeTrue(
        System.getProperty("unicache.it.reference") == null, "the reference has to be read-only");
    FILES.readOnly(
        PathErrorsIT.FILES_OF_ALL_KINDS,
        Stream.of("as 0 0", "as 10001 20001 20002")
            .flatMap(
                user ->
                    Stream.of(
                            Stream.of(user),
                            PathErrorsIT.calls(PathErrorsIT.QUESTIONS),
                            PathErrorsIT.calls(PathErrorsIT.CHANGES),
                            PathErrorsIT.calls(PathErrorsIT.ATTRIBUTE_CHANGES),
                            Stream.of("open 1 . RDWR,TMPFILE 600", "statvfs ."))
                        .flatMap(calls -> calls)));
  }
}
