// Compile a profile to a BPF program, and install one. Removed with the target's first real file.
