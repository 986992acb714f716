package io.bspump.test;

/** How a TCP connection ends. */
enum ProxyEnd {
    /** In order, as by {@code close}. */
    FIN,
    /** At once, as by a crash; what is under way is lost. */
    RST
}
