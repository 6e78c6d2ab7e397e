package io.unicache.fs;

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

/** Holds the packages of the file system to the layers below. */
class FsArchitectureTest {

  private static final String ROOT = "io.unicache.fs";

  private static final String STORE = "io.unicache.store..";

  /** Home of Timestamp, which the attributes in ops have. */
  private static final String TIMESTAMP = "io.unicache.store.meta";

  /** Of which adapters need the read target only. */
  private static final String READ_TARGET = "io.unicache.store.read";

  /** What each package may import of this project. The package {@link #ROOT} may import all. */
  private static final Map<String, List<String>> MAY_IMPORT =
      Map.of(
          layer("ops"), List.of(STORE),
          layer("control"), List.of(layer("ops"), STORE),
          layer("fuse.mount"), List.of(),
          layer("fuse.jnr"), List.of(layer("ops"), layer("fuse.mount"), TIMESTAMP),
          layer("fuse.kernel"), List.of(layer("ops"), layer("fuse.mount"), TIMESTAMP, READ_TARGET));

  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages(ROOT);

  private static String layer(String name) {
    return ROOT + "." + name + "..";
  }

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
    String[] allowed = Stream.concat(Stream.of(layer), imported.stream()).toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(layer)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.unicache..").and(not(resideInAnyPackage(allowed))))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void everyPackageIsInTheTable() {
    classes()
        .should()
        .resideInAnyPackage(
            Stream.concat(Stream.of(ROOT), MAY_IMPORT.keySet().stream()).toArray(String[]::new))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void mountPointHandlingUsesOnlyTheJdk() {
    classes()
        .that()
        .resideInAPackage(layer("fuse.mount"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", layer("fuse.mount"))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void onlyFuseUsesNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(layer("fuse"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jnr..", "ru.serce..", "com.kenai..")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void nothingPrints() {
    noClasses().should(ACCESS_STANDARD_STREAMS).allowEmptyShould(true).check(CLASSES);
  }
}
