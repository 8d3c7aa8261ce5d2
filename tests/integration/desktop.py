"""A machine with Avahi, D-Bus and nss-mdns, as desktops have them, on tap0."""

import os
import tempfile

from harness import Case


class Desktop(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # A private network has one user and one group.
        users = "".join(f"{name}:x:0:0::/:/bin/sh\n" for name in ("root", "avahi"))
        groups = "".join(f"{name}:x:0:\n" for name in ("root", "avahi", "netdev"))
        bus = ("<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><policy context='default'>"
               "<allow send_destination='*'/><allow receive_sender='*'/><allow own='*'/></policy></busconfig>")
        files = {"passwd": users, "group": groups, "bus.conf": bus,
                 "nsswitch.conf": "hosts: files mdns4_minimal [NOTFOUND=return]\n",
                 "avahi.conf": "[server]\nhost-name=desk\nallow-interfaces=tap0\nuse-ipv6=no\n"}
        for name, text in files.items():
            with open(os.path.join(folder.name, name), "w") as file:
                file.write(text)
        at = folder.name
        self.avahi = self.process("unshare", "-m", "sh", "-c",
                                  f"mount -t tmpfs run /run && mkdir /run/dbus && "
                                  f"for name in passwd group nsswitch.conf; do mount --bind {at}/$name /etc/$name; done && "
                                  f"dbus-daemon --config-file={at}/bus.conf --fork --print-pid && "
                                  f"exec avahi-daemon -f {at}/avahi.conf --no-drop-root --no-chroot --no-rlimits")
        pid = int(self.avahi.out.expect("\n"))
        self.addCleanup(os.kill, pid, 15)
        self.avahi.out.expect("Server startup complete")

    def inside(self, *command):
        return ["nsenter", "-t", str(self.avahi.pid), "-m", *command]
