// Write, rotate and read container output files. Removed with the target's first real file.
