"""Raw streams: the throughput in MB a second of lwIP behind the TAP, and of the kernel over a veth."""

import contextlib
import os
import subprocess
import time

import servers

PORT = 49999
VETH_HERE, VETH_THERE = "192.168.9.1/24", "192.168.9.2/24"
TAP_ADDRESS = "192.168.7.2"
READY_S = 10
GRACE_S = 20

# Role of the generator's end, and the direction's name in tables.
DIRECTIONS = {"give": "host to lwIP", "take": "lwIP to host"}
NETWORKS = {"tap": "lwIP, TAP", "veth": "kernel, veth"}


def run_on(core):
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


@contextlib.contextmanager
def other_namespace():
    """A second private network, connected by a veth. Yields the prefix of a command that runs in it."""
    holder = subprocess.Popen(["unshare", "-n", "--", "sh", "-c", "echo ready; read nothing"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        enter = ["nsenter", "-t", str(holder.pid), "-n", "--"]
        for command in (
            ["ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", str(holder.pid)],
            ["ip", "address", "add", VETH_HERE, "dev", "veth0"],
            ["ip", "link", "set", "veth0", "up"],
            enter + ["ip", "address", "add", VETH_THERE, "dev", "veth1"],
            enter + ["ip", "link", "set", "veth1", "up"],
        ):
            subprocess.run(command, check=True)
        yield enter
    finally:
        # Its network ends with it, and the veth with the network.
        holder.communicate()


def stream(command, other, seconds, cores):
    """Starts one end, measures with the other, and returns MB a second."""
    here, there = cores or (None, None)
    end = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, preexec_fn=run_on(here))
    try:
        if "ready" not in end.stdout.readline():
            raise OSError("an end of the streams does not start: " + " ".join(map(str, command)))
        done = subprocess.run(other, capture_output=True, text=True, timeout=seconds + GRACE_S, preexec_fn=run_on(there))
        if done.returncode:
            raise OSError(done.stderr.strip())
        return float(done.stdout)
    finally:
        servers.stop(end)
        end.stdout.close()


def run(arguments, rounds, cores, show):
    """Measures both networks in both directions, in turn. Returns the results and failures."""
    programs = arguments.build / "tests" / "bench"
    measured, failures = [], []
    start = time.monotonic()
    with other_namespace() as enter:
        for number in range(rounds):
            for way, words in DIRECTIONS.items():
                ours = "take" if way == "give" else "give"
                ends = {
                    "tap": ([programs / "stream", ours, "tap:tap0", str(PORT)], TAP_ADDRESS),
                    "veth": (enter + [programs / "stream-kernel", ours, str(PORT)], VETH_THERE.split("/")[0]),
                }
                for network, (command, address) in ends.items():
                    show(f"raw streams, round {number + 1} of {rounds}: {words}, {NETWORKS[network]}")
                    other = [programs / "stream-kernel", way, str(PORT), address, str(arguments.seconds)]
                    tag = {"network": network, "way": way, "round": number + 1}
                    try:
                        measured.append({**tag, "mb_per_s": stream(command, other, arguments.seconds, cores)})
                    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
                        failures.append({**tag, "why": str(error)})
    return {"measured": measured, "failures": failures, "seconds": time.monotonic() - start}
