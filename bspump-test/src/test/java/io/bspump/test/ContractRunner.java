package io.bspump.test;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs a contract that is meant to fail. */
final class ContractRunner {

    private ContractRunner() {}

    /** Returns the rules that failed, each with its message; fails when no rule was tried. */
    static Map<String, String> failures(Class<?> contract) {
        return failures(contract, 5, List.of(selectClass(contract)));
    }

    /** Returns those of the given rules, by the names of their methods, that failed. */
    static Map<String, String> failures(Class<?> contract, String... rules) {
        List<DiscoverySelector> selectors = new ArrayList<>();
        for (String rule : rules) {
            selectors.add(selectMethod(contract, rule));
        }
        return failures(contract, rules.length, selectors);
    }

    private static Map<String, String> failures(Class<?> contract, int atLeast, List<DiscoverySelector> selectors) {
        Map<String, String> failures = new TreeMap<>();
        int[] tried = {0};
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    tried[0]++;
                    result.getThrowable()
                            .ifPresent(
                                    error -> failures.put(test.getDisplayName(), String.valueOf(error.getMessage())));
                }
            }
        });
        if (tried[0] < atLeast) {
            throw new AssertionError("tried only " + tried[0] + " rules of " + contract);
        }
        return failures;
    }
}
