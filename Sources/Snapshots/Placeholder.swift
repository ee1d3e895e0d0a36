// Turn layer chains into mounts. Removed with the target's first real file.
