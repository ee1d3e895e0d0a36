// Run one container: OCI operations, launcher, supervision. Removed with the target's first real file.
