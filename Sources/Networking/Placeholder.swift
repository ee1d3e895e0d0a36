// Bridges, addresses, published ports. Removed with the target's first real file.
