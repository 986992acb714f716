package io.bspump.test;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Map;
import java.util.TreeMap;
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
        Map<String, String> failures = new TreeMap<>();
        int[] tried = {0};
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(contract))
                .build();
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
        if (tried[0] < 5) {
            throw new AssertionError("tried only " + tried[0] + " rules of " + contract);
        }
        return failures;
    }
}
