"""Drives an engine with docker-py as programs do; DOCKER_HOST says which. Prints "all well" at the end."""

import io
import tarfile

import docker

client = docker.from_env(timeout=30)


def same(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


same(client.ping(), True)
same(client.version()["Os"], "linux")
assert client.info()["Images"] >= 1

# Run to the end, with output and exit code.
same(client.containers.run("busybox", ["echo", "hello"], remove=True), b"hello\n")
same(client.containers.run("busybox", "sh -c 'echo err >&2'", remove=True, stderr=True, stdout=False), b"err\n")
try:
    client.containers.run("busybox", "sh -c 'exit 4'", remove=True)
    raise AssertionError("no ContainerError")
except docker.errors.ContainerError as error:
    same(error.exit_status, 4)
try:
    client.containers.run("nosuchimage", "true", remove=True)
    raise AssertionError("no error for a missing image")
except (docker.errors.ImageNotFound, docker.errors.APIError):
    pass

# A background container and its life.
box = client.containers.run(
    "busybox", ["sh", "-c", "echo started; exec sleep 1000"], detach=True, name="py", labels={"suite": "py"},
    environment={"A": "b"}, mem_limit="32m", ports={"80/tcp": ("127.0.0.1", None)}, hostname="pybox")
box.reload()
same(box.status, "running")
same(box.attrs["Config"]["Hostname"], "pybox")
same(box.attrs["HostConfig"]["Memory"], 32 << 20)
assert int(box.ports["80/tcp"][0]["HostPort"]) > 0
same([each.name for each in client.containers.list(filters={"label": "suite=py"})], ["py"])
code, output = box.exec_run(["sh", "-c", "echo $A; exit 2"])
same((code, output), (2, b"b\n"))
code, (out, err) = box.exec_run("sh -c 'echo o; echo e >&2'", demux=True)
same((code, out, err), (0, b"o\n", b"e\n"))
same(b"".join(box.exec_run("echo stream", stream=True).output), b"stream\n")
for line in box.logs(stream=True, follow=True):
    same(line, b"started\n")
    break
same(box.logs(), b"started\n")

# Attach over a raw socket.
talk = client.containers.create("busybox", "cat", stdin_open=True, tty=False)
socket = talk.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
talk.start()
raw = getattr(socket, "_sock", socket)
raw.sendall(b"over the socket\n")
header = raw.recv(8)
same(header[:1], b"\x01")
same(raw.recv(int.from_bytes(header[4:8], "big")), b"over the socket\n")
socket.close()
talk.remove(force=True)

# Files in and out, changes, export, commit.
data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w") as archive:
    info = tarfile.TarInfo("note")
    info.size = 5
    archive.addfile(info, io.BytesIO(b"words"))
same(box.put_archive("/tmp", data.getvalue()), True)
stream, stat = box.get_archive("/tmp/note")
same((stat["name"], stat["size"], stat["mode"], stat["linkTarget"]), ("note", 5, 0o644, ""))
with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
    same(archive.extractfile("note").read(), b"words")
try:
    box.get_archive("/nosuch")
    raise AssertionError("no error for a missing file")
except docker.errors.NotFound:
    pass
assert {"Path": "/tmp/note", "Kind": 1} in box.diff(), box.diff()
assert sum(len(chunk) for chunk in box.export()) > 1_000_000
made = box.commit("pymade", "1", message="m", changes="ENV Z=1")
same(client.containers.run(made.id, ["sh", "-c", "cat /tmp/note; echo $Z"], remove=True), b"words1\n")
client.images.remove("pymade:1")

box.rename("py2")
box.restart(timeout=0)
box.stop(timeout=0)
same(box.wait()["StatusCode"], 137)
box.remove()
try:
    client.containers.get("py2")
    raise AssertionError("the container is still there")
except docker.errors.NotFound:
    pass

# Images.
data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w") as archive:
    info = tarfile.TarInfo("file")
    info.size = 3
    archive.addfile(info, io.BytesIO(b"abc"))
client.api.import_image_from_data(data.getvalue(), repository="pyimage", tag="1")
image = client.images.get("pyimage:1")
assert image.tag("pyimage", "2")
same(sorted(client.images.get("pyimage:1").tags), ["pyimage:1", "pyimage:2"])
assert len(image.history()) == 1
client.images.remove("pyimage:1")
client.images.remove("pyimage:2")

# Events.
events = client.events(decode=True, filters={"type": "container"})
client.containers.run("busybox", "true", remove=True)
seen = [next(events)["Action"] for _ in range(3)]
events.close()
same(seen[0], "create")
print("all well")
