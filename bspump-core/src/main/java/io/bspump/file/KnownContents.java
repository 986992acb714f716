package io.bspump.file;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the files that a rotated file may be a copy of, or may have been compressed from. */
final class KnownContents {

    private final Map<String, Set<Integer>> headLengths = new HashMap<>();
    private final Map<Head, List<KnownFile>> files = new HashMap<>();

    private record Head(String stem, int length, String hash) {}

    KnownContents(Collection<KnownFile> known) {
        for (KnownFile file : known) {
            FilePosition reached = file.reached();
            if (reached != null && reached.offset() > 0) {
                String stem = RotatedName.stem(file.place());
                headLengths.computeIfAbsent(stem, key -> new HashSet<>()).add(reached.headLength());
                files.computeIfAbsent(
                                new Head(stem, reached.headLength(), reached.headHash()), key -> new ArrayList<>())
                        .add(file);
            }
        }
    }

    /** Tells whether there is any file of which the path could be a rotated one. */
    boolean hasRelatives(String path) {
        return RotatedName.isRotated(path) && headLengths.containsKey(RotatedName.stem(path));
    }

    /** Returns the files of other paths that a rotated file begins like. */
    List<KnownFile> candidates(String path, InputFile file) {
        String stem = RotatedName.stem(path);
        List<KnownFile> found = new ArrayList<>();
        for (int length : headLengths.getOrDefault(stem, Set.of())) {
            String hash = file.headHash(length);
            if (hash != null) {
                found.addAll(files.getOrDefault(new Head(stem, length, hash), List.of()));
            }
        }
        found.removeIf(known -> known.place().equals(path) && !known.key().isEmpty());
        return found;
    }
}
