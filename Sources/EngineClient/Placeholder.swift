// Call the API, one file per operation. Removed with the target's first real file.
