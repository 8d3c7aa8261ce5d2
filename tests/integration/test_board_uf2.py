#!/usr/bin/env python3
"""The files that are copied to a Raspberry Pi Pico: blocks of UF2, and what the chip's boot ROM looks for in them."""

import os
import struct
import subprocess
import unittest
import zlib

from board import board_folder
from harness import ROOT

BOARDS = {"pico": 0xE48BFF56, "pico2": 0xE48BFF59}  # and its UF2 family
FLASH = 0x10000000


def image_of(path, family):
    """The flash's content, from the blocks of the file, each of which is checked."""
    with open(path, "rb") as file:
        content = file.read()
    assert len(content) % 512 == 0
    count = len(content) // 512
    image = b""
    for number in range(count):
        block = content[512 * number:][:512]
        fields = struct.unpack_from("<8I", block)
        expected = (0x0A324655, 0x9E5D5157, 0x2000, FLASH + len(image), 256, number, count, family)
        assert fields == expected, f"block {number}: {fields} instead of {expected}"
        assert block[508:] == struct.pack("<I", 0x0AB16F30), f"block {number} does not end as it should"
        image += block[32:][:256]
    return image


def crc32(data):
    """As RP2040's boot ROM computes it: not reflected, and not inverted in the end (data sheet, 2.8.1.3.1)."""
    reflected = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    return int(f"{zlib.crc32(reflected) ^ 0xFFFFFFFF:032b}"[::-1], 2)


def files(board):
    """The firmware that tools/test builds."""
    programs = ("lwchatd", "lwchat", "example") if board in board_folder.leaders() else ("lwchatd",)
    return [os.path.join(ROOT, "build", board, program) for program in programs]


class Files(unittest.TestCase):
    def test_blocks(self):
        """The blocks hold the flash's content as the ELF file has it, for the right chip."""
        for board, family in BOARDS.items():
            for path in files(board):
                image = image_of(path + ".uf2", family)
                binary = subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", path + ".elf", "/dev/stdout"],
                                        capture_output=True, check=True).stdout
                self.assertEqual(image[:len(binary)], binary)
                self.assertLess(len(image) - len(binary), 256)

    def test_boot_2(self):
        """RP2040's boot ROM starts what is in the first 256 bytes only if they end with its checksum."""
        for path in files("pico"):
            start = image_of(path + ".uf2", BOARDS["pico"])[:256]
            self.assertEqual(struct.unpack("<I", start[252:])[0], crc32(start[:252]))

    def test_image_definition(self):
        """RP2350's looks in the first 4 KB for a block that says that this is a program for its Arm processors."""
        for path in files("pico2"):
            start = image_of(path + ".uf2", BOARDS["pico2"])[:4096]
            at = start.find(struct.pack("<I", 0xFFFFDED3))
            self.assertGreater(at, 0)
            # Item 0x42, of a word: an executable (1), secure (2 << 4), for Arm (0 << 8), for RP2350 (1 << 12).
            self.assertEqual(struct.unpack_from("<I", start, at + 4)[0], 0x42 | 1 << 8 | 0x1021 << 16)

    def test_file(self):
        """file recognises them."""
        for board in BOARDS:
            for path in files(board):
                said = subprocess.run(["file", "-b", path + ".uf2"], capture_output=True, text=True, check=True).stdout
                self.assertIn("UF2 firmware image", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
