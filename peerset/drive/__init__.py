"""Files of a room: paths, entries, and the blobs that they name."""
