#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""iso9660_seed.py IMAGE -- an input of iso9660_fuzz from an image, on standard output."""
import struct
import sys

HEAD, UNIT, BODY = 32768, 32, 4096 * 32


def main():
    with open(sys.argv[1], "rb") as f:
        body = f.read()[HEAD:HEAD + BODY]
    units = [body[i:i + UNIT] for i in range(0, len(body), UNIT)]
    out, at = b"", 0
    while at < len(units):
        end = at
        while end < len(units) and end - at < 255 // UNIT and units[end].strip(b"\0"):
            end += 1
        data = b"".join(units[at:end]).rstrip(b"\0")
        if data:
            out += struct.pack("<HB", at, len(data)) + data
        at = max(end, at + 1)
    sys.stdout.buffer.write(out)


main()
