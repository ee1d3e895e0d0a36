"""Images in quantity: pull, push, load, save and import, beside dockerd and podman.

A registry (docker-registry) on loopback holds what is pulled, in memory. The big layer is made of this machine's own
/usr: about 780 MB in about 60,000 files.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tarfile
import threading
import time
import urllib.request

CACHE = pathlib.Path(os.environ.get("BERTH_TEST_CACHE", "/var/cache/berth-tests"))
PORT = 5931
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def big_tar():
    """Path of the plain tar of much of /usr, made once and kept with its gzip beside it."""
    path = CACHE / "bench-usr.tar"
    if path.exists() and path.with_suffix(".tar.gz").exists():
        return path
    CACHE.mkdir(parents=True, exist_ok=True)
    size = count = 0
    with tarfile.open(f"{path}.new", "w", format=tarfile.PAX_FORMAT) as archive:
        for top in ["/usr/share", "/usr/lib", "/usr/bin"]:
            for folder, folders, files in os.walk(top):
                folders.sort()
                archive.add(folder, arcname=folder.lstrip("/"), recursive=False)
                for name in sorted(files):
                    source = os.path.join(folder, name)
                    try:
                        length = os.lstat(source).st_size
                        if length > 20 << 20 or size + length > 780_000_000 or count >= 65_000:
                            continue
                        archive.add(source, arcname=source.lstrip("/"), recursive=False)
                    except OSError:
                        continue
                    size, count = size + length, count + 1
    subprocess.check_call(["gzip", "-6", "-k", "-f", f"{path}.new"])
    os.rename(f"{path}.new.gz", f"{path}.gz")
    os.rename(f"{path}.new", path)
    return path


class Registry:
    """A docker-registry whose data is in memory."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.folder = pathlib.Path(f"/dev/shm/berth-bench-registry-{os.getpid()}-{port}")
        self.folder.mkdir()
        (self.folder / "config.yml").write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: 127.0.0.1:{port}}}\n")
        self.process = subprocess.Popen(
            ["docker-registry", "serve", self.folder / "config.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.address}/v2/")
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("bench: docker-registry does not answer")

    def end(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def request(self, method, address, body=None, kind="application/octet-stream"):
        asked = urllib.request.Request(address, data=body, method=method, headers={"Content-Type": kind})
        return urllib.request.urlopen(asked)

    def upload(self, name, content):
        begun = self.request("POST", f"{self.address}/v2/{name}/blobs/uploads/", b"")
        place = begun.headers["Location"]
        self.request("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest(content)}", content)

    def image(self, name, layers):
        """An image of `layers`, pairs of gzip bytes and the plain tar's digest."""
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["true"]},
            "rootfs": {"type": "layers", "diff_ids": [plain for _, plain in layers]}}).encode()
        for content in [config, *[each for each, _ in layers]]:
            self.upload(name, content)
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
            "layers": [{"mediaType": LAYER, "size": len(each), "digest": digest(each)} for each, _ in layers]}).encode()
        self.request("PUT", f"{self.address}/v2/{name}/manifests/latest", manifest, MANIFEST)


def split(path, parts, limit=None):
    """The tar at `path` as so many layers of about the same size: (gzip, digest of the plain tar)."""
    total = limit or path.stat().st_size
    layers, open_layer = [], None
    with tarfile.open(path) as archive:
        def begin():
            file = pathlib.Path(f"/dev/shm/berth-bench-part-{os.getpid()}")
            return file, tarfile.open(file, "w", format=tarfile.PAX_FORMAT)

        def finish(file, out):
            out.close()
            plain = file.read_bytes()
            file.unlink()
            layers.append((gzip.compress(plain, 6), digest(plain)))

        open_layer = begin()
        for entry in archive:
            if archive.offset > total:
                break
            content = archive.extractfile(entry) if entry.isreg() else None
            if not entry.islnk():
                open_layer[1].addfile(entry, content)
            if open_layer[1].offset > total / parts and len(layers) < parts - 1:
                finish(*open_layer)
                open_layer = begin()
        finish(*open_layer)
    return layers


class Watch:
    """The largest resident set of a process while something goes on, in MB."""

    def __init__(self, pid):
        self.path, self.peak, self.going = f"/proc/{pid}/status", 0, True
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while self.going:
            for line in open(self.path):
                if line.startswith("VmRSS"):
                    self.peak = max(self.peak, int(line.split()[1]) / 1024)
            time.sleep(0.02)

    def end(self):
        self.going = False
        self.thread.join()
        return self.peak


def timed(arguments, environment=None, **more):
    begin = time.perf_counter()
    done = subprocess.run(arguments, env=environment, stdin=more.pop("stdin", subprocess.DEVNULL), capture_output=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr.decode()[-500:]}")
    return (time.perf_counter() - begin) * 1000


def settle():
    """Lets deletions end and what is dirty go to the disk: both would be counted to whoever comes next."""
    subprocess.call(["sync"])
    time.sleep(2)


def measure(engines, peer_root, berthd_pid, rounds, results):
    """All of it; `engines` are berth and docker, podman is looked for in `peer_root`."""
    if not shutil.which("docker-registry"):
        print("  no docker-registry: images not measured")
        return
    podman = ["chroot", peer_root, "podman"] if peer_root and os.path.exists(f"{peer_root}/usr/bin/podman") else None
    clients = {each.label: ([each.client], each.environment) for each in engines}
    if podman:
        clients["podman"] = (podman, None)
    tar = big_tar()
    packed = pathlib.Path(f"{tar}.gz").read_bytes()
    registry, empty = Registry(PORT), Registry(PORT + 1)
    watch = Watch(berthd_pid)
    host = f"localhost:{PORT}"
    try:
        registry.image("big", [(packed, digest(tar.read_bytes()))])
        registry.image("eight", split(tar, 8))
        registry.image("forty", split(tar, 40, limit=40 << 20))

        def run(client, *arguments, **more):
            program, environment = clients[client]
            return timed([*program, *arguments], environment, **more)

        def pull(client, name):
            flags = ["--tls-verify=false"] if client == "podman" else []
            return run(client, "pull", "-q", *flags, f"{host}/{name}")

        def forget(client, name):
            program, environment = clients[client]
            subprocess.run([*program, "rmi", "-f", name], env=environment, capture_output=True)
            settle()

        images = results["images"] = {}
        for name in ["big", "eight", "forty"]:
            images[f"pull_{name}"] = {}
            for client in clients:
                times = []
                for _ in range(rounds if client == "berth" else max(1, rounds // 2)):
                    forget(client, f"{host}/{name}")
                    times.append(pull(client, name))
                images[f"pull_{name}"][client] = statistics.median(times)
            print(f"  pull of {name}: {words(images[f'pull_{name}'])}")
        images["pull_nothing"] = {
            client: statistics.median(pull(client, "forty") for _ in range(5)) for client in clients}
        print(f"  pull again: {words(images['pull_nothing'])}")

        folder = pathlib.Path(f"/dev/shm/berth-bench-images-{os.getpid()}")
        folder.mkdir()
        try:
            images["save"] = {}
            for client in clients:
                if client != "podman":
                    images["save"][client] = run(client, "save", "-o", f"{folder}/{client}.tar", f"{host}/big")
            print(f"  save: {words(images['save'])}")
            images["push"] = {}
            for client in clients:
                program, environment = clients[client]
                name = f"localhost:{PORT + 1}/{client}/big"
                subprocess.run([*program, "tag", f"{host}/big", name], env=environment, check=True)
                flags = ["--tls-verify=false"] if client == "podman" else []
                images["push"][client] = run(client, "push", "-q", *flags, name)
                subprocess.run([*program, "rmi", name], env=environment, capture_output=True)
            print(f"  push: {words(images['push'])}")
            archive = folder / "docker.tar"
            if archive.exists():
                images["load"] = {}
                for client in clients:
                    if client == "podman":
                        continue
                    forget(client, f"{host}/big")
                    images["load"][client] = run(client, "load", "-i", str(archive))
                print(f"  load: {words(images['load'])}")
            images["import"] = {}
            for client in clients:
                if client == "podman":
                    continue
                forget(client, f"{host}/big")
                images["import"][client] = run(client, "import", str(tar), "bench-imported")
                forget(client, "bench-imported")
            print(f"  import: {words(images['import'])}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for client in clients:
            for name in ["big", "eight", "forty"]:
                forget(client, f"{host}/{name}")
        images["list"] = listing(clients)
        print(f"  images with 1,000 in the store: {words(images['list'])}")
        images["memory"] = watch.end()
        print(f"  berthd's memory at most: {images['memory']:.0f} MB")
    finally:
        watch.going = False
        registry.end()
        empty.end()


def listing(clients):
    """`images` with a thousand of them in berth's store, by its own client; dockerd would be loading them for minutes."""
    archive = pathlib.Path(f"/dev/shm/berth-bench-many-{os.getpid()}.tar")
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as out:
        out.addfile(tarfile.TarInfo("file"), io.BytesIO())
    layer, entries = layer.getvalue(), []
    with tarfile.open(archive, "w") as out:
        def add(name, content):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))

        add("layer.tar", layer)
        for number in range(1000):
            add(f"{number}.json", json.dumps({
                "created": f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z", "architecture": "amd64", "os": "linux",
                "config": {"Labels": {"number": str(number)}, "Env": ["PATH=/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode())
            entries.append({"Config": f"{number}.json", "RepoTags": [f"many/image{number}:1"], "Layers": ["layer.tar"]})
        add("manifest.json", json.dumps(entries).encode())
    program, environment = clients["berth"]
    try:
        timed([*program, "load", "-q", "-i", archive], environment)
    finally:
        archive.unlink()
    settle()
    median = statistics.median(timed([*program, "images"], environment) for _ in range(15))
    names = [f"many/image{number}:1" for number in range(1000)]
    subprocess.run([*program, "rmi", *names], env=environment, capture_output=True)
    return {"berth": median}


def words(values):
    return ", ".join(f"{name} {value:.0f} ms" for name, value in values.items())
