// Create, limit, freeze, kill and read groups, v1 and v2, under any root path. Removed with the target's first real file.
