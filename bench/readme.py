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
    lines.append(row("idle engine, PSS", results["idle"]["berth"], 20, results["idle"].get("docker"), docker, "MB"))
    lines.append(row(
        "each further container, PSS of the engine's side", results["further"]["berth"], 0.5,
        results["further"].get("docker"), docker, "MB", 2))
    crowd = results["crowd"]
    lines.append(
        f"| {crowd['count']} containers one after another: the last | **{crowd['last']:.1f} ms** "
        f"| as the first: {crowd['first']:.1f} ms | – | – |")
    lines.append(f"| `ps` with {crowd['count']} running | **{crowd['ps']:.1f} ms** | – | – | – |")
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
