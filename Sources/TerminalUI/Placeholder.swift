// Terminal modes, sizes and drawing. Removed with the target's first real file.
