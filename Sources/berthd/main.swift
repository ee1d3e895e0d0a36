// Wired below.
