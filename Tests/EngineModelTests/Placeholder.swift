// Removed with the first real test file.
