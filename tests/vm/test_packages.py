# SPDX-License-Identifier: BSD-2-Clause
"""What the built packages say of themselves."""

import shutil
import subprocess

import pytest
from lab import PROJECT
from test_swap import STOCK, packages


def field(package, name):
    return subprocess.run(["dpkg-deb", "-f", packages()[package], name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def contents(package):
    said = subprocess.run(["dpkg-deb", "-c", packages()[package]], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return [line.split()[5].lstrip(".") for line in said.splitlines()]


def test_there_is_one_a_daemon():
    assert set(packages()) == {"dhcpd", "relayd", "tftpd", "httpfsd", "tools", "pxesuite"}


@pytest.mark.parametrize("daemon", STOCK)
def test_stands_in_for_the_stock_package(daemon):
    for name in ("Conflicts", "Replaces", "Provides"):
        assert STOCK[daemon] in field(daemon, name).replace(" ", "").split(","), name


def test_does_not_ship_what_is_the_stock_services():
    """Files that both would own make removing one a loss for the other."""
    shared = ("/etc/dhcp/", "/etc/default/", "/var/lib/dhcp", "/etc/apparmor.d/usr.sbin", "/srv")
    for package in packages():
        assert [f for f in contents(package) if f.startswith(shared)] == []


def test_lintian():
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    changes = sorted((PROJECT / "build/deb").glob("pxesuite_*.changes"))
    what = list(map(str, changes or packages().values()))
    done = subprocess.run(["lintian", "--fail-on", "error", *what], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
