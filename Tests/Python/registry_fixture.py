#!/usr/bin/env python3
"""Fills a registry with the images that the tests pull: registry_fixture.py URL BUSYBOX_TAR [USER:PASSWORD] [CA].

Speaks the distribution specification by itself, so that each byte is what a test wants it to be. Prints one JSON object:
what was pushed, by name, with the digests.
"""

import base64
import gzip
import hashlib
import http.client
import io
import json
import random
import re
import ssl
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request

OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker."


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def tree(files, base=b""):
    """A tar of {name: bytes, or the target of a link as text}, after the entries of the tar `base`."""
    out = io.BytesIO(base)
    with tarfile.open(fileobj=out, mode="a" if base else "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                tar.addfile(entry)
            else:
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def compressed(tar, how):
    if how == "gzip":
        return gzip.compress(tar, 1, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-1", "-c"], input=tar, capture_output=True, check=True).stdout
    return tar


def config(layers, **more):
    """The bytes of an image's configuration; `layers` are the uncompressed ones."""
    platform = {"architecture": "amd64", "os": "linux", **more.pop("platform", {})}
    return json.dumps({
        **platform, "config": {"Cmd": ["cat", "/hello"], "Env": ["PATH=/bin"], **more},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
        "history": [{"created_by": f"layer {index}"} for index in range(len(layers))],
    }).encode()


class Registry:
    """The writing side of one registry."""

    def __init__(self, url, login=None, authority=None):
        self.url = urllib.parse.urlsplit(url)
        self.headers, self.login = {}, login
        if login:
            self.headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        self.context = ssl.create_default_context(cafile=authority) if self.url.scheme == "https" else None
        self.open()

    def token(self, wanted):
        query = urllib.parse.urlencode({"service": wanted["service"], "scope": wanted["scope"]})
        request = urllib.request.Request(wanted["realm"] + "?" + query)
        request.add_header("Authorization", "Basic " + base64.b64encode(self.login.encode()).decode())
        return json.load(urllib.request.urlopen(request))["token"]

    def open(self):
        if self.context:
            self.connection = http.client.HTTPSConnection(self.url.netloc, context=self.context)
        else:
            self.connection = http.client.HTTPConnection(self.url.netloc)

    def call(self, method, path, body=None, headers={}):
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        challenge = answer.getheader("WWW-Authenticate") or ""
        if answer.status == 401 and challenge.startswith("Bearer") and self.login:
            self.headers["Authorization"] = "Bearer " + self.token(dict(re.findall('(\\w+)="([^"]*)"', challenge)))
            return self.call(method, path, body, headers)
        if answer.status >= 300 and not (method == "HEAD" and answer.status == 404):
            sys.exit(f"{method} {path}: {answer.status} {content[:300]}")
        return answer

    def blob(self, repository, content):
        name = digest(content)
        if self.call("HEAD", f"/v2/{repository}/blobs/{name}").status == 200:
            return name
        place = self.call("POST", f"/v2/{repository}/blobs/uploads/").getheader("Location")
        parts = urllib.parse.urlsplit(place)
        query = parts.query + ("&" if parts.query else "") + f"digest={name}"
        self.call("PUT", f"{parts.path}?{query}", content, {"Content-Type": "application/octet-stream"})
        return name

    def manifest(self, repository, reference, kind, document):
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        name = digest(content)
        self.call("PUT", f"/v2/{repository}/manifests/{reference or name}", content, {"Content-Type": kind})
        return {"mediaType": kind, "digest": name, "size": len(content)}

    def image(self, repository, tag, layers, how="gzip", docker=False, **more):
        """An image of uncompressed `layers`; `tag` None pushes it by its digest."""
        kinds = {"gzip": "+gzip", "zstd": "+zstd", "plain": ""}
        described = []
        for layer in layers:
            content = compressed(layer, how)
            kind = DOCKER + "image.rootfs.diff.tar.gzip" if docker else OCI + "layer.v1.tar" + kinds[how]
            described.append({"mediaType": kind, "digest": self.blob(repository, content), "size": len(content)})
        text = config(layers, **more)
        kind = DOCKER + "distribution.manifest.v2+json" if docker else OCI + "manifest.v1+json"
        return self.manifest(repository, tag, kind, {
            "schemaVersion": 2, "mediaType": kind,
            "config": {
                "mediaType": DOCKER + "container.image.v1+json" if docker else OCI + "config.v1+json",
                "digest": self.blob(repository, text), "size": len(text)},
            "layers": described})


def fill(registry, busybox):
    # Not the layer of the tests' own busybox, which an engine may have already.
    base = tree({"registry": b"base\n"}, open(busybox, "rb").read())
    say = lambda text: tree({"hello": text.encode() + b"\n"})
    done = {}

    def keep(name, described):
        done[name] = described["digest"]

    for how in ["gzip", "zstd", "plain"]:
        keep(f"test/one:{how}", registry.image("test/one", how, [base, say(how)], how))
    keep("test/one:schema2", registry.image("test/one", "schema2", [base, say("schema2")], docker=True))
    keep("test/one:latest", registry.image("test/one", "latest", [base, say("gzip")]))
    for name in "ab":
        keep(f"test/shared:{name}", registry.image("test/shared", name, [base, say("shared"), say(name)]))
    keep("test/other:c", registry.image("test/other", "c", [base, say("shared"), say("c")]))
    for number in range(1, 6):
        keep(f"test/tags:t{number}", registry.image("test/tags", f"t{number}", [base, say(f"t{number}")]))

    keep("open/one:latest", registry.image("open/one", "latest", [base, say("open")]))

    # An index of three platforms, with an attestation as BuildKit adds it.
    entries = []
    for architecture, variant in [("amd64", None), ("arm64", "v8"), ("arm", "v7")]:
        platform = {"os": "linux", "architecture": architecture, **({"variant": variant} if variant else {})}
        described = registry.image("test/multi", None, [base, say(architecture)], platform=platform)
        done[f"test/multi:{architecture}"] = described["digest"]
        entries.append({**described, "platform": platform})
    note = registry.image("test/multi", None, [say("attestation")], platform={"os": "unknown", "architecture": "unknown"})
    entries.append({
        **note, "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest",
                        "vnd.docker.reference.digest": entries[0]["digest"]}})
    kind = OCI + "index.v1+json"
    index = {"schemaVersion": 2, "mediaType": kind, "manifests": entries}
    keep("test/multi:latest", registry.manifest("test/multi", "latest", kind, index))
    kind = DOCKER + "distribution.manifest.list.v2+json"
    index = {"schemaVersion": 2, "mediaType": kind, "manifests": entries[:3]}
    keep("test/multi:list", registry.manifest("test/multi", "list", kind, index))
    kind = OCI + "index.v1+json"
    keep("test/multi:arm", registry.manifest(
        "test/multi", "arm", kind, {"schemaVersion": 2, "mediaType": kind, "manifests": entries[1:3]}))

    # Media types that are no layers of ours.
    text, layer = config([base]), compressed(base, "gzip")
    for name, kind in [
        ("foreign", DOCKER + "image.rootfs.foreign.diff.tar.gzip"),
        ("unknown", "application/vnd.example.layer"),
        ("lzma", OCI + "layer.v1.tar+xz"),
    ]:
        described = {"mediaType": kind, "digest": registry.blob("test/odd", layer), "size": len(layer)}
        if name == "foreign":
            described["urls"] = ["http://127.0.0.1:1/layer"]
        keep(f"test/odd:{name}", registry.manifest("test/odd", name, OCI + "manifest.v1+json", {
            "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
            "config": {"mediaType": OCI + "config.v1+json", "digest": registry.blob("test/odd", text), "size": len(text)},
            "layers": [described]}))
    empty = b"{}"
    keep("test/odd:artifact", registry.manifest("test/odd", "artifact", OCI + "manifest.v1+json", {
        "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "artifactType": "application/vnd.example",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": registry.blob("test/odd", empty), "size": 2},
        "layers": [{"mediaType": "application/vnd.example", "digest": registry.blob("test/odd", empty), "size": 2}]}))

    # Two layers that do not shrink, to be broken off in the middle.
    noise = random.Random(7)
    big = [tree({f"noise{index}": noise.randbytes(24 << 20)}) for index in range(2)]
    keep("test/big:latest", registry.image("test/big", "latest", [base] + big))
    return done


if __name__ == "__main__":
    url, busybox, login, authority = (sys.argv[1:] + [None, None])[:4]
    print(json.dumps(fill(Registry(url, login or None, authority), busybox)))
