# SPDX-License-Identifier: BSD-2-Clause
"""relayd --probe: what it prints and how it ends, with a relay that runs and without one."""

import json
import subprocess
import threading

import pytest
from lab import program, stock
from relaynet import OFFER, SERVER, Server, message

SIDES = ("-id", "c0", "-iu", "u0")


def probe(net, *args, control=None):
    return subprocess.run(
        net.router.argv([program("relayd"), "--control", control or net.control, *map(str, args)]),
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30,
        stdin=subprocess.DEVNULL)


class Answering:
    """The bare server as one that offers an address to everybody."""

    def __init__(self, net, **fields):
        self.net, self.fields, self.seen, self.stop = net, fields, [], False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop:
            got = self.net.server.receive(0.1)
            if got is None:
                continue
            self.seen.append(got)
            fields = {"giaddr": got.giaddr, "yiaddr": "10.1.0.77",
                      "options": [(54, b"\x0a\2\0\x09"), (67, b"boot/x64.efi")]
                      + [(82, v) for v in got.all(82)], **self.fields}
            self.net.server.send(message(op=2, kind=OFFER, xid=got.xid, mac=got.data[28:34],
                                         flags=got.flags, **fields), got.giaddr)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.join()


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_answered(net, running):
    if running:
        net.relay("-a")
    with Answering(net) as server:
        done = probe(net, "--probe", "-a", *SIDES, SERVER)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    line, = done.stdout.splitlines()
    assert line.startswith("10.2.0.9 via c0: answered in ")
    assert "offers 10.1.0.77" in line and "boot file boot/x64.efi" in line
    asked, = server.seen
    assert asked.giaddr == "10.1.0.1" and asked.hops == 1 and asked.all(82) == [b"\1\2c0"]
    assert asked.all(60)[0].startswith(b"PXEClient:Arch:00007")
    # nobody on the client's link sees anything of it
    assert net.link.receive(0.3) is None


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_no_answer_from_one_of_two(net, running):
    net.server_ns.addr("e0", "10.2.0.10/24")
    servers = (SERVER, "10.2.0.10")
    if running:
        net.relay(servers=servers)
    with Answering(net):
        done = probe(net, "--probe=c0", *SIDES, *servers)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert "answered in" in first and second == "10.2.0.10 via c0: sent, no answer"


def test_every_server_whatever_the_policy(net):
    net.server_ns.addr("e0", "10.2.0.10/24")
    second = Server(net.server_ns, "10.2.0.10")
    net.relay("--server-policy", "first-alive", servers=(SERVER, "10.2.0.10"))
    with Answering(net):
        probe(net, "--probe", *SIDES, SERVER)
    assert second.receive(1) is not None


def test_an_answer_that_clients_would_not_get(net):
    net.relay("-a", "-D")
    with Answering(net, options=[]):
        done = probe(net, "--probe", "-a", "-D", *SIDES, SERVER)
    assert done.returncode == 1
    assert "but clients would not get it: the server left option 82 out" in done.stdout


@pytest.mark.parametrize("running", [True, False], ids=["running", "alone"])
def test_no_such_interface(net, running):
    if running:
        net.relay()
    done = probe(net, "--probe=c9", *SIDES, SERVER)
    assert done.returncode == 1
    assert "c9: no interface of the clients' side" in done.stdout + done.stderr


def test_unreachable(net):
    net.router.ip("route", "add", "unreachable", "203.0.113.0/24")
    done = probe(net, "--probe", *SIDES, "203.0.113.9")
    assert done.returncode == 1
    assert done.stdout.startswith("203.0.113.9 via c0: not reached: ")


def test_port_taken_by_a_relay_without_control_socket(net):
    net.lab.spawn("relayd", program("relayd"), "-d", "--control=", *SIDES, SERVER,
                  ns=net.router).wait_udp(67)
    done = probe(net, "--probe", *SIDES, SERVER)
    assert done.returncode == 1
    assert "67" in done.stderr.splitlines()[-1] and "in use" in done.stderr.splitlines()[-1]


def test_isc_dhcpd(net):
    net.server.sock.close()
    conf = net.lab.file("dhcpd.conf", "authoritative;\nsubnet 10.2.0.0 netmask 255.255.255.0 { }\n"
                        "subnet 10.1.0.0 netmask 255.255.255.0 { range 10.1.0.90 10.1.0.99;\n"
                        ' filename "pxelinux.0"; next-server 10.2.0.9; }\n')
    net.lab.spawn("dhcpd", stock("dhcpd"), "-4", "-d", "-cf", conf, "-lf",
                  net.lab.file("leases", ""), "-pf", net.lab.dir / "dhcpd.pid", "e0",
                  ns=net.server_ns).wait_log("Server starting service")
    done = probe(net, "--probe", *SIDES, SERVER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "offers 10.1.0.9" in done.stdout and "boot file pxelinux.0" in done.stdout
    assert "next server 10.2.0.9" in done.stdout


def test_over_the_control_socket(net):
    net.relay()
    with Answering(net):
        assert '"end":true' in net.ask("probe")[-1]
        for _ in range(50):
            line = json.loads(net.ask("probed")[0])
            if line["answered"]:
                break
    assert line["ok"] and line["offered"] == "10.1.0.77" and line["file"] == "boot/x64.efi"
    assert "error" in net.ask("probe c9")[-1]
