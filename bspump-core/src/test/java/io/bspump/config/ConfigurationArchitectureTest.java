package io.bspump.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ConfigurationArchitectureTest {

    private static final String HERE = "io.bspump.config";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(HERE);

    @Test
    void dependsOnNothingElseOfTheFramework() {
        noClasses()
                .that()
                .resideInAPackage(HERE)
                .should()
                .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("io.bspump..")
                        .and(JavaClass.Predicates.resideOutsideOfPackage(HERE)))
                .check(classes);
    }

    /** Its substitution never ends for hostile texts (CVE-2022-41404), so only the parser may be used, in one place. */
    @Test
    void onlyOneClassUsesIni4jAndOnlyItsParser() {
        noClasses()
                .that()
                .haveNameNotMatching("io\\.bspump\\.config\\.IniFile(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.ini4j..")
                .check(classes);
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveNameMatching("org\\.ini4j\\.(?!Config$|spi\\.).*")
                .check(classes);
    }
}
