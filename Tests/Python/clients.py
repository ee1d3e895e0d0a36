"""Drives an engine with docker-py 7 through all that it has for containers, images, volumes and networks.

DOCKER_HOST says which engine. The arguments name the parts to run; without any, all of them. Each part that fails
is told with its traceback, and the exit code is the number of them. Prints "all well" at the end.
"""

import io
import os
import socket
import sys
import tarfile
import threading
import time
import traceback

import docker
from docker.types import LogConfig, Mount, Ulimit

client = docker.from_env(timeout=60)
api = client.api
SLEEP = ["sleep", "1000"]


def same(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def fails(kind, call, *words):
    """Expects `call` to raise `kind` with all of `words` in its explanation."""
    try:
        call()
    except kind as error:
        for word in words:
            assert word in str(error), f"{word!r} not in {error}"
        return error
    raise AssertionError(f"no {kind.__name__}")


def eventually(condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def tar(**files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mtime = 1000000000
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


class box:
    """A container of our own that is gone afterwards."""

    def __init__(self, command=SLEEP, image="busybox", start=True, **options):
        self.options = dict(options, command=command, image=image)
        self.starts = start

    def __enter__(self):
        self.container = client.containers.create(**self.options)
        if self.starts:
            self.container.start()
            self.container.reload()
        return self.container

    def __exit__(self, *_):
        try:
            self.container.remove(force=True, v=True)
        except docker.errors.NotFound:
            pass


def containers():
    with box(
        name="py-box", hostname="pyhost", environment={"A": "b c"}, labels={"suite": "py"}, mem_limit="64m",
        cpu_shares=512, working_dir="/tmp", user="1000:1000", ulimits=[Ulimit(name="nofile", soft=100, hard=200)],
        tmpfs={"/scratch": "size=1m"}, cap_drop=["ALL"], cap_add=["NET_BIND_SERVICE"], read_only=True,
        dns=["192.0.2.1"], extra_hosts={"other": "192.0.2.2"}, ports={"80/tcp": ("127.0.0.1", None), "53/udp": None},
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 2}, sysctls={"net.ipv4.ip_forward": "0"},
        security_opt=["no-new-privileges"], shm_size="8m", pids_limit=50, init=True, stop_signal="SIGKILL",
        log_config=LogConfig(type="json-file", config={"max-size": "1m"}), oom_score_adj=100,
    ) as each:
        attrs = each.attrs
        same((each.name, each.status, each.labels), ("py-box", "running", {"suite": "py"}))
        same(attrs["Config"]["User"], "1000:1000")
        host = attrs["HostConfig"]
        same((host["Memory"], host["CpuShares"], host["PidsLimit"], host["ShmSize"]), (64 << 20, 512, 50, 8 << 20))
        same((host["CapDrop"], host["ReadonlyRootfs"], host["Init"]), (["ALL"], True, True))
        same(host["Ulimits"], [{"Name": "nofile", "Hard": 200, "Soft": 100}])
        same(host["RestartPolicy"], {"Name": "on-failure", "MaximumRetryCount": 2})
        same(host["LogConfig"], {"Type": "json-file", "Config": {"max-size": "1m"}})
        assert int(each.ports["80/tcp"][0]["HostPort"]) > 0
        assert client.containers.list(filters={"label": "suite=py", "status": "running"}) == [each]
        same(client.containers.list(filters={"name": "py-nosuch"}), [])
        same(client.containers.get(each.short_id), each)
        code, output = each.exec_run(["sh", "-c", "id -u; pwd; ulimit -n; hostname; echo $A; cat /proc/self/oom_score_adj"])
        same((code, output), (0, b"1000\n/tmp\n100\npyhost\nb c\n100\n"))
        each.rename("py-other")
        same(client.containers.get("py-other"), each)
        each.stop(timeout=1)
        same(each.wait()["StatusCode"], 137)
        each.start()
        each.kill("SIGTERM")
        each.restart(timeout=0)
        each.reload()
        same(each.status, "running")
    fails(docker.errors.NotFound, lambda: client.containers.get("py-other"), "No such container: py-other")
    fails(docker.errors.APIError, lambda: client.containers.create("busybox", "true", name="bad/name"), "Invalid container name")
    with box(name="py-once", start=False):
        fails(docker.errors.APIError, lambda: client.containers.create("busybox", "true", name="py-once"), "already in use")
    fails(docker.errors.ImageNotFound, lambda: client.containers.create("nosuchimage:1", "true"), "No such image")
    error = fails(docker.errors.APIError, lambda: client.containers.run("busybox", ["/nosuch"], remove=True), "/nosuch")
    same(error.status_code, 400)
    same(client.containers.run("busybox", ["echo", "out"], remove=True), b"out\n")
    with box(["sh", "-c", "exit 3"], start=False) as each:
        each.start()
        same(each.wait(condition="not-running")["StatusCode"], 3)


def execs():
    with box() as each:
        same(each.exec_run("echo hi").output, b"hi\n")
        same(each.exec_run(["sh", "-c", "exit 9"]).exit_code, 9)
        same(each.exec_run("nosuchprogram").exit_code, 127)
        same(each.exec_run("id -u", user="1234").output, b"1234\n")
        same(each.exec_run("sh -c 'echo $X'", environment={"X": "y"}).output, b"y\n")
        same(each.exec_run("pwd", workdir="/tmp").output, b"/tmp\n")
        same(each.exec_run("tty", tty=True).output, b"/dev/pts/0\r\n")
        same(each.exec_run("sh -c 'echo o; echo e >&2'", demux=True).output, (b"o\n", b"e\n"))
        same(b"".join(each.exec_run("seq 1 3", stream=True).output), b"1\n2\n3\n")
        ident = api.exec_create(each.id, "cat", stdin=True)["Id"]
        stream = api.exec_start(ident, socket=True)
        raw = getattr(stream, "_sock", stream)
        raw.sendall(b"typed\n")
        same(raw.recv(8)[:1], b"\x01")
        same(raw.recv(100), b"typed\n")
        info = api.exec_inspect(ident)
        same((info["Running"], info["ContainerID"], info["ProcessConfig"]["entrypoint"]), (True, each.id, "cat"))
        raw.shutdown(socket.SHUT_WR)
        eventually(lambda: not api.exec_inspect(ident)["Running"])
        same(api.exec_inspect(ident)["ExitCode"], 0)
        stream.close()
        ident = api.exec_create(each.id, "sleep 1000", tty=True)["Id"]
        api.exec_start(ident, detach=True)
        api.exec_resize(ident, height=20, width=70)
        fails(docker.errors.APIError, lambda: api.exec_inspect("nosuch"), "No such exec instance")


def attach():
    with box("cat", stdin_open=True, start=False) as each:
        stream = each.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
        each.start()
        raw = getattr(stream, "_sock", stream)
        raw.sendall(b"line\n")
        same(raw.recv(8), b"\x01\0\0\0\0\0\0\x05")
        same(raw.recv(100), b"line\n")
        raw.shutdown(socket.SHUT_WR)
        same(each.wait()["StatusCode"], 0)
        stream.close()
    with box("sh", tty=True, stdin_open=True) as each:
        each.resize(30, 90)
        stream = each.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
        raw = getattr(stream, "_sock", stream)
        raw.sendall(b"stty size; exit\n")
        text = b""
        while True:
            piece = raw.recv(1000)
            if not piece:
                break
            text += piece
        assert b"30 90" in text, text
        stream.close()
    with box(["sh", "-c", "echo one; echo two >&2"], start=False) as each:
        output = each.attach(stream=True, stdout=True, stderr=True, logs=True, demux=True)
        each.start()
        assert sorted(output, key=str) == sorted([(b"one\n", None), (None, b"two\n")], key=str)


def logs():
    with box(["sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done; echo bad >&2; exec sleep 1000"]) as each:
        eventually(lambda: b"bad" in each.logs())
        same(each.logs(stdout=True, stderr=False), b"".join(b"line %d\n" % n for n in range(1, 6)))
        same(each.logs(stdout=False, stderr=True), b"bad\n")
        same(each.logs(tail=1), b"bad\n")
        first = each.logs(timestamps=True, stderr=False).split(b"\n")[0]
        assert first.endswith(b" line 1") and first[:2] == b"20", first
        same(each.logs(since=int(time.time()) + 100), b"")
        same(each.logs(until=1), b"")
        follow = each.logs(stream=True, follow=True)
        same(b"".join(next(follow) for _ in range(5)).count(b"line"), 5)
        follow.close()


def events():
    seen, ready = [], threading.Event()
    stream = client.events(decode=True, filters={"type": "container", "label": "suite=events"})

    def collect():
        ready.set()
        for event in stream:
            seen.append(event)
            if event["Action"] == "destroy":
                break

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    ready.wait()
    since = int(time.time()) - 1
    with box(["sh", "-c", "exit 2"], labels={"suite": "events"}, name="py-events"):
        client.containers.get("py-events").wait()
    thread.join(20)
    actions = [event["Action"] for event in seen]
    same(actions[:3], ["create", "start", "die"])
    same(actions[-1], "destroy")
    die = seen[2]
    same((die["Actor"]["Attributes"]["exitCode"], die["Actor"]["Attributes"]["name"]), ("2", "py-events"))
    same(die["from"], "busybox")
    stream.close()
    past = list(client.events(
        decode=True, since=since, until=int(time.time()) + 1, filters={"container": "py-events", "event": "die"}))
    same([event["Action"] for event in past], ["die"])


def statistics():
    with box(["sh", "-c", "while :; do :; done"], mem_limit="32m") as each:
        one = each.stats(stream=False)
        if one["memory_stats"]:  # Where the kernel counts memory.
            assert one["memory_stats"]["usage"] > 0, one
            same(one["memory_stats"]["limit"], 32 << 20)
        assert one["cpu_stats"]["cpu_usage"]["total_usage"] > 0
        assert one["pids_stats"]["current"] >= 1
        assert "eth0" in one["networks"]
        same(one["id"], each.id)
        stream = each.stats(stream=True, decode=True)
        first, second = next(stream), next(stream)
        assert second["cpu_stats"]["cpu_usage"]["total_usage"] > first["cpu_stats"]["cpu_usage"]["total_usage"]
        same(second["precpu_stats"]["cpu_usage"]["total_usage"], first["cpu_stats"]["cpu_usage"]["total_usage"])
        stream.close()
        same(each.top()["Titles"][0], "UID")
        assert any("while" in " ".join(row) for row in each.top()["Processes"])
        each.update(mem_limit="48m", memswap_limit="48m", cpu_shares=256)
        each.reload()
        same((each.attrs["HostConfig"]["Memory"], each.attrs["HostConfig"]["CpuShares"]), (48 << 20, 256))
        each.pause()
        each.reload()
        same(each.status, "paused")
        fails(docker.errors.APIError, each.pause, "already paused")
        each.unpause()
        each.reload()
        same(each.status, "running")


def archives():
    with box(["sh", "-c", "mkdir /made; echo here > /made/file; exec sleep 1000"]) as each:
        eventually(lambda: each.exec_run("test -s /made/file").exit_code == 0)
        bits, stat = each.get_archive("/made/file")
        same((stat["name"], stat["size"]), ("file", 5))
        with tarfile.open(fileobj=io.BytesIO(b"".join(bits))) as archive:
            same(archive.extractfile("file").read(), b"here\n")
        assert each.put_archive("/made", tar(new=b"content"))
        same(each.exec_run("cat /made/new").output, b"content")
        fails(docker.errors.NotFound, lambda: each.get_archive("/nosuch"), "Could not find the file /nosuch")
        changes = {change["Path"]: change["Kind"] for change in each.diff()}
        same((changes["/made"], changes["/made/new"]), (1, 1))
        with tarfile.open(fileobj=io.BytesIO(b"".join(each.export()))) as archive:
            same(archive.extractfile("made/new").read(), b"content")
        image = each.commit("py-commit", "1", message="m", author="a", changes=["ENV X=y", "CMD env"])
        try:
            assert b"X=y\n" in client.containers.run("py-commit:1", remove=True)
            same(client.containers.run(image.id, "cat /made/new", remove=True), b"content")
        finally:
            client.images.remove("py-commit:1")


def images():
    api.import_image_from_data(tar(file=b"abc"), repository="py-image", tag="1")
    image = client.images.get("py-image:1")
    assert image.tag("py-image", "2")
    same(sorted(client.images.get("py-image:1").tags), ["py-image:1", "py-image:2"])
    same(len(image.history()), 1)
    same([each.id for each in client.images.list("py-image")], [image.id])
    same(client.images.list(filters={"reference": "py-nosuch*"}), [])
    client.images.remove("py-image:1")
    client.images.remove("py-image:2")
    fails(docker.errors.ImageNotFound, lambda: client.images.get("py-image:1"), "No such image: py-image:1")


def saved():
    api.import_image_from_data(tar(file=b"saved"), repository="py-saved", tag="1")
    archive = b"".join(client.images.get("py-saved:1").save(named=True))
    client.images.remove("py-saved:1")
    same([image.tags for image in client.images.load(archive)], [["py-saved:1"]])
    client.images.remove("py-saved:1")


def volumes():
    volume = client.volumes.create("py-volume", labels={"suite": "py"})
    same(volume.attrs["Driver"], "local")
    same([each.name for each in client.volumes.list(filters={"label": "suite=py"})], ["py-volume"])
    write = ["sh", "-c", "echo kept > /data/file"]
    client.containers.run("busybox", write, remove=True, volumes={"py-volume": {"bind": "/data", "mode": "rw"}})
    mount = Mount("/data", "py-volume", read_only=True)
    same(client.containers.run("busybox", "cat /data/file", remove=True, mounts=[mount]), b"kept\n")
    fails(docker.errors.ContainerError, lambda: client.containers.run("busybox", write, remove=True, mounts=[mount]))
    with box(volumes=["py-volume:/data"]):
        fails(docker.errors.APIError, volume.remove, "volume is in use")
    volume.remove()
    fails(docker.errors.NotFound, lambda: client.volumes.get("py-volume"), "no such volume")


def networks():
    same(sorted(each.name for each in client.networks.list(names=["bridge", "host", "none"])), ["bridge", "host", "none"])
    same(client.networks.get("bridge").attrs["Driver"], "bridge")
    with box() as each:
        address = each.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        assert address in each.exec_run("cat /etc/hosts").output.decode()
        assert each.id in client.api.inspect_network("bridge")["Containers"]


def system():
    same(client.ping(), True)
    version = client.version()
    same((version["Os"], version["ApiVersion"] >= "1.41"), ("linux", True))
    info = client.info()
    for key in ["ID", "Containers", "Images", "Driver", "NCPU", "MemTotal", "ServerVersion", "Runtimes"]:
        assert key in info, key
    usage = client.df()
    for key in ["LayersSize", "Images", "Containers", "Volumes"]:
        assert key in usage, key
    old = docker.DockerClient(base_url=os.environ["DOCKER_HOST"], version="1.24", timeout=30)
    assert isinstance(old.containers.list(all=True), list)


def prunes():
    client.containers.create("busybox", "true", labels={"prune": "me"})
    pruned = client.containers.prune(filters={"label": "prune=me"})
    same(len(pruned["ContainersDeleted"]), 1)
    client.volumes.create("py-pruned", labels={"prune": "me"})
    same(client.volumes.prune(filters={"label": "prune=me", "all": True})["VolumesDeleted"], ["py-pruned"])
    assert "SpaceReclaimed" in client.images.prune()


PARTS = [
    containers, execs, attach, logs, events, statistics, archives, images, saved, volumes, networks, system, prunes,
]


def main():
    wanted = sys.argv[1:]
    unknown = set(wanted) - {part.__name__ for part in PARTS}
    assert not unknown, f"no such parts: {unknown}"
    failures = 0
    for part in PARTS:
        if wanted and part.__name__ not in wanted:
            continue
        try:
            part()
        except Exception:  # Told, so that one run shows everything that is wrong.
            failures += 1
            print(f"--- {part.__name__} failed:", flush=True)
            traceback.print_exc(limit=-4, file=sys.stdout)
    if failures == 0:
        print("all well")
    sys.exit(failures)


main()
