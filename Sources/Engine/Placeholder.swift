// One actor per object, one method per use case. Removed with the target's first real file.
