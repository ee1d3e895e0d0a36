// Serve HTTP/1.1 and raw takeover on sockets; knows no Docker. Removed with the target's first real file.
