"""Reads the properties of a board from its folder, port/boards/NAME/, for tools and tests.

A folder with a board.cmake is a board. If it can be emulated, the file emulator has the emulator's name, and the options
that select the model: a QEMU such as qemu-system-arm, or rp2040js.
As a program it prints one board of each family, or with --all every board.
"""

import pathlib
import re
import shlex
import sys

BOARDS = pathlib.Path(__file__).resolve().parent.parent / "port" / "boards"


def names():
    """All boards."""
    return sorted(listed.parent.name for listed in BOARDS.glob("*/board.cmake"))


def family(board):
    """The folder in port/ that the board shares with similar ones, or else its own name."""
    shared = re.search(r"/\.\./\.\./(?!freertos/)(\w+)/", (BOARDS / board / "board.cmake").read_text())
    return shared[1] if shared else board


def leaders():
    """The first board of each family; the others have the same drivers on another processor."""
    return sorted({family(board): board for board in reversed(names())}.values())


def emulator(board):
    """The emulator's name, and the options for its model, as a list; None if there is no emulator for it."""
    path = BOARDS / board / "emulator"
    return shlex.split(path.read_text(), comments=True) if path.exists() else None


def has_kernel(board):
    """Whether it can be built with FreeRTOS."""
    return (BOARDS / board / "FreeRTOSConfig.h").exists()


def read(header):
    """The text of a board's header, with the headers that it includes from a shared folder."""
    return re.sub(r'^#include "(\.\./.+)"$', lambda include: read(header.parent / include[1]), header.read_text(),
                  flags=re.MULTILINE)


def options(board, **instead):
    """Name -> value of each macro in the board's headers that is an arithmetic expression, unless `instead` has it."""
    found = {}
    for header in ("lwchatopts.h", "board_config.h", "FreeRTOSConfig.h", "lwipopts.h"):
        path = BOARDS / board / header
        if not path.exists():
            continue  # a board that runs without an operating system only
        text = read(path).replace("\\\n", "")
        for name, value in re.findall(r"^#define (\w+)[ \t]+([^/\n]+)", text, re.MULTILINE):
            if re.fullmatch(r"[\w\s()+*-]+", value):
                value = re.sub(r"(\d)UL?\b", r"\1", value)
                try:
                    found[name] = instead.get(name, eval(value, {"__builtins__": {}}, found))
                except (NameError, SyntaxError):
                    pass  # not a number
    return found


def people(board):
    """How many people it has places for."""
    return options(board)["LWCHAT_MAX_SESSIONS"]


if __name__ == "__main__":
    print(" ".join(names() if sys.argv[1:] == ["--all"] else leaders()))
