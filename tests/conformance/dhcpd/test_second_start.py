# SPDX-License-Identifier: BSD-2-Clause
"""A second dhcpd that fails to start leaves the first one's lease file alone: RFC 2131 3.1 step 4
wants each acknowledged lease kept, also when somebody starts the server twice."""

import os
import re
import subprocess

import pytest
from dhcp4 import ACK
from dhcpnet import CONF
from lab import program


def second(net, *args):
    argv = net.server.argv([program("dhcpd"), "-4", "-d", *map(str, args)])
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)


@pytest.mark.parametrize("what", ["same", "other-pid-and-port", "other-interface"])
def test_second_start_is_refused(net, what):
    daemon = net.start()
    name = net.lab.dir / "dhcpd.conf"
    conf, leases = ["-cf", name], ["-lf", net.leases]
    args = {"same": [*conf, *leases, "-pf", net.pid_file, "s0"],
            "other-pid-and-port": [*conf, *leases, "--no-pid", "-p", "6767", "--control", "", "s0"],
            "other-interface": [*conf, *leases, "--no-pid", "--control", "", "typo0"]}[what]
    before = os.stat(net.leases)
    done = second(net, *args)
    assert done.returncode == 1
    assert "already a DHCP server running" in done.stderr.strip().splitlines()[-1]
    assert os.stat(net.leases).st_ino == before.st_ino
    ack = net.lease()
    assert ack.kind == ACK
    assert re.search(rf"lease {re.escape(str(ack.yiaddr))} ", net.leases.read_text())
    assert daemon.stop() == 0
    daemon = net.start()
    assert f"lease {ack.yiaddr} " in net.leases.read_text(), "lost over a restart"
    assert daemon.stop() == 0


def test_unknown_user_is_named(net):
    conf = net.lab.file("dhcpd.conf", CONF)
    done = second(net, "-cf", conf, "-lf", net.leases, "--no-pid", "--control", "", "-user", "nosuch",
                  "s0")
    assert done.returncode == 1
    assert "nosuch" in done.stderr.strip().splitlines()[-1]
    assert not net.leases.exists()
