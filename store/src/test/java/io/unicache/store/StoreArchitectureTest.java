package io.unicache.store;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the packages of the store to the layers below. */
class StoreArchitectureTest {

  private static final String ROOT = "io.unicache.store";

  /** What each package may import of this module. The package {@link #ROOT} may import all. */
  private static final Map<String, List<String>> MAY_IMPORT =
      Map.ofEntries(
          Map.entry("error", List.of()),
          Map.entry("block", List.of("error")),
          Map.entry("hash", List.of("block", "error")),
          Map.entry("chunk", List.of("block", "error")),
          Map.entry("os", List.of("error")),
          Map.entry("pack", List.of("block", "os", "error")),
          Map.entry("ledger", List.of("block", "os", "error")),
          Map.entry("meta", List.of("block", "os", "ledger", "error")),
          Map.entry("tree", List.of("block", "meta", "error")),
          Map.entry("ingest", List.of("block", "hash", "chunk", "pack", "meta", "error")),
          Map.entry("read", List.of("block", "hash", "pack", "meta", "error")),
          Map.entry(
              "file",
              List.of(
                  "block", "hash", "chunk", "os", "pack", "meta", "tree", "ingest", "read",
                  "error")),
          Map.entry("download", List.of("block", "ingest", "meta", "error")),
          Map.entry("gc", List.of("block", "hash", "os", "pack", "meta", "error")),
          Map.entry("check", List.of("block", "hash", "pack", "meta", "error")),
          Map.entry("ipc", List.of("", "block", "check", "error")));

  /** The one package that may import a library. */
  private static final Map<String, String> LIBRARY_OF =
      Map.of("org.rocksdb..", "meta", "okhttp3..", "download", "jnr..", "os");

  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages(ROOT);

  @TestFactory
  Stream<DynamicTest> packagesImportOnlyWhatTheTableAllows() {
    return new TreeMap<>(MAY_IMPORT)
        .entrySet().stream()
            .map(
                row ->
                    DynamicTest.dynamicTest(
                        row.getKey() + " imports " + row.getValue(),
                        () -> check(row.getKey(), row.getValue())));
  }

  private static void check(String layer, List<String> imported) {
    String[] allowed =
        Stream.concat(Stream.of(layer), imported.stream())
            .map(StoreArchitectureTest::packages)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(packages(layer))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.unicache..").and(not(resideInAnyPackage(allowed))))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  /** The pattern of a layer and what is under it; the empty name is {@link #ROOT} alone. */
  private static String packages(String layer) {
    return layer.isEmpty() ? ROOT : ROOT + "." + layer + "..";
  }

  @Test
  void everyPackageIsInTheTable() {
    classes()
        .should()
        .resideInAnyPackage(
            Stream.concat(Stream.of(""), MAY_IMPORT.keySet().stream())
                .map(StoreArchitectureTest::packages)
                .toArray(String[]::new))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @TestFactory
  Stream<DynamicTest> librariesStayInOnePackage() {
    return LIBRARY_OF.entrySet().stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row.getKey() + " only in " + row.getValue(),
                    () -> checkLibrary(row.getKey(), row.getValue())));
  }

  private static void checkLibrary(String library, String layer) {
    noClasses()
        .that()
        .resideOutsideOfPackage(packages(layer))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void errorsUseOnlyTheJdk() {
    classes()
        .that()
        .resideInAPackage(packages("error"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", packages("error"))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void nothingKnowsOfFuse() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ru.serce..", "com.kenai..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void nothingPrints() {
    noClasses().should(ACCESS_STANDARD_STREAMS).allowEmptyShould(true).check(CLASSES);
  }
}
