package io.bspump.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What names of sections, keys and environment variables have in common. */
final class Names {

    static final String OVERRIDE_PREFIX = "BSPUMP__";

    private static final int SHOWN_LENGTH = 60;
    private static final Pattern SENSITIVE = Pattern.compile(
            "passw|passphrase|passwd|pwd|secret|token|api_?key|private_?key|credential|jaas", Pattern.CASE_INSENSITIVE);

    private Names() {}

    static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The form of a section or key inside the name of an environment variable. */
    static String variable(String name) {
        StringBuilder text = new StringBuilder(name.length());
        for (char c : name.toUpperCase(Locale.ROOT).toCharArray()) {
            text.append((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_');
        }
        return text.toString();
    }

    static boolean sensitive(String key) {
        return SENSITIVE.matcher(key.replace('-', '_').replace('.', '_')).find();
    }

    /** A name as a message shows it: a whole line of a pasted private key may have become a name, so long ones are cut. */
    static String shown(String name) {
        String visible = name.length() > SHOWN_LENGTH ? name.substring(0, SHOWN_LENGTH / 4) + "..." : name;
        return visible.replace('\n', ' ').replace('\r', ' ');
    }

    /** The candidate that was most likely meant. */
    static Optional<String> nearest(String name, Collection<String> candidates) {
        String best = null;
        int limit = tolerated(name);
        for (String candidate : candidates) {
            if (Math.abs(candidate.length() - name.length()) > limit || candidate.equals(name)) {
                continue;
            }
            int distance = distance(key(name), key(candidate));
            if (distance <= limit) {
                best = candidate;
                limit = distance - 1;
            }
        }
        return Optional.ofNullable(best);
    }

    private static int tolerated(String name) {
        if (name.length() > SHOWN_LENGTH) {
            return -1;
        }
        return name.length() < 3 ? 0 : name.length() < 6 ? 1 : 2;
    }

    /** Edit distance in which two swapped neighbours count once (optimal string alignment). */
    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return last[b.length()];
    }
}
