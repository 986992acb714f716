package io.bspump.kafka;

import javax.security.auth.login.LoginException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is wrong when no token of OAUTHBEARER could be had. */
final class Tokens {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaConnection.class);
    private static final String CLASSES = "^(?:[\\w.$]+: )+";

    /** How the driver calls what it does not try again, such as an answer that the client is not known. */
    private static final String REFUSED = "UnretryableException";

    private Tokens() {}

    /** The JVM makes one text of the error and its stack trace; this is the error alone, if it is such a one. */
    static KafkaException readable(KafkaException error) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each instanceof LoginException && each.getMessage() != null) {
                LOG.debug("No token", error);
                String reason = each.getMessage().lines().findFirst().orElse("").replaceFirst(CLASSES, "");
                String text = "no token could be fetched: " + reason;
                return each.getMessage().contains(REFUSED)
                        ? new SaslAuthenticationException(text)
                        : new KafkaException(text);
            }
        }
        return error;
    }
}
