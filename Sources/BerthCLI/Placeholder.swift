// Docker's commands, one per file. Removed with the target's first real file.
