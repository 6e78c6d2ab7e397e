package io.unicache.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.unicache.cli.CliRunner.Result;
import io.unicache.store.LocalService;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.ipc.RemoteService;
import io.unicache.store.ipc.ServiceServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code unicache check} on real stores, by their owner and through a daemon. */
class CheckCommandTest {

  private static final int BLOCK = 1 << 20;

  @TempDir Path directory;
  private Path store;
  private Path file;

  @BeforeEach
  void fill() throws IOException {
    store = directory.resolve("store");
    byte[] bytes = new byte[3 * BLOCK];
    new Random(4).nextBytes(bytes);
    file = Files.write(directory.resolve("a.bin"), bytes);
    assertEquals(Main.DONE, run("store", file.toString(), "--as", "/d/a.bin").status());
    assertEquals(Main.DONE, run("store", file.toString(), "--id", "mine").status());
  }

  private Result run(String... args) {
    return new CliRunner(store).run(args);
  }

  private void damage() throws IOException {
    try (RandomAccessFile pack =
        new RandomAccessFile(store.resolve("packs/00000001.pack").toFile(), "rw")) {
      pack.seek(BLOCK + 17);
      int old = pack.read();
      pack.seek(BLOCK + 17);
      pack.write(old ^ 1);
    }
  }

  @Test
  void aSoundStoreHasStatus0() {
    Result result = run("check", "--read-data");
    assertEquals(Main.DONE, result.status(), result.out() + result.err());
    List<String> lines = result.out().lines().toList();
    assertEquals(
        "checked  3 blocks (3.00 MiB read), 1 contents, 3 inodes, 2 names, 1 stored files",
        lines.get(0));
    assertEquals(List.of("result   no damage"), lines.subList(1, lines.size()));
  }

  @Test
  void damageIsListedByPathAndRange() throws IOException {
    damage();
    assertEquals(Main.DONE, run("check").status(), "it does not read the blocks");
    Result result = run("check", "--read-data");
    assertEquals(Main.FAILED, result.status());
    assertTrue(
        result.out().contains("damaged  /d/a.bin, bytes 1048576-2097151: block "), result.out());
    assertTrue(result.out().contains("damaged  id:mine, bytes 1048576-2097151"), result.out());
    assertTrue(result.out().contains("result   2 problems; --repair"), result.out());
    assertEquals("", result.err());
  }

  @Test
  void repairSaysWhatItCouldNotMend() throws IOException {
    damage();
    Result lost = run("check", "--read-data", "--repair");
    assertEquals(Main.FAILED, lost.status());
    assertTrue(lost.out().contains("lost     /d/a.bin, bytes 1048576-2097151"), lost.out());
    assertTrue(lost.out().contains("2 beyond repair"), lost.out());
    Result repaired = run("check", "--read-data", "--repair", "--from", file.toString());
    assertEquals(Main.DONE, repaired.status(), repaired.out());
    assertTrue(repaired.out().contains("restored from " + file), repaired.out());
    assertTrue(repaired.out().contains("result   no damage left, 1 repaired"), repaired.out());
    assertEquals(Main.DONE, run("check", "--read-data").status());
    Path out = directory.resolve("out");
    assertEquals(Main.DONE, run("retrieve", "mine", out.toString()).status());
    assertEquals(-1, Files.mismatch(file, out));
  }

  @Test
  void jsonHasEverything() throws IOException {
    damage();
    Result result = run("check", "--read-data", "--json");
    assertEquals(Main.FAILED, result.status());
    JsonNode json = new ObjectMapper().readTree(result.out());
    assertEquals(2, json.path("findings").size());
    JsonNode finding = json.path("findings").get(0);
    assertEquals("data", finding.path("kind").asText());
    assertEquals("found", finding.path("state").asText());
    assertEquals("/d/a.bin", finding.path("where").asText());
    assertEquals(BLOCK, finding.path("ranges").get(0).path("offset").asLong());
    assertEquals(BLOCK, finding.path("ranges").get(0).path("length").asLong());
    assertEquals(2, json.path("found").asInt());
    assertEquals(3, json.path("blocks").asInt());
    assertEquals(false, json.path("sound").asBoolean(true));
  }

  @Test
  void throughADaemonItChecksButDoesNotRepair() throws IOException {
    damage();
    try (LocalService service = new LocalService(Store.open(StoreConfig.at(store)));
        ServiceServer server = ServiceServer.start(store, service, () -> {})) {
      CliRunner client =
          new CliRunner(store, config -> RemoteService.connect(server.socket()), new FakeMounter());
      Result result = client.run("check", "--read-data");
      assertEquals(Main.FAILED, result.status());
      assertTrue(result.out().contains("damaged  /d/a.bin, bytes 1048576-2097151"), result.out());
      Result refused = client.run("check", "--repair");
      assertEquals(Main.FAILED, refused.status());
      assertTrue(refused.err().contains("unmount it first"), refused.err());
      assertEquals(1, refused.err().lines().count(), refused.err());
    }
  }

  @Test
  void aFileToRestoreFromThatIsNotThereIsNamed() {
    Result result = run("check", "--repair", "--from", directory.resolve("none").toString());
    assertEquals(Main.FAILED, result.status());
    assertTrue(result.err().contains("none"), result.err());
  }

  @Test
  void aLostStoreFileIsMadeAnew() throws IOException {
    Files.delete(store.resolve("store.json"));
    Result lost = run("stats");
    assertEquals(Main.FAILED, lost.status());
    assertTrue(lost.err().contains("check --repair"), lost.err());
    Result repaired = run("check", "--repair");
    assertEquals(Main.DONE, repaired.status(), repaired.out() + repaired.err());
    assertTrue(repaired.out().contains("repaired store.json: it is missing"), repaired.out());
    assertEquals(Main.DONE, run("stats").status());
  }
}
