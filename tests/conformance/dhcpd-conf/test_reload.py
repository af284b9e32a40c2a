# SPDX-License-Identifier: BSD-2-Clause
"""Another configuration under traffic, by SIGHUP and by pxectl: no packet lost, every lease kept, what changed
said; a bad file changes nothing."""

import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from dhcp4 import ACK, DISCOVER, OFFER, REQUEST, Link, Message, message
from lab import program, wait_for

CONF = """\
default-lease-time 600; ping-check false; authoritative;
option domain-name "{name}";
subnet 192.0.2.0 netmask 255.255.255.0 {{ range 192.0.2.10 192.0.2.{last}; option routers 192.0.2.1; }}
{more}
"""


class Traffic(threading.Thread):
    """Clients one after the other; counts what has no answer."""

    def __init__(self, link):
        super().__init__(daemon=True)
        self.link, self.stop = link, threading.Event()
        self.done, self.lost, self.held = 0, [], {}
        self.names = set()

    def ask(self, kind, mac, options, xid):
        self.link.send(message(kind, mac=mac, xid=xid, options=[(55, b"\x01\x0f"), *options]))
        return self.link.receive(3, xid=xid)

    def run(self):
        n = 0
        while not self.stop.is_set():
            n += 1
            mac = f"02:00:00:00:00:{n % 40:02x}"
            offer = self.ask(DISCOVER, mac, [], 2 * n)
            if offer is None or offer.kind != OFFER:
                self.lost.append((n, "discover", offer))
                continue
            ack = self.ask(REQUEST, mac, [(50, offer.yiaddr), (54, offer.get(54))], 2 * n + 1)
            if ack is None or ack.kind != ACK or self.held.get(mac, ack.yiaddr) != ack.yiaddr:
                self.lost.append((n, "request", ack))
                continue
            self.held[mac] = ack.yiaddr
            self.names.add(ack.get(15))
            self.done += 1


class Setting:
    def __init__(self, lab):
        self.lab = lab
        server, client = lab.netns("server"), lab.netns("client")
        lab.veth(server, "s0", client, "e0")
        server.addr("s0", "192.0.2.1/24")
        self.write()
        self.daemon = lab.daemon("dhcpd", "-d", "-cf", lab.dir / "dhcpd.conf", "-lf", lab.file("leases", ""),
                                 "--no-pid", "s0", ns=server)
        self.daemon.wait_log("Server starting service")
        self.traffic = Traffic(Link(client, "e0"))
        self.traffic.start()

    def write(self, name="one", last=200, more=""):
        self.lab.file("dhcpd.conf", CONF.format(name=name, last=last, more=more))

    def reload(self, how):
        if how == "SIGHUP":
            self.daemon.signal(signal.SIGHUP)
            return None
        control = self.lab.dir / "run/dhcpd/control"
        return subprocess.run([program("pxectl"), "--socket", control, "reload"], text=True, timeout=20,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def more(self, count=30):
        """Until so many clients more were served."""
        goal = self.traffic.done + count
        wait_for(lambda: self.traffic.done >= goal or self.traffic.lost, 20, "traffic")

    def finish(self):
        self.traffic.stop.set()
        self.traffic.join(10)
        assert not self.traffic.lost, self.traffic.lost[:5]


@pytest.fixture
def setting(lab):
    return Setting(lab)


@pytest.mark.parametrize("how", ["SIGHUP", "pxectl"])
def test_good_file(setting, how):
    setting.more()
    for i, name in enumerate(("two", "three")):
        setting.write(name, 200 + 10 * (i + 1), f"host h{i} {{ hardware ethernet 02:00:00:00:01:0{i}; }}\n" * (1 - i))
        done = setting.reload(how)
        assert done is None or done.returncode == 0, done.stdout
        setting.daemon.wait_log(r"(?s)(reloaded: .*){%d}" % (i + 1))
        setting.more()
    setting.finish()
    assert {b"one", b"two", b"three"} <= setting.traffic.names
    said = re.findall(r"reloaded: (.*)", setting.daemon.text())
    assert "201 addresses (+10)" in said[0] and "1 hosts (+1)" in said[0], said
    assert "211 addresses (+10)" in said[1] and "0 hosts (-1)" in said[1], said


@pytest.mark.parametrize("how", ["SIGHUP", "pxectl"])
def test_bad_file(setting, how):
    setting.more()
    setting.write("two", more="option routers;")
    done = setting.reload(how)
    setting.daemon.wait_log(r"not reloaded, the old one stays: .*dhcpd\.conf:4:")
    assert done is None or (done.returncode != 0 and "dhcpd.conf:4:" in done.stdout), done.stdout
    setting.more()
    setting.finish()
    assert setting.traffic.names == {b"one"}


def test_leases_outside_are_named(setting):
    setting.more(45)
    setting.write("two", 12)
    setting.traffic.stop.set()
    setting.traffic.join(10)
    setting.reload("SIGHUP")
    setting.daemon.wait_log(r"37 bound leases are in no range any more")
    setting.write("three")
    setting.reload("SIGHUP")
    setting.daemon.wait_log(r"addresses \(\+188\)")
    mac, ip = list(setting.traffic.held.items())[30]
    ack = setting.traffic.ask(REQUEST, mac, [(50, ip)], 0x7777)
    assert ack is not None and ack.kind == ACK and ack.yiaddr == ip


def test_burst_while_a_large_file_is_read(lab):
    """What comes in while many hosts are being read waits; nothing is lost."""
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "s0", client, "e0")
    server.addr("s0", "192.0.2.1/24")
    client.addr("e0", "192.0.2.2/24")
    base = CONF.format(name="{}", last=20, more="subnet 198.18.0.0 netmask 255.254.0.0 {{ range 198.18.0.1 198.18.9.1; }}"
                       "\n{}").replace("{{", "{").replace("}}", "}")
    hosts = "".join(f"host h{n} {{ hardware ethernet 02:00:01:00:{n >> 8:02x}:{n & 255:02x}; }}\n" for n in range(9999))
    conf = lab.file("dhcpd.conf", base.replace("{}", "one", 1).replace("{}", ""))
    server.ip("route", "add", "198.18.0.0/15", "via", "192.0.2.2")
    client.addr("e0", "198.18.255.1/32")
    daemon = lab.daemon("dhcpd", "-d", "-cf", conf, "-lf", lab.file("leases", ""), "--no-pid", "s0", ns=server)
    daemon.wait_log("Server starting service")
    sock = client.socket()
    sock.bind(("198.18.255.1", 67))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.settimeout(0.2)
    lab.file("dhcpd.conf", base.replace("{}", "two", 1).replace("{}", hosts))
    waiting, names, n = {}, {}, 0
    daemon.signal(signal.SIGHUP)
    for n in range(1000):
        waiting[n] = message(DISCOVER, mac=f"02:00:02:00:{n >> 8:02x}:{n & 255:02x}", xid=n, giaddr="198.18.255.1",
                             options=[(55, b"\x0f")])
        sock.sendto(waiting[n], ("192.0.2.1", 67))
        if n % 50 == 0:
            time.sleep(0.005)
    deadline = time.monotonic() + 30
    while waiting and time.monotonic() < deadline:
        try:
            got = Message(sock.recv(65535))
        except TimeoutError:
            continue
        waiting.pop(got.xid, None)
        names[got.get(15)] = names.get(got.get(15), 0) + 1
    assert not waiting, f"{len(waiting)} of 1000 have no answer; {names}"
    daemon.wait_log(r"reloaded: .*9999 hosts \(\+9999\)")
    assert b"two" in names, names
