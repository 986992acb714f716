package io.bspump.web;

import io.bspump.Application;
import io.bspump.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code connections}: the management API of a running pump on the command line. */
public final class ConnectionsCommand implements Command {

    private static final int FAILED = 1;
    private static final int WRONG = 2;

    @Override
    public String name() {
        return "connections";
    }

    @Override
    public String summary() {
        return "Look at the connections of a running pump and change them.";
    }

    @Override
    public int run(Application app, List<String> arguments, PrintStream out, PrintStream err) {
        CommandSpec spec = spec();
        try {
            ParseResult parsed = new CommandLine(spec).parseArgs(arguments.toArray(String[]::new));
            if (parsed.isUsageHelpRequested()) {
                out.print(new CommandLine(spec).getUsageMessage(CommandLine.Help.Ansi.OFF));
                return 0;
            }
            return run(app, parsed, out);
        } catch (ParameterException e) {
            err.println(e.getMessage() + "; see connections --help");
            return WRONG;
        } catch (IOException e) {
            err.println(e.getMessage());
            return FAILED;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int run(Application app, ParseResult parsed, PrintStream out) throws IOException {
        List<String> words = parsed.matchedPositionalValue(0, List.of());
        String action = words.isEmpty() ? "" : words.get(0);
        ApiClient client = new ApiClient(url(app, parsed), token(app, parsed));
        ConnectionsTool tool = new ConnectionsTool(client, out, parsed.hasMatchedOption("--json"));
        return switch (action) {
            case "list" -> {
                only(parsed, words, 1);
                yield tool.list();
            }
            case "show" -> tool.show(argument(parsed, words, "ID"));
            case "test" -> tool.test(Path.of(argument(parsed, words, "FILE")));
            case "apply" -> tool.apply(Path.of(argument(parsed, words, "FILE")), parsed.hasMatchedOption("--dry-run"));
            case "watch" -> {
                only(parsed, words, 2);
                yield tool.watch(words.size() > 1 ? Optional.of(words.get(1)) : Optional.empty());
            }
            default ->
                throw wrong(
                        parsed,
                        (action.isEmpty() ? "say what to do" : "'" + action + "' is not known")
                                + ": list, show, test, watch or apply");
        };
    }

    private static void only(ParseResult parsed, List<String> words, int count) {
        if (words.size() > count) {
            throw wrong(parsed, "unexpected argument '" + words.get(count) + "'");
        }
    }

    private static String argument(ParseResult parsed, List<String> words, String name) {
        only(parsed, words, 2);
        if (words.size() < 2) {
            throw wrong(parsed, words.get(0) + " needs " + name);
        }
        return words.get(1);
    }

    private static ParameterException wrong(ParseResult parsed, String message) {
        return new ParameterException(parsed.commandSpec().commandLine(), message);
    }

    private static URI url(Application app, ParseResult parsed) {
        String given = parsed.matchedOptionValue("--url", "");
        if (given.startsWith("http://") || given.startsWith("https://")) {
            try {
                return URI.create(given.endsWith("/") ? given : given + "/");
            } catch (IllegalArgumentException e) {
                throw wrong(parsed, "--url must be a URL, was '" + given + "'");
            }
        }
        if (!given.isEmpty()) {
            throw wrong(parsed, "--url must begin with http:// or https://, was '" + given + "'");
        }
        return ListenAddress.parse(app.configuration().peek("web", "listen").orElse(""))
                .filter(listen -> listen.port() > 0)
                .map(listen -> URI.create(listen.url(listen.port()) + "/"))
                .orElseThrow(() ->
                        wrong(parsed, "say where the pump listens: --url URL, or [web] listen in the configuration"));
    }

    private static String token(Application app, ParseResult parsed) {
        return parsed.matchedOptionValue(
                "--token", app.configuration().peek("web", "token").orElse(""));
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("pump connections");
        spec.parser().expandAtFiles(false);
        spec.usageMessage()
                .description(
                        "Looks at the connections of a running pump and changes them, over its management API.", "")
                .footer(
                        "",
                        "  list          all of them",
                        "  show ID       all about one",
                        "  test FILE     tries those in FILE without keeping them",
                        "  watch [ID]    prints the changes of one, or of all, until it is stopped",
                        "  apply FILE    creates those in FILE and updates those that differ; deletes none",
                        "",
                        "FILE is YAML or JSON: a list of connections with id, typ and props.",
                        "-c and --set say which configuration it is, as for the pump itself.",
                        "",
                        "Exit codes:",
                        "  0   fine",
                        "  1   the pump did not do it, or did not answer",
                        "  2   the command line is wrong");
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("ACTION")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .hideParamSyntax(false)
                .description("What to do.")
                .build());
        spec.addOption(OptionSpec.builder("--url")
                .paramLabel("URL")
                .type(String.class)
                .description("Where the pump listens. By default what [web] listen says.")
                .build());
        spec.addOption(OptionSpec.builder("--token")
                .paramLabel("TOKEN")
                .type(String.class)
                .description("Its token. By default [web] token, also from $BSPUMP__WEB__TOKEN.")
                .build());
        spec.addOption(OptionSpec.builder("--json")
                .description("Print JSON, one line for each.")
                .build());
        spec.addOption(OptionSpec.builder("--dry-run")
                .description("With apply: say what would be done.")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this text.")
                .build());
        return spec;
    }
}
