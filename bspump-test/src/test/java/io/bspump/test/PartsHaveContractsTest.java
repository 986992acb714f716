package io.bspump.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.bspump.Component;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No part comes with bspump that is not tested with the contract that users test theirs with. */
class PartsHaveContractsTest {

    @Test
    void eachPartIsCreatedByAContractTest() {
        JavaClasses classes = new ClassFileImporter().importPackages("io.bspump");
        List<String> without = classes.stream()
                .filter(PartsHaveContractsTest::isPart)
                .filter(part -> part.getConstructorCallsToSelf().stream()
                        .noneMatch(call -> call.getOriginOwner().isAssignableTo(Contract.class)))
                .map(JavaClass::getSimpleName)
                .sorted()
                .toList();
        assertThat(without).isEmpty();
    }

    private static boolean isPart(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && !type.getModifiers().contains(JavaModifier.ABSTRACT)
                && !type.getPackageName().equals("io.bspump.test")
                && type.isAssignableTo(Component.class);
    }
}
