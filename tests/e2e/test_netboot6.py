# SPDX-License-Identifier: BSD-2-Clause
"""UEFI firmware boots over IPv6 through our daemons, by PXE and by HTTP, directly and through a
relay, and the system it booted gets its own lease and its answer file over IPv6.

Two of the four take part always; PXE_E2E_ALL=1 runs the others too."""

import os

import pytest
from lab import Lab
from netboot import answer_hash
from netboot6 import NetBoot6

usual = [("pxe", False), ("http", True)]
more = [("pxe-uki", True), ("http", False)]


def boots():
    skip = pytest.mark.skipif(not os.environ.get("PXE_E2E_ALL"), reason="PXE_E2E_ALL is not set")
    for how, relay, marks in [(*u, ()) for u in usual] + [(*m, skip) for m in more]:
        yield pytest.param(how, relay, marks=marks, id=how + ("-relayed" if relay else ""))


@pytest.mark.parametrize("how,relay", boots())
def test_boot_over_ipv6(how, relay):
    with Lab("e2e6") as lab:
        machine = NetBoot6(lab, how, relay)
        machine.network()
        machine.files()
        machine.start()
        machine.boot()
        why = machine.follow()
        assert why is None, f"{why}\n{machine.serial.read_text(errors='replace')[-2000:]}"
        assert machine.end() == answer_hash()
        for name, proc in machine.procs.items():
            assert proc.alive(), f"{name} died: {proc.tail()}"
            assert proc.stop() == 0, f"{name} did not end well: {proc.tail()}"
