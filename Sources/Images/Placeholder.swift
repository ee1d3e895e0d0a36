// Own names: tag, save, load, import, garbage roots. Removed with the target's first real file.
