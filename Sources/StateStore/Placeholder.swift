// Keep typed, versioned records in SQLite through crashes. Removed with the target's first real file.
