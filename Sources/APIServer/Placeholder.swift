// Map Docker routes to protocols that it defines itself. Removed with the target's first real file.
