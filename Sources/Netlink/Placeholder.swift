// Speak rtnetlink and nftables; messages are values, the socket is a protocol. Removed with the target's first real file.
