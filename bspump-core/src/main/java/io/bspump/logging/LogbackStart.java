package io.bspump.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * What Logback does until the configuration has been read: INFO and above to stderr. Found by Logback through the service
 * loader, which spares it the search for an XML file and keeps its own messages from stdout, which belongs to data.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogbackStart extends ContextAwareBase implements Configurator {

    /** For the service loader. */
    public LogbackStart() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        new LogbackContext(context).apply(LogSettings.DEFAULTS);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
