package io.bspump.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** What a query asks of the value of one field; null is the value of a field that is not there. */
@FunctionalInterface
interface FieldTest {

    boolean matches(@Nullable Object value);

    /**
     * Compiles what stands for a field in a query: a value, or an object of operators.
     *
     * @throws IllegalArgumentException naming the place and the rule, if it is none
     */
    static FieldTest compile(String place, @Nullable Object condition) {
        if (condition instanceof Map<?, ?> operators && hasOperators(place, operators)) {
            return operators(place, operators);
        }
        return oneOf(value -> Values.equal(value, condition));
    }

    private static boolean hasOperators(String place, Map<?, ?> map) {
        long count = map.keySet().stream()
                .filter(key -> String.valueOf(key).startsWith("$"))
                .count();
        if (count != 0 && count != map.size()) {
            throw new IllegalArgumentException(place + " must have operators only, or none");
        }
        return count != 0;
    }

    private static FieldTest operators(String place, Map<?, ?> operators) {
        List<FieldTest> tests = new ArrayList<>();
        operators.forEach((key, argument) -> {
            String operator = String.valueOf(key);
            if (!operator.equals("$options")) {
                tests.add(operator(place + "." + operator, operator, argument, operators));
            } else if (!operators.containsKey("$regex")) {
                throw new IllegalArgumentException(place + ".$options must stand beside $regex");
            }
        });
        FieldTest[] all = tests.toArray(new FieldTest[0]);
        return all.length == 1 ? all[0] : value -> allMatch(all, value);
    }

    private static boolean allMatch(FieldTest[] tests, @Nullable Object value) {
        for (FieldTest test : tests) {
            if (!test.matches(value)) {
                return false;
            }
        }
        return true;
    }

    private static FieldTest operator(String place, String operator, @Nullable Object argument, Map<?, ?> beside) {
        return switch (operator) {
            case "$eq" -> oneOf(value -> Values.equal(value, argument));
            case "$ne" -> not(oneOf(value -> Values.equal(value, argument)));
            case "$gt" -> compared(place, argument, order -> order > 0);
            case "$gte" -> compared(place, argument, order -> order >= 0);
            case "$lt" -> compared(place, argument, order -> order < 0);
            case "$lte" -> compared(place, argument, order -> order <= 0);
            case "$in" -> in(place, argument);
            case "$nin" -> not(in(place, argument));
            case "$exists" -> exists(place, argument);
            case "$regex" -> regex(place, argument, beside.get("$options"));
            case "$not" -> not(negated(place, argument));
            default ->
                throw new IllegalArgumentException(place + " is not known; operators are $eq, $ne, $gt, $gte, $lt,"
                        + " $lte, $in, $nin, $exists, $regex and $not");
        };
    }

    private static FieldTest not(FieldTest test) {
        return value -> !test.matches(value);
    }

    private static FieldTest negated(String place, @Nullable Object argument) {
        if (argument instanceof Map<?, ?> operators && hasOperators(place, operators)) {
            return operators(place, operators);
        }
        throw new IllegalArgumentException(place + " must be an object of operators");
    }

    /** Fits a value, and a list of which one element fits. */
    private static FieldTest oneOf(FieldTest test) {
        return value -> {
            if (test.matches(value)) {
                return true;
            }
            if (value instanceof List<?> list) {
                for (Object element : list) {
                    if (test.matches(element)) {
                        return true;
                    }
                }
            }
            return false;
        };
    }

    /** Whether an order is the one that is asked for. */
    @FunctionalInterface
    interface Order {
        boolean fits(int order);
    }

    private static FieldTest compared(String place, @Nullable Object argument, Order wanted) {
        if (argument instanceof Number number) {
            return oneOf(value -> value instanceof Number other && wanted.fits(Values.compare(other, number)));
        }
        if (argument instanceof String text) {
            return oneOf(value -> value instanceof String other && wanted.fits(other.compareTo(text)));
        }
        throw new IllegalArgumentException(place + " must be a number or a text");
    }

    private static FieldTest in(String place, @Nullable Object argument) {
        if (!(argument instanceof List<?> list)) {
            throw new IllegalArgumentException(place + " must be a list");
        }
        Object[] values = list.toArray();
        return oneOf(value -> Values.isAmong(value, values));
    }

    private static FieldTest exists(String place, @Nullable Object argument) {
        if (argument instanceof Boolean wanted) {
            return value -> (value != null) == wanted;
        }
        throw new IllegalArgumentException(place + " must be true or false");
    }

    private static FieldTest regex(String place, @Nullable Object argument, @Nullable Object options) {
        if (!(argument instanceof String expression)) {
            throw new IllegalArgumentException(place + " must be a text");
        }
        try {
            Pattern pattern = Pattern.compile(expression, flags(place, options));
            return oneOf(value ->
                    value instanceof String text && pattern.matcher(text).find());
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    place + " must be a regular expression: " + e.getDescription() + " at index " + e.getIndex(), e);
        }
    }

    private static int flags(String place, @Nullable Object options) {
        int flags = 0;
        for (char option :
                options == null ? new char[0] : String.valueOf(options).toCharArray()) {
            flags |= switch (option) {
                case 'i' -> Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
                case 'm' -> Pattern.MULTILINE;
                case 's' -> Pattern.DOTALL;
                case 'x' -> Pattern.COMMENTS;
                default -> throw new IllegalArgumentException(place + ": $options must be of i, m, s and x");
            };
        }
        return flags;
    }
}
