#!/usr/bin/env python3
"""A nick has the same hue in the client and on the page: test_nick_colours.py NICK_HUES PAGE"""

import json
import re
import shutil
import subprocess
import sys

NICKS = ["alice", "bob", "Bob", "Ж" * 16, "Élise", "x_1-2", "Ωmega"] + [f"guest{i}" for i in range(300)]
PAGE = """
const element = {style: {setProperty: (name, value) => console.log(value / 15)}};
const make = () => element;
%s
for (const nick of %s) nickElement(nick);
"""

if shutil.which("node") is None:
    print("skipped: there is no node")
    sys.exit(77)
client, page = sys.argv[1:]
with open(page, encoding="utf-8") as file:
    function = re.search(r"^function nickElement.*?^}", file.read(), re.M | re.S)[0]
ours = subprocess.run([client, *NICKS], capture_output=True, text=True, check=True).stdout
theirs = subprocess.run(["node", "-e", PAGE % (function, json.dumps(NICKS))], capture_output=True, text=True,
                        check=True).stdout
if ours != theirs or len(set(ours.split())) != 24:
    sys.exit("the client and the page disagree: " + str(list(zip(NICKS, ours.split(), theirs.split()))))
