// Define the versioned messages between daemon, launcher and supervisor. Removed with the target's first real file.
