package io.bspump.file;

/**
 * How far a file has been read, with what tells whether another file is still this one or has its content.
 *
 * @param path the absolute path where it was last seen
 * @param key what the file system calls the file, whatever its path: device and inode; empty when that file holds
 *     something else by now
 * @param offset of the first byte that has not been read, in what a compressed file holds
 * @param headLength how many of the read bytes {@code headHash} covers, from the first
 * @param headHash their hash
 * @param seamHash the hash of the last bytes before the offset; empty when it is not known
 * @param ended the size on disk of the file if its end had been reached, else -1
 * @param rotated whether it has had another path before
 * @param goneSince when it was missed first, in milliseconds since 1970; 0 when it is there
 */
record FilePosition(
        String path,
        String key,
        long offset,
        int headLength,
        String headHash,
        String seamHash,
        long ended,
        boolean rotated,
        long goneSince) {

    FilePosition {
        if (offset < 0 || headLength < 0 || headLength > offset) {
            throw new IllegalArgumentException(
                    "the offset " + offset + " and the length of the head " + headLength + " contradict each other");
        }
    }

    FilePosition withPath(String newPath, String newKey, boolean nowRotated, long newGoneSince) {
        return new FilePosition(
                newPath, newKey, offset, headLength, headHash, seamHash, ended, nowRotated, newGoneSince);
    }

    FilePosition withEnd(long size) {
        return new FilePosition(path, key, offset, headLength, headHash, seamHash, size, rotated, goneSince);
    }
}
