# SPDX-License-Identifier: BSD-2-Clause
"""A real machine boots a kernel and an initial RAM disk out of an ISO image that nobody mounted or
unpacked: lpxelinux fetches both by HTTP from httpfsd, which finds them inside the image."""

import shutil

import pytest
from firmware import IMAGE, installer
from lab import Lab
from netboot import NetBoot, answer_hash


@pytest.mark.skipif(shutil.which("xorriso") is None, reason="needs xorriso, to make the image")
def test_boot_from_inside_an_image():
    with Lab("e2e") as lab:
        machine = NetBoot(lab, "bios-image", guest=True)
        machine.network()
        machine.files()
        machine.start()
        machine.boot()
        assert machine.follow() is None
        # What was sent is what lies in the image: the log has the bytes of each body.
        size = (installer("amd64") / "linux").stat().st_size
        machine.procs["httpfsd"].wait_log(
            rf'"GET /{IMAGE}/install/vmlinuz HTTP/1\.[01]" 200 {size} ')
        assert machine.end() == answer_hash()
        for name, proc in machine.procs.items():
            assert proc.alive(), f"{name} died: {proc.tail()}"
            assert proc.stop() == 0, f"{name} did not end well: {proc.tail()}"
