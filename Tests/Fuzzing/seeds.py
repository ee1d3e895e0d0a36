#!/usr/bin/env python3
"""Writes what the fuzzer begins with: seeds.py tar|manifest|reference|json FOLDER."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

DIGEST = "sha256:" + "0123456789abcdef" * 4
OCI = "application/vnd.oci.image."


def tars():
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, kind, content in [
                ("dir", tarfile.DIRTYPE, b""), ("dir/file", tarfile.REGTYPE, b"content" * 100),
                ("link", tarfile.SYMTYPE, b""), ("hard", tarfile.LNKTYPE, b""), ("null", tarfile.CHRTYPE, b""),
                ("pipe", tarfile.FIFOTYPE, b""), ("dir/.wh.gone", tarfile.REGTYPE, b""),
            ]:
                entry = tarfile.TarInfo(name)
                entry.type, entry.size, entry.linkname = kind, len(content), "dir/file" if "L" not in name else ""
                entry.devmajor, entry.devminor = 1, 3
                tar.addfile(entry, io.BytesIO(content))
            if form != tarfile.USTAR_FORMAT:
                entry = tarfile.TarInfo("long/" * 60 + "name")
                entry.size = 3
                if form == tarfile.PAX_FORMAT:
                    entry.pax_headers = {"SCHILY.xattr.user.x": "y", "mtime": "1.5", "comment": "none"}
                tar.addfile(entry, io.BytesIO(b"abc"))
        yield out.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/sparse", "wb") as file:
            for offset in range(0, 40 << 20, 1 << 20):
                file.seek(offset)
                file.write(b"x")
        for words in (["--format=gnu"], ["--format=posix"], ["--format=posix", "--sparse-version=0.0"],
                      ["--format=posix", "--sparse-version=0.1"]):
            yield subprocess.run(
                ["tar", "-S", *words, "-C", folder, "-cf", "-", "sparse"], capture_output=True, check=True).stdout[:32768]


def manifests():
    layer = {"mediaType": OCI + "layer.v1.tar+gzip", "digest": DIGEST, "size": 12, "urls": ["http://x/"], "annotations": {"a": "b"}}
    platform = {"architecture": "arm64", "os": "linux", "variant": "v8", "os.version": "1", "os.features": ["x"]}
    yield {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "artifactType": "x/y", "config": layer, "layers": [layer],
           "subject": layer, "annotations": {"k": "v"}}
    yield {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [{**layer, "platform": platform}]}
    yield {**platform, "created": "2020-01-01T00:00:00.5Z", "author": "me", "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
           "config": {"Cmd": ["a"], "Entrypoint": ["b"], "Env": ["A=b"], "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/v": {}},
                      "Labels": {"l": "m"}, "Healthcheck": {"Test": ["NONE"], "Interval": 5}, "User": "1:2", "WorkingDir": "/",
                      "StopSignal": "9", "OnBuild": ["RUN x"], "Shell": ["sh"], "ArgsEscaped": True},
           "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "x", "empty_layer": True, "comment": "c"}]}


SEEDS = {
    "tar": tars,
    "manifest": lambda: (json.dumps(document).encode() for document in manifests()),
    "json": lambda: [json.dumps(document).encode() for document in manifests()]
    + [b'[1.5e-300, -0, 18446744073709551616, "\\ud83d\\ude00", null, true]'],
    "reference": lambda: [text.encode() for text in (
        "busybox", "library/busybox:latest", f"docker.io/a/b_c__d-e.f:tag@{DIGEST}", "[::1]:5000/x:1", "localhost:80/x",
        DIGEST, "linux/arm/v7", "2020-01-01T00:00:00.123456789+02:00", "windows(10.0)/amd64")],
}

if __name__ == "__main__":
    parser, folder = sys.argv[1:3]
    for number, content in enumerate(SEEDS[parser]()):
        with open(os.path.join(folder, f"seed{number}"), "wb") as file:
            file.write(content)
