#!/usr/bin/env python3
"""A registry that does everything wrong, one thing for each repository: hostile_registry.py PORT_FILE LOG.

The name of the repository below `evil/` says what happens to a pull of it; `evil/good` is a whole image. Each request is
a line of LOG: method, path, and what came as Authorization.
"""

import gzip
import hashlib
import io
import json
import os
import socket
import struct
import sys
import tarfile
import threading
import time
import zlib

port_file, log = sys.argv[1:3]
OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG, LAYER = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json", OCI + "layer.v1.tar"
blobs = {}
manifests = {}


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def tar_of(entries):
    """A tar of (name, bytes, kind, link) entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, kind, link in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, link, len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def files(*names):
    return tar_of([(name, name.encode(), tarfile.REGTYPE, "") for name in names])


def add(content):
    blobs[digest(content)] = content
    return digest(content)


def config(tars, **more):
    return json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                       "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in tars]}, **more}).encode()


def manifest(tars, text=None, how=lambda tar: gzip.compress(tar, mtime=0), **change):
    """The bytes of a manifest for uncompressed `tars`, its blobs kept."""
    text = config(tars) if text is None else text
    layers = [how(tar) for tar in tars]
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, "digest": add(text), "size": len(text)},
        "layers": [{"mediaType": LAYER + "+gzip", "digest": add(layer), "size": len(layer)} for layer in layers],
        **change}).encode()


def changed(content, change):
    document = json.loads(content)
    change(document)
    return json.dumps(document).encode()


def zeros(count):
    """A gzip of a tar with one file of `count` zeros, made piece by piece, and the digest of the tar."""
    head = tarfile.TarInfo("zeros")
    head.size = count
    packer, hashed, out = zlib.compressobj(1, zlib.DEFLATED, 31), hashlib.sha256(), []
    piece = bytes(1 << 20)
    for part in [head.tobuf(tarfile.PAX_FORMAT)] + [piece] * (count >> 20) + [bytes(1024)]:
        hashed.update(part)
        out.append(packer.compress(part))
    out.append(packer.flush())
    return b"".join(out), "sha256:" + hashed.hexdigest()


def prepare():
    one, two = files("one"), files("two")
    good = manifest([one, two])
    layer = json.loads(good)["layers"][0]
    put = lambda name, content, kind=MANIFEST: manifests.__setitem__("evil/" + name, (content, kind))
    for name in ["good", "truncated", "endless", "stall-blob", "reset", "redirect-link-local", "redirect-file",
                 "redirect-loop", "redirect-other", "longer", "shorter", "html-blob", "busy-once", "busy-always",
                 "gone-blob", "wrong-range", "auth-loop", "token-stall", "token-html", "token-huge", "token-file",
                 "wrong-digest", "error-page", "long-head", "basic-loop", "chunk-lie"]:
        put(name, manifest([files("one of " + name), two]))
    put("wrong-config", manifest([files("one of wrong-config"), two], text=config([one, two], author="wrong-config")))
    put("wrong-size", changed(good, lambda document: document["layers"][0].update(size=layer["size"] + 7)))
    put("small-size", changed(good, lambda document: document["layers"][0].update(size=3)))
    put("negative-size", changed(good, lambda document: document["layers"][0].update(size=-1)))
    put("huge-size", changed(good, lambda document: document["layers"][0].update(size=1 << 62)))
    put("wrong-diff-id", manifest([one, two], text=config([two, one])))
    put("few-diff-ids", manifest([one, two], text=config([one])))
    put("many-layers", changed(good, lambda document: document.update(layers=[layer] * 20000)))
    put("path-digest", changed(good, lambda document: document["layers"][0].update(digest="sha256:../../../../etc/passwd")))
    put("empty", b"")
    put("not-json", b"{" * 4096)
    put("deep-json", b'{"schemaVersion":2,"layers":' + b"[" * 200000)
    put("no-config", b'{"schemaVersion":2}')
    put("schema1", b'{"schemaVersion":1,"fsLayers":[],"history":[]}', "application/vnd.docker.distribution.manifest.v1+prettyjws")
    put("text-config", manifest([one], text=b"no json at all"))
    put("big-config", manifest([one], text=config([one], padding="x" * (100 << 20))))
    put("big-manifest", good[:-1] + b" " * (100 << 20) + b"}")
    put("big-manifest-chunked", good[:-1] + b" " * (100 << 20) + b"}")
    # One that names itself by the digest that it is asked for, and a chain of indexes with the right digests.
    self_named = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": INDEX, "digest": "sha256:" + "5" * 64, "size": 200,
         "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
    put("self-index", self_named, INDEX)
    put("self-manifest", changed(good, lambda document: document["layers"].append(
        {"mediaType": MANIFEST, "digest": "sha256:" + "5" * 64, "size": 200})))
    inner, kind = good, MANIFEST
    for _ in range(64):
        manifests["evil/chain@" + digest(inner)] = (inner, kind)
        inner = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
            {"mediaType": kind, "digest": digest(inner), "size": len(inner),
             "platform": {"os": "linux", "architecture": "amd64"}}]}).encode()
        kind = INDEX
    put("chain", inner, INDEX)
    put("wrong-manifest-digest", json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "digest": digest(good), "size": len(good),
         "platform": {"os": "linux", "architecture": "amd64"}}]}).encode(), INDEX)
    many = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "digest": "sha256:%064x" % number, "size": 1,
         "platform": {"os": "linux", "architecture": "s390x"}} for number in range(10000)]}
    put("wide-index", json.dumps(many).encode(), INDEX)
    put("empty-index", json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode(), INDEX)
    # Archives.
    bomb, bomb_id = zeros(1 << 30)
    text = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [bomb_id]}}).encode()
    put("gzip-bomb", json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, "digest": add(text), "size": len(text)},
        "layers": [{"mediaType": LAYER + "+gzip", "digest": add(bomb), "size": len(bomb)}]}).encode())
    deep = tar_of([("d/" * 3000 + "f", b"", tarfile.REGTYPE, "")])
    put("deep-tar", manifest([deep]))
    put("huge-name", manifest([tar_of([("n" * 300000, b"", tarfile.REGTYPE, "")])]))
    put("climbing", manifest([tar_of([("../../../../evil", b"x", tarfile.REGTYPE, "")])]))
    put("climbing-link", manifest([tar_of([
        ("out", b"", tarfile.SYMTYPE, "../../../../../../../.."), ("out/evil", b"x", tarfile.REGTYPE, "")])]))
    put("hard-link", manifest([tar_of([("out", b"", tarfile.LNKTYPE, "../../../../../../../../etc/passwd")])]))
    put("twice", manifest([tar_of([("same", b"1", tarfile.REGTYPE, ""), ("same", b"", tarfile.DIRTYPE, ""),
                                   ("same", b"", tarfile.SYMTYPE, "/etc"), ("same", b"2", tarfile.REGTYPE, "")])]))
    put("cut-tar", manifest([files("one")[:700]]))
    put("cut-gzip", manifest([one], how=lambda tar: gzip.compress(tar, mtime=0)[:-12]))
    put("gzip-tail", manifest([one], how=lambda tar: gzip.compress(tar, mtime=0) + b"something else"))
    put("no-tar", manifest([b"no tar " * 1000]))
    put("tags", good)


class Client(threading.Thread):
    """One connection, answered by hand."""

    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection, self.file = connection, connection.makefile("rb")
        self.tries = {}

    def run(self):
        try:
            while self.request():
                pass
        except (OSError, ValueError, IndexError):
            pass
        finally:
            self.connection.close()

    def request(self):
        line = self.file.readline(65536).decode()
        if not line:
            return False
        self.method, self.path = line.split()[:2]
        self.headers = {}
        while (line := self.file.readline(65536).decode().strip()):
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        self.file.read(int(self.headers.get("content-length", 0)))
        with open(log, "a") as file:
            file.write(f"{self.method} {self.path} {self.headers.get('authorization', '-')}\n")
        return self.respond()

    def send(self, status, content=b"", headers={}, length=None, sent=None):
        head = f"HTTP/1.1 {status} X\r\n"
        for name, value in {"Content-Length": len(content) if length is None else length, **headers}.items():
            head += f"{name}: {value}\r\n"
        self.connection.sendall(head.encode() + b"\r\n")
        if self.method != "HEAD":
            self.connection.sendall(content if sent is None else content[:sent])
        return True

    def chunked(self, headers, pieces):
        head = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items())
        self.connection.sendall(head.encode() + b"\r\n")
        for piece in pieces:
            self.connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.connection.sendall(b"0\r\n\r\n")
        return True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def respond(self):
        path = self.path.split("?")[0]
        if path in ("/v2/", "/v2"):
            return self.send(200, b"{}")
        if path.startswith("/token/"):
            return self.token(path[7:])
        parts = path.split("/")
        if len(parts) < 6 or parts[1] != "v2":
            return self.send(404, b"{}")
        name, kind, reference = "/".join(parts[2:4]), parts[4], "/".join(parts[5:])
        what = parts[3]
        if kind == "tags":
            return self.send(200, json.dumps({"name": name, "tags": [f"t{time.time_ns()}"]}).encode(),
                             {"Link": f"</v2/{name}/tags/list?n=1&last=x>; rel=\"next\"", "Content-Type": "application/json"})
        if kind == "manifests":
            return self.manifest(name, what, reference)
        return self.blob(name, what, reference)

    def token(self, what):
        if what == "token-stall":
            time.sleep(600)
        if what == "token-html":
            return self.send(200, b"<html>log in</html>", {"Content-Type": "text/html"})
        if what == "token-huge":
            return self.chunked({}, iter(lambda: b"x" * 65536, None))
        return self.send(200, json.dumps({"token": "never-good-enough", "expires_in": 60}).encode())

    def manifest(self, name, what, reference):
        host = self.headers.get("host", "")
        if what in ("auth-loop", "token-stall", "token-html", "token-huge"):
            return self.send(401, b"{}", {"WWW-Authenticate": f'Bearer realm="http://{host}/token/{what}",service="evil"'})
        if what == "token-file":
            return self.send(401, b"{}", {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd",service="evil"'})
        if what == "basic-loop":
            return self.send(401, b"{}", {"WWW-Authenticate": 'Basic realm="evil"'})
        if what == "stall-manifest":
            time.sleep(600)
        if what == "html-manifest":
            return self.send(200, b"<html>Welcome to the captive portal</html>", {"Content-Type": "text/html"})
        if what == "error-page":
            return self.send(502, b"<html>" + b"x" * 100000, {"Content-Type": "text/html"})
        if what == "long-head":
            head = b"HTTP/1.1 200 X\r\n"
            try:
                while True:
                    self.connection.sendall(head)
                    head = b"X-Filler: " + b"x" * 65000 + b"\r\n"
            except OSError:
                return False
        if what in ("busy-once", "busy-always"):
            first = name not in seen
            seen.add(name)
            if what == "busy-always" or first:
                return self.send(429, b'{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
                                 {"Retry-After": 1 if what == "busy-once" else 7200})
        if what == "endless-manifest":
            return self.chunked({"Content-Type": MANIFEST}, iter(lambda: b" " * 65536, None))
        if what == "redirect-manifest":
            return self.send(307, b"", {"Location": f"http://{host}/v2/{name}/manifests/{reference}x"})
        found = manifests.get(name + "@" + reference) or manifests.get(name)
        if not found:
            return self.send(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
        content, kind = found
        headers = {"Content-Type": kind, "Docker-Content-Digest": digest(content)}
        if what == "wrong-manifest-digest" and reference.startswith("sha256:"):
            content, kind = manifests["evil/good"]
            content = content[:-1] + b" }"
        if what == "big-manifest-chunked" and self.method == "GET":
            return self.chunked(headers, (content[at:at + 65536] for at in range(0, len(content), 65536)))
        return self.send(200, content, headers)

    def blob(self, name, what, reference):
        content = blobs.get(reference)
        if content is None:
            return self.send(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}')
        is_config = content.startswith(b"{") and what != "wrong-config"
        half = len(content) // 2
        host = self.headers.get("host", "")
        if not is_config:
            if what == "wrong-digest":
                content = content[:-1] + bytes([content[-1] ^ 1])
            if what == "wrong-config" and content.startswith(b"{"):
                content = content.replace(b"wrong-config", b"other-config")
            if what == "truncated":
                self.send(200, content, sent=min(40, half))
                return False
            if what == "endless":
                return self.chunked({}, iter(lambda: b"\0" * 65536, None))
            if what == "chunk-lie":
                self.connection.sendall(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nxx")
                return False
            if what == "stall-blob":
                self.send(200, content, sent=half)
                time.sleep(600)
            if what == "reset":
                self.send(200, content, sent=half)
                return self.reset()
            if what == "redirect-link-local":
                return self.send(307, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
            if what == "redirect-file":
                return self.send(307, b"", {"Location": "file:///etc/passwd"})
            if what == "redirect-loop":
                return self.send(307, b"", {"Location": self.path})
            if what == "redirect-other":
                return self.send(307, b"", {"Location": f"http://localhost:{host.split(':')[1]}/v2/evil/good/blobs/{reference}"})
            if what == "longer":
                return self.send(200, content + b"more")
            if what == "shorter":
                return self.send(200, content[:-3])
            if what == "html-blob":
                return self.send(200, b"<html>Welcome</html>", {"Content-Type": "text/html"})
            if what == "gone-blob":
                return self.send(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}')
            if what == "wrong-range":
                if "range" not in self.headers:
                    self.send(200, content, sent=half)
                    return False
                return self.send(206, content[half + 3:], {"Content-Range": f"bytes {half + 3}-{len(content) - 1}/{len(content)}"})
        return self.send(200, content, {"Content-Type": "application/octet-stream"})


seen = set()
prepare()
server = socket.create_server(("127.0.0.1", 0), backlog=128)
with open(port_file + ".new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename(port_file + ".new", port_file)
while True:
    Client(server.accept()[0]).start()
