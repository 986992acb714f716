package io.bspump.web;

import io.bspump.config.ConfigException;
import io.bspump.config.ConfigProblem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A request that is refused: its status, a code for programs, a message for people, and what else there is to know. */
final class ApiError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final String WAS = ", was '";

    private final int status;
    private final String code;
    private final transient Map<String, Object> details;
    private final transient Map<String, String> headers;

    ApiError(int status, String code, String message) {
        this(status, code, message, Map.of(), Map.of());
    }

    private ApiError(
            int status, String code, String message, Map<String, Object> details, Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.details = details;
        this.headers = headers;
    }

    /** Values that break rules, all of them. */
    static ApiError invalid(ConfigException error) {
        List<Map<String, Object>> problems =
                error.problems().stream().map(ApiError::problem).toList();
        String message = error.problems().stream()
                .map(problem -> new ConfigProblem(null, 0, problem.section(), problem.key(), problem.message()))
                .map(ConfigProblem::toString)
                .collect(Collectors.joining("; "));
        return new ApiError(422, "invalid", message).with("problems", problems);
    }

    private static Map<String, Object> problem(ConfigProblem problem) {
        String message = problem.message();
        int was = message.lastIndexOf(WAS);
        boolean shown = was > 0 && message.indexOf('\'', was + WAS.length()) > 0;
        String rule = shown ? message.substring(0, was) : message;
        String prefix = problem.key() + " ";
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("section", problem.section());
        view.put("key", problem.key());
        view.put("rule", rule.startsWith(prefix) ? rule.substring(prefix.length()) : rule);
        view.put("value", shown ? value(message, was + WAS.length()) : null);
        view.put("message", message);
        if (problem.file() != null && problem.line() > 0) {
            view.put("place", problem.file() + ":" + problem.line());
        }
        return view;
    }

    private static String value(String message, int from) {
        return message.substring(from, message.lastIndexOf('\'', hint(message, from)));
    }

    /** Where a hint begins that follows the value. */
    private static int hint(String message, int from) {
        int hint = message.indexOf("', did you mean", from);
        return hint < 0 ? message.length() : hint;
    }

    /** The same with one more thing to know. */
    ApiError with(String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(details);
        more.put(key, value);
        return new ApiError(status, code, text(), more, headers);
    }

    /** The same with a header. */
    ApiError header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new ApiError(status, code, text(), details, more);
    }

    private String text() {
        return String.valueOf(getMessage());
    }

    int status() {
        return status;
    }

    Answer answer() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("code", code);
        body.put("message", text());
        body.putAll(details);
        Answer answer = Answer.json(status, body);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            answer = answer.header(header.getKey(), header.getValue());
        }
        return answer;
    }
}
