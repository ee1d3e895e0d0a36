#!/usr/bin/env python3
"""Writes the table of bench/results.json into README.md, between its two markers: readme.py RESULTS README."""

import json
import pathlib
import sys

START, END = "<!-- bench:start -->", "<!-- bench:end -->"


def row(what, berth, goal, peer, name, unit="ms", digits=1):
    """One line of the table; a peer that was not there leaves its columns empty."""
    other = f"{name} {peer:.{digits}f} {unit}" if peer else "–"
    ratio = f"{peer / berth:.1f}" if peer and berth else "–"
    return f"| {what} | **{berth:.{digits}f} {unit}** | ≤ {goal} {unit} | {other} | {ratio} |"


def table(results):
    """The results as a Markdown table."""
    docker = "docker " + results.get("docker", "").split("+")[0]
    lines = [
        f"Medians of {results['rounds']} runs in turns, in one run on {results['machine']}.", "",
        "| what | berth | goal | peer | times as good |", "| --- | --- | --- | --- | --- |"]
    for key, what, goals in [
        ("run", "`run --rm IMAGE true` with a bridge", (20, 40)),
        ("run_none", "`run --rm --net none`", (12, None)),
        ("exec", "`exec`", (10, None)),
    ]:
        values = results[key]
        lines.append(row(f"{what}, own CLI", values["berth"], goals[0], values.get("docker"), docker))
        if goals[1] and "docker CLI on berthd" in values:
            lines.append(row(f"{what}, docker CLI", values["docker CLI on berthd"], goals[1], values.get("docker"), docker))
    for key, what in [
        ("output", "a container that prints 300,000 lines"), ("logs", "`logs` of 300,000 lines"),
        ("cp_in", "`cp` of 200 MB into a container"), ("cp_out", "`cp` of 200 MB out of one"),
    ]:
        goal = 3 if key == "logs" else 2
        peer = results[key].get("docker")
        lines.append(
            f"| {what} | **{results[key]['berth']:.0f} ms** | {goal} times as fast "
            + (f"| {docker} {peer:.0f} ms | {peer / results[key]['berth']:.1f} |" if peer else "| – | – |"))
    images = results.get("images", {})
    for key, what, goals in [
        ("pull_big", "`pull` of one layer: 290 MB gzip, 780 MB in 60,000 files", {"docker": 5, "podman": 2.5}),
        ("pull_eight", "`pull` of the same in 8 layers", {"docker": 5, "podman": 2.5}),
        ("pull_forty", "`pull` of 40 small layers", {"docker": 3}),
        ("load", "`load` of that image", {"docker": 5}), ("import", "`import` of its tar", {"docker": 5}),
        ("save", "`save`", {"docker": 3}), ("push", "`push`", {"docker": 3}),
    ]:
        if key in images:
            own = images[key]["berth"]
            others = [(name, images[key][name], goal) for name, goal in goals.items() if name in images[key]]
            lines.append(
                f"| {what} | **{own / 1000:.2f} s** "
                f"| {', '.join(f'{goal:g} times {name}' for name, _, goal in others) or '–'} "
                f"| {', '.join(f'{name} {value / 1000:.1f} s' for name, value, _ in others) or '–'} "
                f"| {', '.join(f'{value / own:.1f}' for _, value, _ in others) or '–'} |")
    if "pull_nothing" in images:
        lines.append(row("`pull` with nothing to do", images["pull_nothing"]["berth"], 20, images["pull_nothing"].get("docker"), docker))
        if "list" in images:
            lines.append(row("`images` with 1,000 in the store", images["list"]["berth"], 30, None, ""))
        lines.append(row("the daemon's memory meanwhile, at most", images["memory"], 60, None, "", "MB", 0))
    lines.append(row("idle engine, PSS", results["idle"]["berth"], 20, results["idle"].get("docker"), docker, "MB"))
    lines.append(row(
        "each further container, PSS of the engine's side", results["further"]["berth"], 0.5,
        results["further"].get("docker"), docker, "MB", 2))
    crowd = results["crowd"]
    lines.append(
        f"| {crowd['count']} containers one after another: the last | **{crowd['last']:.1f} ms** "
        f"| as the first: {crowd['first']:.1f} ms | – | – |")
    lines.append(f"| `ps` with {crowd['count']} running | **{crowd['ps']:.1f} ms** | – | – | – |")
    lines.append(row(f"`stats --no-stream` with {crowd['count']} running", crowd["stats"], 1000, None, "", digits=0))
    for runtime in ["crun", "runc"]:
        if runtime in results["oci"]:
            lines.append(row("OCI runtime `run` of one bundle", results["oci"]["berth-runtime"], 5, results["oci"][runtime], runtime))
    if len(results["oci"]) == 1:
        lines.append(row("OCI runtime `run` of one bundle", results["oci"]["berth-runtime"], 5, None, ""))
    return "\n".join(lines)


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    readme = pathlib.Path(sys.argv[2])
    before, rest = readme.read_text().split(START, 1)
    after = rest.split(END, 1)[1]
    readme.write_text(f"{before}{START}\n{table(results)}\n{END}{after}")


if __name__ == "__main__":
    main()
