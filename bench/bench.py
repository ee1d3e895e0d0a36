#!/usr/bin/env python3
"""Times berth beside dockerd, crun and runc, in one run on one machine, and writes medians and ratios.

Every number is the median of runs in short blocks that take turns: berth, peer, berth, peer. The peers are used where they are
(`--docker-host`, `--peer-root`); without them berth is measured alone. Both engines' data lie on a journaled ext4
of their own. Results go to `--out` as JSON; `make bench-readme` writes them into README.md.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent


def command(arguments, environment=None, check=True, **more):
    """Runs a command with its output captured."""
    result = subprocess.run(arguments, env=environment, capture_output=True, text=True, **more)
    if check and result.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, arguments))}: exit {result.returncode}\n{result.stderr}")
    return result.stdout.strip()


def elapsed(arguments, environment=None):
    """Seconds that a command takes which has to succeed."""
    begin = time.perf_counter()
    code = subprocess.call(arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    end = time.perf_counter()
    if code != 0:
        sys.exit(f"bench: {' '.join(map(str, arguments))}: exit {code}")
    return end - begin


def in_turns(candidates, rounds):
    """Median milliseconds of each candidate, {name: (arguments, environment)}, in blocks that take turns.

    The first run of a block is not counted: it pays for what the candidate before left to be cleared away, and finds
    the machine's caches full of the other's things.
    """
    block = 5
    times = {name: [] for name in candidates}
    for _ in range(-(-rounds // block)):
        for name, (arguments, environment) in candidates.items():
            elapsed(arguments, environment)
            times[name] += [elapsed(arguments, environment) * 1000 for _ in range(block)]
    return {name: statistics.median(values) for name, values in times.items()}


def pss(pids):
    """Proportional set size of the processes, in MB."""
    total = 0
    for pid in pids:
        try:
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except (OSError, ProcessLookupError):
            pass
    return total / 1024


def family(pid):
    """Pids of a berthd, its launcher and its containers' supervisors, but none of what runs in the containers.

    Found by descent: the launcher hides its program from the containers, so /proc/PID/exe does not show it.
    """
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                if pathlib.Path(f"/proc/{child}/comm").read_text().startswith("berth-"):
                    found += family(int(child))
    except OSError:
        pass
    return found


def processes(test):
    """Pids whose executable's path passes the test."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if test(os.readlink(f"/proc/{entry}/exe")):
                    found.append(int(entry))
            except OSError:
                pass
    return found


class Engine:
    """A client bound to an engine."""

    def __init__(self, label, client, host, pids):
        """`pids` finds the processes of the engine's side."""
        self.label, self.client, self.pids = label, client, pids
        self.environment = {**os.environ, "DOCKER_HOST": host, "DOCKER_CONFIG": "/nonexistent"}

    def line(self, *arguments):
        return ([self.client, *arguments], self.environment)

    def must(self, *arguments):
        return command([self.client, *arguments], self.environment)


class Berthd:
    """A daemon of the benchmark's own, on a journaled disk of its own where one can be made."""

    def __init__(self, programs):
        self.folder = pathlib.Path(f"/run/berth-bench-{os.getpid()}")
        self.folder.mkdir()
        self.disk = pathlib.Path(f"/var/tmp/berth-bench-{os.getpid()}.img")
        self.mounted = False
        if shutil.which("mkfs.ext4"):
            with open(self.disk, "wb") as image:
                image.truncate(16 << 30)
            command(["mkfs.ext4", "-q", "-F", str(self.disk)])
            (self.folder / "data").mkdir()
            self.mounted = subprocess.call(["mount", "-o", "loop", self.disk, self.folder / "data"]) == 0
        self.host = f"unix://{self.folder}/berth.sock"
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            [f"{programs}/berthd", "-H", self.host, "--data-root", f"{self.folder}/data",
             "--exec-root", f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid"],
            stdout=self.log, stderr=self.log)
        for _ in range(500):
            if (self.folder / "berth.sock").exists():
                return
            if self.process.poll() is not None:
                sys.exit(f"bench: berthd ended: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.01)
        sys.exit("bench: berthd did not open its socket")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if code != 0:
            print(f"bench: berthd ended with {code}: its bridge and rules may be left over", file=sys.stderr)
        for _ in range(20):
            if not self.mounted or subprocess.call(["umount", self.folder / "data"], stderr=subprocess.DEVNULL) == 0:
                break
            time.sleep(0.2)
        self.disk.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def latency(engines, rounds, results):
    """run with a bridge, run without a network, exec: by each client."""
    for name, arguments in {
        "run": ["run", "--rm", "busybox", "true"],
        "run_none": ["run", "--rm", "--net", "none", "busybox", "true"],
    }.items():
        results[name] = in_turns({engine.label: engine.line(*arguments) for engine in engines}, rounds)
        print(f"  {' '.join(arguments)}: {shown(results[name])}")
    for engine in engines:
        engine.must("run", "-d", "--name", "bench-exec-" + engine.label.replace(" ", "-"), "busybox", "sleep", "100000")
    results["exec"] = in_turns(
        {each.label: each.line("exec", "bench-exec-" + each.label.replace(" ", "-"), "true") for each in engines}, rounds)
    print(f"  exec: {shown(results['exec'])}")
    for engine in engines:
        engine.must("rm", "-f", "bench-exec-" + engine.label.replace(" ", "-"))


def bytes_moved(engines, results):
    """Output, logs and files: what goes through an engine in quantity."""
    lines, megabytes = 300_000, 200
    say = ["awk", f'BEGIN {{ for (i = 0; i < {lines}; i++) print "line " i " of the output" }}']
    results["output"] = in_turns({each.label: each.line("run", "--rm", "busybox", *say) for each in engines}, 5)
    print(f"  output of {lines} lines: {shown(results['output'])}")
    for engine in engines:
        engine.must("run", "--name", "bench-log", "busybox", *say)
    results["logs"] = in_turns({each.label: each.line("logs", "bench-log") for each in engines}, 5)
    print(f"  logs of {lines} lines: {shown(results['logs'])}")
    folder = pathlib.Path(f"/dev/shm/berth-bench-cp-{os.getpid()}")
    folder.mkdir()
    try:
        with open(folder / "in", "wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1 << 20))
        results["cp_in"] = in_turns({each.label: each.line("cp", f"{folder}/in", "bench-log:/tmp/in") for each in engines}, 5)
        print(f"  cp of {megabytes} MB in: {shown(results['cp_in'])}")
        # What was written is on its way to the disks still, and takes both cores for that.
        os.sync()
        results["cp_out"] = in_turns(
            {each.label: each.line("cp", "bench-log:/tmp/in", f"{folder}/{index}") for index, each in enumerate(engines)}, 5)
        print(f"  cp of {megabytes} MB out: {shown(results['cp_out'])}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for engine in engines:
        engine.must("rm", "-f", "bench-log")


def memory(engines, count, results):
    """PSS of the idle engine, and of its side of each further container."""
    results["idle"], results["further"] = {}, {}
    for engine in engines:
        time.sleep(2)
        before = pss(engine.pids())
        names = [f"bench-memory-{index}" for index in range(count)]
        engine.must("run", "-d", "--name", "bench-first", "busybox", "sleep", "100000")
        time.sleep(1)
        one = pss(engine.pids())
        for name in names:
            engine.must("run", "-d", "--name", name, "busybox", "sleep", "100000")
        time.sleep(1)
        many = pss(engine.pids())
        engine.must("rm", "-f", "bench-first", *names)
        results["idle"][engine.label] = before
        results["further"][engine.label] = (many - one) / count
    print(f"  idle: {shown(results['idle'], 'MB')}\n  further container: {shown(results['further'], 'MB', 2)}")


def crowd(engine, count, results):
    """Containers started one after another: does the last start as fast as the first? And how long is a listing?"""
    times = []
    for index in range(count):
        arguments, environment = engine.line("run", "-d", "--name", f"bench-crowd-{index}", "busybox", "sleep", "100000")
        times.append(elapsed(arguments, environment) * 1000)
    edge = max(5, count // 10)
    results["crowd"] = {
        "count": count, "first": statistics.median(times[:edge]), "last": statistics.median(times[-edge:]),
        "ps": in_turns({"ps": engine.line("ps")}, 7)["ps"],
        "stats": in_turns({"stats": engine.line("stats", "--no-stream")}, 3)["stats"]}
    print(f"  {count} containers: first {results['crowd']['first']:.1f} ms, last {results['crowd']['last']:.1f} ms, "
          f"ps {results['crowd']['ps']:.1f} ms, stats {results['crowd']['stats']:.0f} ms")
    engine.must("rm", "-f", *[f"bench-crowd-{index}" for index in range(count)])


def bundles(programs, peer_root, rounds, results):
    """The OCI runtime's `run` of one bundle, all through chroot where the peers live in one."""
    tar = command([str(TOP / "scripts/test-image"), "busybox"])
    folder = pathlib.Path(f"/dev/shm/berth-bench-{os.getpid()}")
    bundle = folder / "bundle"
    (bundle / "rootfs").mkdir(parents=True)
    try:
        command(["tar", "-C", str(bundle / "rootfs"), "-xf", tar])
        shutil.copy(f"{programs}/berth-runtime", folder / "berth-runtime")
        command([f"{programs}/berth-runtime", "spec"], cwd=bundle)
        spec = json.loads((bundle / "config.json").read_text())
        spec["process"]["terminal"] = False
        spec["process"]["args"] = ["true"]
        (bundle / "config.json").write_text(json.dumps(spec))
        prefix = ["chroot", peer_root] if peer_root else []
        candidates = {"berth-runtime": (prefix + [f"{folder}/berth-runtime", "--root", f"{folder}/a", "run", "-b", str(bundle), "bench"], None)}
        for runtime in ["crun", "runc"] if peer_root else []:
            if subprocess.call(prefix + ["sh", "-c", f"command -v {runtime}"], stdout=subprocess.DEVNULL) == 0:
                candidates[runtime] = (prefix + [runtime, "--root", f"{folder}/{runtime}", "run", "-b", str(bundle), "bench"], None)
        results["oci"] = in_turns(candidates, rounds)
        print(f"  OCI run: {shown(results['oci'])}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shown(values, unit="ms", digits=1):
    return ", ".join(f"{name} {value:.{digits}f} {unit}" for name, value in values.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", default=str(TOP / ".build/release"))
    parser.add_argument("--out", default=str(TOP / "bench/results.json"))
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--crowd", type=int, default=200)
    parser.add_argument("--images", type=int, default=3, help="rounds of pulls and the like; 0 leaves them out")
    parser.add_argument("--docker-host", default="unix:///opt/peers/sid/run/docker.sock")
    parser.add_argument("--peer-root", default="/opt/peers/sid")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: containers need root")
    programs = os.path.realpath(options.programs)

    docker = shutil.which("docker")
    berthd = Berthd(programs)
    results = {"machine": f"{os.cpu_count()} cores, kernel {platform.release()}", "rounds": options.rounds}
    try:
        own = lambda: family(berthd.process.pid)
        berth = Engine("berth", f"{programs}/berth", berthd.host, own)
        tar = command([str(TOP / "scripts/test-image"), "busybox"])
        berth.must("import", tar, "busybox:latest")
        engines = [berth]
        if docker:
            engines.append(Engine("docker CLI on berthd", docker, berthd.host, own))
        peer = None
        if docker and options.docker_host:
            programs_of_docker = ("dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy")
            theirs = lambda: processes(lambda path: os.path.basename(path) in programs_of_docker)
            candidate = Engine("docker", docker, options.docker_host, theirs)
            if subprocess.run([docker, "version"], env=candidate.environment, capture_output=True).returncode == 0:
                peer = candidate
                if not peer.must("images", "-q", "busybox:latest"):
                    peer.must("import", tar, "busybox:latest")
                results["docker"] = peer.must("version", "--format", "{{.Server.Version}}")
                engines.append(peer)
        if not peer:
            print("no dockerd to compare with (../shared/peers/start): berth alone")
        latency(engines, options.rounds, results)
        results["version"] = in_turns({"berth": ([f"{programs}/berth", "--version"], None)}, options.rounds)
        pair = [each for each in engines if each.label != "docker CLI on berthd"]
        memory(pair, 20, results)
        bytes_moved(pair, results)
        crowd(berth, options.crowd, results)
        if options.images:
            import images
            images.measure(pair, options.peer_root if os.path.isdir(options.peer_root) else None, berthd.process.pid,
                           options.images, results)
        bundles(programs, options.peer_root if os.path.isdir(options.peer_root) else None, options.rounds, results)
    finally:
        ids = subprocess.run([f"{programs}/berth", "ps", "-aq"], env={**os.environ, "DOCKER_HOST": berthd.host},
                             capture_output=True, text=True).stdout.split()
        if ids:
            subprocess.run([f"{programs}/berth", "rm", "-f", *ids], env={**os.environ, "DOCKER_HOST": berthd.host}, capture_output=True)
        berthd.end()
    pathlib.Path(options.out).write_text(json.dumps(results, indent=2) + "\n")
    from readme import table
    print("\n" + table(results))


if __name__ == "__main__":
    sys.path.insert(0, str(TOP / "bench"))
    main()
