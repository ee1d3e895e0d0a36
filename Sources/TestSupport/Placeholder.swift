// Fixtures, fakes, capability probes. Removed with the target's first real file.
