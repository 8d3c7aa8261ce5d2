"""The servers to compare: where they are, how to start them, and when they are ready."""

import dataclasses
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time


@dataclasses.dataclass
class Server:
    name: str
    title: str  # in tables
    program: str
    arguments: list  # with {port} and {out}
    protocol: str = "lwchat"
    address: str = "127.0.0.1"
    people: str = "127.1.0.1"  # the first client's address, the next one has the next; 0.0.0.0: all share one
    ready: str = ""  # text that it prints when it is ready; "" if none
    package: str = ""  # the package that contains it; "" if it is ours
    interface: str = ""  # that all of its frames pass, to count them
    refuses_root: bool = False  # in our private network we are root
    colour: str = "#000000"


LWCHATD = ["--rate", "0", "--quiet", "--port", "{port}"]
NGIRCD_CONF = """[Global]
Name = bench.example.net
Info = bench
AdminEMail = nobody@example.net
MotdPhrase = bench
Listen = 127.0.0.1
Ports = {port}
ServerUID = {uid}
ServerGID = {uid}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
MaxNickLength = 16
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""

SERVERS = {
    server.name: server
    for server in (
        Server("tap", "lwchatd, TAP", "lwchatd", ["--net", "tap:tap0", "--ip", "10.7.0.2/16"] + LWCHATD,
               address="10.7.0.2", people="10.7.128.1", interface="tap0", ready="Server ready",
               colour="#c0392b"),
        Server("user", "lwchatd, user-mode", "lwchatd", ["--net", "user:127.0.0.1:{port}"] + LWCHATD,
               people="0.0.0.0", ready="Server ready", colour="#e59866"),
        Server("kernel", "same src/, kernel", "tests/kernel/lwchatd-kernel", LWCHATD, ready="Server ready",
               colour="#2471a3"),
        Server("select", "select loop", "tests/bench/select", ["{port}"], protocol="select", colour="#8e44ad"),
        Server("ncat", "ncat --chat", "ncat", ["-l", "--chat", "-4", "--max-conns", "2000", "127.0.0.1", "{port}"],
               protocol="ncat", package="ncat", colour="#1e8449"),
        Server("ngircd", "ngircd", "ngircd", ["-n", "-f", "{out}/ngircd.conf"], protocol="irc", package="ngircd",
               refuses_root=True,
               colour="#7d6608"),
    )
}

# This machine's address on the TAP, and the range of the clients' addresses.
TAP_HOST, TAP_PEOPLE = "10.7.0.1/16", "10.7.128.0/17"

# Any user but root.
SOMEBODY = 1000
NOTHING_YET_S = 10


def prepare_tap():
    """Gives each client its own address on the TAP."""
    for command in (["address", "add", TAP_HOST, "dev", "tap0"], ["route", "add", "local", TAP_PEOPLE, "dev", "tap0"]):
        subprocess.run(["ip", *command], check=True)


def fetch(package, peers):
    """Unpacks a Debian package, and its libraries that are not installed, into `peers`."""
    wanted, seen = [package], set()
    while wanted:
        name = wanted.pop()
        seen.add(name)
        print(f"bench: fetching the package {name}", file=sys.stderr)
        if subprocess.run(["apt-get", "-q", "download", name], cwd=peers, stdout=subprocess.DEVNULL).returncode:
            sys.exit(f"bench: {package} is missing and could not be fetched. As root, run: apt-get install {package}")
        archive = max(peers.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
        subprocess.run(["dpkg", "-x", archive, peers], check=True)
        needs = subprocess.run(["dpkg-deb", "-f", archive, "Depends"], capture_output=True, text=True).stdout
        for need in re.findall(r"(?:^|,)\s*([a-z0-9.+-]+)", needs):
            status = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Abbrev}", need], capture_output=True, text=True)
            if need.startswith("lib") and need not in seen and not status.stdout.startswith("ii"):
                wanted.append(need)


def path_of(server, build, out):
    if not server.package:
        return build / server.program
    places = [str(out / "peers" / place) for place in ("usr/bin", "usr/sbin")]
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"] + places)
    found = shutil.which(server.program, path=search)
    return pathlib.Path(found) if found else None


def find(server, build, out):
    path = path_of(server, build, out)
    if path is None:
        peers = out / "peers"
        peers.mkdir(parents=True, exist_ok=True)
        fetch(server.package, peers)
        path = path_of(server, build, out)
    if path is None or not path.exists():
        sys.exit(f"bench: there is no {path or server.program}")
    return path


def environment(out):
    libraries = [str(path) for path in (out / "peers").glob("usr/lib/*") if path.is_dir()]
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(libraries + [os.environ.get("LD_LIBRARY_PATH", "")])}


def start(server, build, out, port, core):
    """Starts the server on one core. Returns the process."""
    values = {"port": port, "out": out, "uid": SOMEBODY}
    if server.name == "ngircd":
        (out / "ngircd.conf").write_text(NGIRCD_CONF.format(**values))

    def limits():
        if core is not None:
            os.sched_setaffinity(0, {core})
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    log = out / "log" / f"{server.name}.log"
    log.parent.mkdir(exist_ok=True)
    command = [find(server, build, out)] + [argument.format(**values) for argument in server.arguments]
    if server.refuses_root:
        command = ["unshare", "--user", f"--map-user={SOMEBODY}", f"--map-group={SOMEBODY}", "--"] + command
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   preexec_fn=limits, env=environment(out))
    deadline = time.monotonic() + NOTHING_YET_S
    while server.ready and server.ready not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            sys.exit(f"bench: {server.title} does not start: see {log}")
        time.sleep(0.02)
    return process


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
