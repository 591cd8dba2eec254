package org.mask2former;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** Who may import what (docs/adr/0002-one-model-many-interpreters.md), for the tests of every module. */
public final class ImportRules {
    private static final String[] EVERYWHERE = {"java..", "javax..", "org.jspecify..", "org.slf4j.."};

    private ImportRules() {}

    /** The classes of a package and those below it, from the module's own sources, without tests. */
    public static JavaClasses sources(String packageName) {
        JavaClasses found = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(packageName);
        if (found.isEmpty()) {
            throw new IllegalStateException("no classes in " + packageName + ": the rule would hold for nothing");
        }
        return found;
    }

    /** The classes of {@code packages} import, beside what all may, only the packages of {@code allowed}. */
    public static void check(JavaClasses sources, String[] packages, String... allowed) {
        DescribedPredicate<JavaClass> legal = resideInAnyPackage(EVERYWHERE)
                .or(resideInAnyPackage(allowed))
                // Arrays of primitives are classes of no package.
                .or(DescribedPredicate.describe(
                        "primitives", c -> c.getBaseComponentType().isPrimitive()));
        classes()
                .that()
                .resideInAnyPackage(packages)
                .should()
                .onlyDependOnClassesThat(legal)
                .check(sources);
    }

    /** The classes of {@code packages} import nothing of {@code forbidden}. */
    public static void checkNot(JavaClasses sources, String[] packages, String... forbidden) {
        noClasses()
                .that()
                .resideInAnyPackage(packages)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(sources);
    }
}
