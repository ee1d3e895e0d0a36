// Model the runtime and image specs, digests and references, with their JSON. Removed with the target's first real file.
