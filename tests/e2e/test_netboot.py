# SPDX-License-Identifier: BSD-2-Clause
"""Real firmware boots through our daemons, and through a mix with the stock ones: each can be
swapped at any time. PXE_E2E_ALL=1 runs every combination and every firmware of the table; without
it, those that differ most."""

import itertools
import os

import pytest
from firmware import FIRMWARE
from lab import Lab
from netboot import NetBoot, answer_hash

ALL = os.environ.get("PXE_E2E_ALL") == "1"
SERVICES = ("dhcpd", "tftpd", "httpfsd", "relayd")
# arm64 needs an emulator and a firmware of their own, of 300 MB.
GATE_FIRMWARE = ("uefi-shim", "uefi-http", "uefi-ipxe")


def boot(firmware="bios", relay=False, stock=(), without=(), guest=True):
    with Lab("e2e") as lab:
        machine = NetBoot(lab, firmware, relay, stock, without, guest)
        machine.network()
        machine.files()
        machine.start()
        machine.boot()
        why = machine.follow()
        if why is None:
            if guest:
                assert machine.end() == answer_hash()
            if firmware == "uefi-shim":
                assert "Secure boot enabled" in machine.serial.read_text(errors="replace")
            for name, proc in machine.procs.items():
                assert proc.alive(), f"{name} died: {proc.tail()}"
                if name not in stock:
                    assert proc.stop() == 0, f"{name} did not end well: {proc.tail()}"
        return why


@pytest.mark.parametrize("firmware,relay", [("bios", False), ("uefi", True)],
                         ids=["bios", "uefi-relayed"])
def test_installer_reads_its_answers(firmware, relay):
    assert boot(firmware, relay, guest=False) is None


@pytest.mark.parametrize("firmware", [name for name in FIRMWARE if ALL or name in GATE_FIRMWARE])
def test_firmware(firmware):
    assert boot(firmware) is None


MIXES = [mix for n in range(len(SERVICES) + 1) for mix in itertools.combinations(SERVICES, n)]


@pytest.mark.parametrize("stock", [mix for mix in MIXES if ALL or len(mix) == 1],
                         ids=lambda mix: "+".join(mix) or "none")
def test_mix_with_stock_services(stock):
    """A BIOS boot through the relay, with these services stock and the others ours."""
    assert boot(relay=True, stock=stock) is None


@pytest.mark.parametrize("name,step", [
    ("pxelinux.0", "boot loader"), ("vmlinuz", "kernel"), ("preseed.cfg", "answer file")])
def test_missing_file_is_named(name, step):
    why = boot(without=(name,))
    assert why is not None and step in why and name in why


def test_missing_daemon_is_named():
    why = boot(without=("dhcpd",))
    assert why is not None and "dhcpd is not running" in why
