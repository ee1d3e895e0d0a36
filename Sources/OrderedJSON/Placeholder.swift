// Read and write JSON in declaration order, with Go's escaping. Removed with the target's first real file.
