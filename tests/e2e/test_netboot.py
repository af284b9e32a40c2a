# SPDX-License-Identifier: BSD-2-Clause
"""Real firmware boots into the Debian installer through our daemons, and through a mix with the
stock ones: each can be swapped at any time."""

import pytest
from lab import Lab
from netboot import NetBoot


def boot(firmware="bios", relay=False, stock=(), without=()):
    with Lab("e2e") as lab:
        machine = NetBoot(lab, firmware, relay, stock, without)
        machine.network()
        machine.files()
        machine.start()
        machine.boot()
        why = machine.follow()
        if why is None:
            for name, proc in machine.procs.items():
                assert proc.alive(), f"{name} died: {proc.tail()}"
                if name not in stock:
                    assert proc.stop() == 0, f"{name} did not end well: {proc.tail()}"
        return why


@pytest.mark.parametrize("firmware,relay", [("bios", False), ("uefi", False), ("bios", True)],
                         ids=["bios", "uefi", "bios-relayed"])
def test_boot_through_our_daemons(firmware, relay):
    assert boot(firmware, relay) is None


@pytest.mark.parametrize("name", ["dhcpd", "tftpd", "httpfsd"])
def test_boot_with_one_stock_daemon(name):
    assert boot(stock=(name,)) is None


def test_boot_through_stock_relay():
    assert boot(relay=True, stock=("relayd",)) is None


@pytest.mark.parametrize("name,step", [
    ("pxelinux.0", "boot loader"), ("vmlinuz", "kernel"), ("preseed.cfg", "answer file")])
def test_missing_file_is_named(name, step):
    why = boot(without=(name,))
    assert why is not None and step in why and name in why


def test_missing_daemon_is_named():
    why = boot(without=("dhcpd",))
    assert why is not None and "dhcpd is not running" in why
