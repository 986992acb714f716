package io.bspump;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Handlers for the signals of the operating system.
 *
 * <p>{@code sun.misc.Signal} is called by reflection because javac's warning about it cannot be suppressed and
 * warnings are errors here. The JVM calls each handler on a new thread of its own; handlers must not block.
 */
final class Signals {

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Handles a signal. One that this JVM or system does not give us is logged and left alone.
     *
     * @param name without {@code SIG}, such as {@code TERM}
     * @return puts the previous handler back
     */
    static Disposable handle(String name, Runnable handler) {
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Method handle = signalType.getMethod("handle", signalType, handlerType);
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            Object previous = handle.invoke(null, signal, proxy(handlerType, handler));
            return new Handled(name, handle, signal, previous);
        } catch (InvocationTargetException e) {
            return unavailable(name, e.getTargetException());
        } catch (ReflectiveOperationException e) {
            return unavailable(name, e);
        }
    }

    private static Object proxy(Class<?> handlerType, Runnable handler) {
        return Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, args) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(handler, args);
                    }
                    handler.run();
                    return null;
                });
    }

    private static Disposable unavailable(String name, Throwable reason) {
        LOG.info("This signal is not available and will not be handled, signal={} reason={}", name, reason.toString());
        return Disposables.disposed();
    }

    private static final class Handled implements Disposable {
        private final String name;
        private final Method handle;
        private final Object signal;
        private final @Nullable Object previous;
        private final AtomicBoolean disposed = new AtomicBoolean();

        Handled(String name, Method handle, Object signal, @Nullable Object previous) {
            this.name = name;
            this.handle = handle;
            this.signal = signal;
            this.previous = previous;
        }

        @Override
        public void dispose() {
            if (!disposed.compareAndSet(false, true)) {
                return;
            }
            try {
                handle.invoke(null, signal, previous);
            } catch (ReflectiveOperationException e) {
                LOG.warn("The previous handler could not be put back, signal={}", name, e);
            }
        }

        @Override
        public boolean isDisposed() {
            return disposed.get();
        }
    }
}
