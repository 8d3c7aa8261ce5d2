"""The cost of browsers for the chat: the latency of a line while the page is loaded again and again.

Ten clients on a TAP are served by a PC and then by a board. Every 10 ms one of them sends a line, and the others record
when they receive it. Each round measures this alone, with four browsers, and with a peer that opens silent connections,
so that other load on the machine affects all three alike. A browser loads the page, opens its WebSocket, reads the
greeting, closes it, and starts again at once.
"""

import multiprocessing
import os
import pathlib
import re
import select
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOST = "192.168.7.2"
CHAT, PAGE = (HOST, 50000), (HOST, 80)
BOARDS = ("mps2-an385",)  # boards that have the page; measured if they are built
ROUNDS, SECONDS = 5, 3  # defaults
PEOPLE, BROWSERS = 10, 4
EVERY_S, STALL_S = 0.01, 10
LINE = re.compile(rb"> at (\d+)\n")
GET = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
UPGRADE = (f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
CLOSE = b"\x88\x80\0\0\0\0"  # RFC 6455 section 5.5.1, with a mask of zeros


def everything(connection):
    got = b""
    while data := connection.recv(65536):
        got += data
    return got


def reload_for_ever(count):
    while True:
        with socket.create_connection(PAGE, STALL_S) as connection:
            connection.sendall(GET)
            if not everything(connection).startswith(b"HTTP/1.1 200 "):
                raise SystemExit("bench: the page did not come")
        with socket.create_connection(PAGE, STALL_S) as connection:
            connection.sendall(UPGRADE)
            if not connection.recv(4096).startswith(b"HTTP/1.1 101 "):
                raise SystemExit("bench: the WebSocket did not open")
            connection.sendall(CLOSE)
            everything(connection)
        with count.get_lock():
            count.value += 1


def connect_for_ever(count):
    """Repeatedly opens a thousand connections that send nothing."""
    while True:
        silent = []
        for _ in range(1000):
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(PAGE)
            silent.append(connection)
            count.value += 1
            time.sleep(0.0005)
        for connection in silent:
            connection.close()


CONDITIONS = (
    ("nobody else", None, 0),
    ("4 browsers that load the page again and again", reload_for_ever, BROWSERS),
    ("1,000 connections without a word to the browsers' port, and again", connect_for_ever, 1),
)


def say_and_hear(people, seconds):
    """The latency of each line at each reader, in µs."""
    poll = select.poll()
    rest, took_us = {}, []
    for person in people:
        poll.register(person, select.POLLIN)
        rest[person.fileno()] = (person, b"")
    start = said_s = time.monotonic()
    said = 0
    wanted = 0
    while len(took_us) < wanted or time.monotonic() - start < seconds:
        now = time.monotonic()
        if now >= said_s and now - start < seconds:
            people[said % PEOPLE].sendall(b"at %d\n" % time.monotonic_ns())
            said += 1
            said_s += EVERY_S
            wanted += PEOPLE - 1
        elif now - said_s > STALL_S:
            raise SystemExit("bench: a line did not come")
        for descriptor, _ in poll.poll(max(0, 1000 * (said_s - time.monotonic())) if now - start < seconds else 100):
            person, text = rest[descriptor]
            text += person.recv(65536)
            now_ns = time.monotonic_ns()
            took_us += [(now_ns - int(at)) / 1000 for at in LINE.findall(text)]
            rest[descriptor] = (person, text[text.rfind(b"\n") + 1:])
    return took_us


def measure(people, seconds, load, copies):
    count = multiprocessing.Value("L", 0)
    others = [multiprocessing.Process(target=load, args=(count,), daemon=True) for _ in range(copies)]
    for other in others:
        other.start()
    try:
        time.sleep(0.3)
        before = count.value
        took_us = sorted(say_and_hear(people, seconds))
        if copies and not all(other.is_alive() for other in others):
            raise SystemExit("bench: what was to load the server has ended")
        return took_us[len(took_us) // 2], took_us[len(took_us) * 99 // 100], took_us[-1], (count.value - before) / seconds
    finally:
        for other in others:
            other.kill()
            other.join()


def measure_all(command, rounds, seconds):
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        while b"Browsers join" not in server.stdout.readline():
            if server.poll() is not None:
                raise SystemExit(f"bench: {command[0]} did not start")
        if "emulate" in command[0]:
            server.stdin.write(f"/ip {HOST}/24\r".encode())
            server.stdin.flush()
            while f"the address is now {HOST}".encode() not in server.stdout.readline():
                pass
        people = [socket.create_connection(CHAT) for _ in range(PEOPLE)]
        for person in people:
            person.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found = {name: [] for name, _, _ in CONDITIONS}
        for number in range(rounds):
            for name, load, copies in CONDITIONS[number % len(CONDITIONS):] + CONDITIONS[:number % len(CONDITIONS)]:
                found[name].append(measure(people, seconds, load, copies))
                time.sleep(1)
        server.communicate(b"/shutdown\r\n", STALL_S)
        return found
    finally:
        server.kill()
        server.wait()


def inside(lwchatd, rounds, seconds, *boards):
    commands = {"a PC": [lwchatd, "--net", "tap:tap0", "--rate", "0", "--quiet"]}
    for board in boards:
        commands[f"{board} in QEMU"] = [str(ROOT / "tools" / "emulate"), board, "--tap", "tap0"]
    print("| on | beside | p50, ms | p99, ms | most, ms | loads or connections a second |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for where, command in commands.items():
        for name, measured in measure_all(command, int(rounds), float(seconds)).items():
            figures = [statistics.median(round_[i] for round_ in measured) for i in range(4)]
            print(f"| {where} | {name} | " + " | ".join(f"{figure / 1000:.2f}" for figure in figures[:3]) + f" | {figures[3]:,.0f} |", flush=True)


def main(build, rounds, seconds):
    """Restarts this file in a private network."""
    boards = [board for board in BOARDS if (ROOT / "build" / board / "lwchatd.elf").exists()]
    tap = str(ROOT / "tools" / "tap")
    sys.stderr.flush()
    os.execv(tap, [tap, "run", "--", sys.executable, __file__, str(build / "lwchatd"), str(rounds), str(seconds), *boards])


if __name__ == "__main__":
    inside(*sys.argv[1:])
