# SPDX-License-Identifier: BSD-2-Clause
"""The RPM spec, as far as Debian's tools go; packaging/build-rpm builds it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
SPEC = PACKAGING / "rpm/pxesuite.spec"
STANDS_IN_FOR = {"dhcpd": "dhcp-server", "relayd": "dhcp-relay", "tftpd": "tftp-server"}


def query(form):
    if shutil.which("rpmspec") is None:
        pytest.skip("rpm is not installed")
    return subprocess.run(["rpmspec", "-q", "--qf", form, SPEC], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def test_a_package_a_daemon():
    assert set(query("%{NAME}\n").split()) == {
        "pxesuite", *(f"pxesuite-{n}" for n in ("dhcpd", "relayd", "tftpd", "httpfsd", "tools"))}


def test_stands_in_for_the_stock_package():
    for ours, stock in STANDS_IN_FOR.items():
        said = query(f"%{{NAME}} provides [%{{PROVIDES}} ] conflicts [%{{CONFLICTNAME}} ]\n")
        line = next(s for s in said.splitlines() if s.startswith(f"pxesuite-{ours} "))
        provides, conflicts = line.split(" conflicts ")
        assert stock in provides.split() and stock in conflicts.split()


def test_version_is_the_projects():
    project = (PACKAGING.parent / "CMakeLists.txt").read_text()
    debian = (PACKAGING / "debian/changelog").read_text()
    version = re.search(r"project\(pxesuite VERSION (\S+)", project)[1]
    assert query("%{VERSION}\n").split()[0] == version
    assert re.match(r"pxesuite \(([^-)]+)", debian)[1] == version


def test_rpmlint():
    if shutil.which("rpmlint") is None:
        pytest.skip("rpmlint is not installed")
    done = subprocess.run(["rpmlint", "-r", PACKAGING / "rpm/pxesuite.rpmlintrc", SPEC], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert re.search(r" 0 errors, 0 warnings", done.stdout), done.stdout
