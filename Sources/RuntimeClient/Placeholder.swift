// Start supervisors and find them again after a restart. Removed with the target's first real file.
