"""Runs the plan: each combination of server and number of clients in turn."""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import servers
import streams

WARM_UP_S = 0.15
# D and E: number of senders, and the maximum when all clients send; lines in flight per sender; and the default numbers
# of clients.
REFILL = "DE"
SENDERS, EVERYBODY = 10, 64
DEPTHS = (1, 4, 16, 64, 256)
REFILL_CLIENTS = (10, 50)
# Time allowed in addition to the measurement: for all clients to join, and for stalls.
PATIENCE_S = 90


def machine():
    try:
        model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    except (OSError, AttributeError):
        model = platform.machine()
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    version = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "commit": version.stdout.strip(),
        "date": time.strftime("%Y-%m-%d"),
    }


def refill_cells(letter, clients):
    """The generator's names of the cells, by senders and lines in flight."""
    return {(senders, depth): f"{letter}{depth}x{senders}"
            for senders in sorted({min(clients, SENDERS), min(clients, EVERYBODY)}) for depth in DEPTHS}


def cells(arguments, server, clients, others=True):
    """The cells to request from the generator; only those of D unless `others`."""
    letters = [letter for letter in arguments.scenarios if others or letter == "D"]
    chosen = [f"{letter}/{size}" for letter in letters if letter not in REFILL + "IS" for size in arguments.sizes]
    if clients in arguments.refill_clients:
        chosen += [f"{name}/{arguments.sizes[0]}" for letter in letters if letter in REFILL
                   for name in refill_cells(letter, clients).values()]
    if "I" in letters and server.protocol == "lwchat":
        chosen.append(f"I/{arguments.sizes[0]}")
    return chosen


def session(arguments, server, clients, chosen, port, cores, more=()):
    """Runs all scenarios on one freshly started server, the generator with `more` options. Returns its output."""
    process = servers.start(server, arguments.build, arguments.out, port, cores[0] if cores else None)
    try:
        command = [arguments.build / "tests/bench/load", "--protocol", server.protocol, "--address", server.address]
        command += ["--from", server.people, "--port", str(port), "--clients", str(clients), "--pid", str(process.pid)]
        command += ["--seconds", str(arguments.seconds), "--warm-up", str(WARM_UP_S)]
        command += ["--interface", server.interface] if server.interface else []
        if cores:
            command += ["--core", str(cores[1])]
            command += [] if arguments.sleep else ["--spin"]
        patience = PATIENCE_S + 2 * arguments.seconds * len(chosen)
        try:
            load = subprocess.run(command + list(more) + chosen, capture_output=True, text=True, timeout=patience)
            output, complaint = load.stdout, load.stderr.strip()
        except subprocess.TimeoutExpired as expired:
            output, complaint = (expired.stdout or b"").decode(), "took too long"
    finally:
        servers.stop(process)
    lines = [json.loads(line) for line in output.splitlines()]
    return lines, complaint


def show_progress(what, done=None, plan=(), started=0):
    line = f"bench: {what}"
    if done is not None:
        line = f"bench: {done + 1}/{len(plan)} {what}"
    if done:
        line += f", {(time.monotonic() - started) / done * (len(plan) - done) / 60:.1f} min left"
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


def run(arguments, plan, stream_rounds, results):
    available = sorted(os.sched_getaffinity(0))
    cores = available[:2] if len(available) > 1 else None
    data = {"machine": machine(), "seconds": arguments.seconds, "polls": bool(cores) and not arguments.sleep,
            "servers": arguments.servers, "cells": [], "joins": [], "failures": [], "streams": None}
    servers.prepare_tap()
    if stream_rounds:
        data["streams"] = streams.run(arguments, stream_rounds, cores, show_progress)
        results.write_text(json.dumps(data, indent=1))
    started = time.monotonic()
    for done, (clients, number, name, chosen) in enumerate(plan):
        server = servers.SERVERS[name]
        show_progress(f"{clients} clients, round {number}: {server.title}", done, plan, started)
        # A separate port, so that lingering connections do not interfere, and outside the ephemeral range.
        lines, complaint = session(arguments, server, clients, chosen, 20000 + done, cores)
        tag = {"server": name, "round": number, "clients": clients}
        data["cells"] += [{**line, **tag} for line in lines if "scenario" in line]
        data["joins"] += [{**line, **tag} for line in lines if "joined" in line]
        if complaint:
            data["failures"].append({**tag, "why": complaint})
        results.write_text(json.dumps(data, indent=1))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
