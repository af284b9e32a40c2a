# SPDX-License-Identifier: BSD-2-Clause
"""fault.py -- strike at a daemon's disk and clock while it runs; fault.c is what it is preloaded with."""

import mmap
import os
import struct

from lab import bin_dir


class Fault:
    """Calls on files below `folder` fail as set(); the daemon is to be started with .env."""

    FIELDS = {"clock_s": ("q", 0), "write_errno": ("i", 8), "sync_errno": ("i", 12), "rename_errno": ("i", 16),
              "write_short": ("i", 20), "sync_delay_us": ("i", 24), "struck": ("I", 28)}

    def __init__(self, folder):
        path = folder / "fault"
        path.write_bytes(bytes(64))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 64)
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.env = {"PXE_FAULT": str(path), "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0",
                    "LD_PRELOAD": str(next(bin_dir().rglob("libfault.so")))}

    def set(self, **what):
        for name, value in what.items():
            kind, at = self.FIELDS[name]
            self.map[at:at + struct.calcsize(kind)] = struct.pack(kind, value)

    def get(self, name):
        kind, at = self.FIELDS[name]
        return struct.unpack_from(kind, self.map, at)[0]


"""Ways in which a record does not get onto the disk."""
BROKEN = {
    "write ENOSPC": {"write_errno": 28}, "write EIO": {"write_errno": 5},
    "half a write": {"write_errno": 28, "write_short": 40},
    "fsync EIO": {"sync_errno": 5}, "fsync ENOSPC": {"sync_errno": 28}}
