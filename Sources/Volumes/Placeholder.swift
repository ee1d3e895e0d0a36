// Named volumes and their lifetimes. Removed with the target's first real file.
