package io.bspump.file;

/**
 * How far a file has been read, with what tells whether another file is still this one.
 *
 * @param path the absolute path
 * @param key what the file system calls the file, whatever its path: device and inode
 * @param offset of the first byte that has not been read
 * @param headLength how many of the read bytes {@code headHash} covers, from the first
 * @param headHash their SHA-256
 */
record FilePosition(String path, String key, long offset, int headLength, String headHash) {

    FilePosition {
        if (offset < 0 || headLength < 0 || headLength > offset) {
            throw new IllegalArgumentException(
                    "the offset " + offset + " and the length of the head " + headLength + " contradict each other");
        }
    }
}
