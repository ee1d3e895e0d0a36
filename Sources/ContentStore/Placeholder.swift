// Hold blobs by digest: ingest, verify, lease, collect. Removed with the target's first real file.
