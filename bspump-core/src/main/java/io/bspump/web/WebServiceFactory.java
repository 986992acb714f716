package io.bspump.web;

import io.bspump.Application;
import io.bspump.Service;
import io.bspump.ServiceFactory;

/** Gives every application its {@link WebService}. */
public final class WebServiceFactory implements ServiceFactory {

    @Override
    public Service create(Application app) {
        return new WebService(app);
    }
}
