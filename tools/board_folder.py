"""What the folder of a board, port/boards/NAME/, says of it to tools and tests.

board.cmake makes a folder a board; qemu, where QEMU models it, has the options that choose the model.
"""

import pathlib
import re
import shlex

BOARDS = pathlib.Path(__file__).resolve().parent.parent / "port" / "boards"


def names():
    """All boards."""
    return sorted(listed.parent.name for listed in BOARDS.glob("*/board.cmake"))


def model(board):
    """QEMU's options for its model, a list; None where there is no model."""
    path = BOARDS / board / "qemu"
    return shlex.split(path.read_text(), comments=True) if path.exists() else None


def options(board, **instead):
    """Name -> number, of what the board's headers define as numbers or sums of them."""
    found = {}
    for header in ("lwchatopts.h", "FreeRTOSConfig.h", "lwipopts.h"):
        text = (BOARDS / board / header).read_text().replace("\\\n", "")
        for name, value in re.findall(r"^#define (\w+)[ \t]+([^/\n]+)", text, re.MULTILINE):
            if re.fullmatch(r"[\w\s()+*-]+", value):
                value = re.sub(r"(\d)UL?\b", r"\1", value)
                try:
                    found[name] = instead.get(name, eval(value, {"__builtins__": {}}, found))
                except (NameError, SyntaxError):
                    pass  # not a number
    return found


def people(board):
    """How many it has places for."""
    return options(board)["LWCHAT_MAX_SESSIONS"]
