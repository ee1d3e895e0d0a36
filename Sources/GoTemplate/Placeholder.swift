// Parse and run the Go templates that --format takes. Removed with the target's first real file.
