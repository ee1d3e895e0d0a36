// Stream layers in and out, confined to a root. Removed with the target's first real file.
