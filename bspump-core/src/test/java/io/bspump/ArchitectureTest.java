package io.bspump;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.bspump.config.Options;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

class ArchitectureTest {

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.bspump");

    @Test
    void thereAreClassesToCheck() {
        assertThat(MAIN.size()).isGreaterThan(80);
    }

    @Test
    void configurationAndLoggingAreLeavesOfTheRoot() {
        noClasses()
                .that()
                .resideInAPackage("io.bspump.config..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.bspump", "io.bspump.logging..")
                .check(MAIN);
    }

    @Test
    void theRootKnowsNoBuiltInParts() {
        noClasses()
                .that()
                .resideInAPackage("io.bspump")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.bspump.aggregation..",
                        "io.bspump.builder..",
                        "io.bspump.crypto..",
                        "io.bspump.file..",
                        "io.bspump.filter..",
                        "io.bspump.ipc..",
                        "io.bspump.json..",
                        "io.bspump.lookup..",
                        "io.bspump.mapping..",
                        "io.bspump.random..",
                        "io.bspump.routing..",
                        "io.bspump.sink..",
                        "io.bspump.source..",
                        "io.bspump.text..",
                        "io.bspump.trigger..",
                        "io.bspump.web..")
                .check(MAIN);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.bspump.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<Package> packages =
                MAIN.stream().map(each -> each.reflect().getPackage()).collect(Collectors.toSet());
        assertThat(packages).allSatisfy(each -> assertThat(each.isAnnotationPresent(NullMarked.class))
                .isTrue());
    }

    @Test
    void noCodeSleepsPrintsOrExits() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(MAIN);
    }

    @Test
    void threadsAreMadeByTheApplicationAlone() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Application")
                .should()
                .callMethodWhere(JavaCall.Predicates.target(
                        HasOwner.Predicates.With.owner(JavaClass.Predicates.equivalentTo(Schedulers.class))))
                .check(MAIN);
    }

    @Test
    void optionsAreDeclaredInAPublicConstant() {
        classes()
                .that()
                .areAssignableTo(Component.class)
                .and()
                .areNotInterfaces()
                .should(new ArchCondition<JavaClass>("declare options where they are found") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getFields().stream()
                                .filter(field -> field.getRawType().isEquivalentTo(Options.class))
                                .filter(field -> !field.getName().equals("OPTIONS")
                                        || !field.getModifiers()
                                                .containsAll(Set.of(
                                                        JavaModifier.PUBLIC, JavaModifier.STATIC, JavaModifier.FINAL)))
                                .forEach(field -> events.add(SimpleConditionEvent.violated(
                                        field, field.getFullName() + " is not public static final OPTIONS")));
                    }
                })
                .check(MAIN);
    }
}
