# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong around the server: the disk, the clock, its own death. tests/lib/fault.c strikes."""

import errno
import os
import random
import re
import signal
import time

import pytest
from dhcp4 import ACK, DISCOVER, NAK, OFFER, REQUEST, message
from dhcpnet import CONF, read_leases
from fault import BROKEN, Fault
from lab import wait_for

DAY = 86400
ROUNDS = int(os.environ.get("PXE_KILL_ROUNDS", "20"))


@pytest.fixture
def fault(net):
    return Fault(net.leases.parent)


@pytest.mark.parametrize("how", BROKEN)
def test_no_ack_without_the_disk(net, fault, how):
    """No ACK goes out, the log says it once, and service resumes by itself."""
    server = net.start(env=fault.env)
    first = net.lease(mac="02:00:00:00:00:01")
    fault.set(**BROKEN[how])
    for n in range(2, 5):
        offer = net.ask(DISCOVER, mac=f"02:00:00:00:00:{n:02x}")
        assert offer.kind == OFFER
        assert net.ask(REQUEST, mac=f"02:00:00:00:00:{n:02x}", timeout=0.3,
                       options=[(50, offer.yiaddr), (54, offer.get(54))]) is None
    assert fault.get("struck") >= 3
    server.wait_log(r"database update failed(?s:.*database update failed){2}")
    assert len(re.findall("no lease is given until it can be written", server.text())) == 1
    assert offer.yiaddr not in read_leases(net.leases)
    fault.set(write_errno=0, sync_errno=0, write_short=0)
    got = net.ask(REQUEST, mac="02:00:00:00:00:04", options=[(50, offer.yiaddr), (54, offer.get(54))])
    assert got.kind == ACK
    server.wait_log("can be written again")
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    held = read_leases(net.leases)
    assert {first.yiaddr, got.yiaddr} == {ip for ip, rec in held.items() if rec["binding state"] == "active"}


def test_a_rewrite_that_fails_changes_nothing(net, fault):
    server = net.start(env=fault.env)
    first = net.lease(mac="02:00:00:00:00:01")
    for number, what in enumerate([{"rename_errno": errno.EIO}, {"rename_errno": errno.ENOSPC}], 1):
        fault.set(**what)
        inode = net.leases.stat().st_ino
        net.command("rewrite")
        server.wait_log(rf"(?s)(Can't create new lease file: .*){{{number}}}")
        second = net.lease(mac=f"02:00:00:00:00:1{number}")
        assert net.leases.stat().st_ino == inode
        assert {first.yiaddr, second.yiaddr} <= set(read_leases(net.leases))
        assert not list(net.leases.parent.glob("dhcpd.leases.[0-9]*"))
    fault.set(rename_errno=0)
    net.command("rewrite")
    wait_for(lambda: net.leases.stat().st_ino != inode, 10, "a new file")
    assert {first.yiaddr, second.yiaddr} <= set(read_leases(net.leases))


def test_a_start_without_room_says_so(net, fault):
    """The old file stays as it is."""
    server = net.start(env=fault.env)
    ip = net.lease().yiaddr
    server.stop()
    before = net.leases.read_text()
    fault.set(write_errno=errno.ENOSPC)
    again = net.lab.daemon("dhcpd", "-d", *net.args(), "s0", ns=net.server, env=fault.env)
    assert again.wait() == 1
    assert "No space left on device" in again.text().strip().splitlines()[-1]
    assert net.leases.read_text() == before and ip in before


def test_two_clients_race_for_the_last_address(net, fault):
    """The record of the first is still on its way to the disk when the second one asks."""
    net.start(conf=CONF.replace("192.0.2.100 192.0.2.150", "192.0.2.100"), env=fault.env)
    fault.set(sync_delay_us=100000)
    for number in range(2):
        net.link.send(message(REQUEST, mac=f"02:00:00:00:00:0{number}", xid=number,
                              options=[(50, "192.0.2.100")]))
    answers = sorted(net.link.receive().kind for _ in range(2))
    assert answers == [ACK, NAK]
    record = read_leases(net.leases)["192.0.2.100"]
    assert record["hardware ethernet"] == "02:00:00:00:00:00"


def test_the_clock_is_set_by_a_day(net, fault):
    """Forward and back: nobody loses a lease, nobody keeps one longer than he was told."""
    conf = CONF.replace("192.0.2.100 192.0.2.150", "192.0.2.100").replace(
        "default-lease-time 600", "min-lease-time 3; dhcp-cache-threshold 0; default-lease-time 600")
    server = net.start(conf=conf, env=fault.env)
    net.lease(mac="02:00:00:00:00:01")
    for number, offset in enumerate((DAY, 0, -DAY), 1):
        fault.set(clock_s=offset)
        assert net.ask(DISCOVER, mac="02:00:00:00:00:02", timeout=0.3) is None
        server.wait_log(rf"(?s)(The clock was set \w+ by \d+ seconds.*){{{number}}}")
        wait_for(lambda: abs(ends(net) - (time.time() + offset + 600)) < 60, 10, "the file follows")
    got = net.ask(REQUEST, mac="02:00:00:00:00:01", options=[(50, "192.0.2.100"), (51, b"\0\0\0\3")])
    assert got.u32(51) == 3
    fault.set(clock_s=-2 * DAY)
    wait_for(lambda: net.ask(DISCOVER, mac="02:00:00:00:00:02", timeout=0.3), 20, "the address back")


def ends(net):
    stamp = read_leases(net.leases)["192.0.2.100"]["ends"]
    return time.mktime(time.strptime(stamp.split(" ", 1)[1] + " UTC", "%Y/%m/%d %H:%M:%S %Z")) - time.timezone


@pytest.mark.parametrize("cut", range(1, 700, 53))
def test_cut_anywhere(net, cut):
    """The unit test of the reader cuts at every byte; here a server starts on some of them."""
    records = [f"lease 192.0.2.{n} {{\n  starts 2 2026/11/24 08:00:00;\n  ends never;\n  binding state active;\n"
               f"  hardware ethernet 02:00:00:00:00:{n:02x};\n  uid \"\\001\\{{{n}\\\"\";\n"
               f"  client-hostname \"n{n}\";\n}}\n" for n in range(101, 105)]
    text = "".join(records)
    kept = len(text) - cut
    net.leases.write_text(text[:kept])
    net.start()
    whole = sum(sum(map(len, records[:n + 1])) - 1 <= kept for n in range(4))
    assert len([r for r in read_leases(net.leases).values() if r["binding state"] == "active"]) == whole


class Storm:
    """Clients that want leases from a server which is killed meanwhile."""

    def __init__(self, net):
        self.net, self.held, self.acks, self.rng = net, {}, 0, random.Random(4)
        self.conf = ("default-lease-time 86400; authoritative; ping-check false; shared-network s {\n"
                     "subnet 192.0.2.0 netmask 255.255.255.0 { }\n"
                     "subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.1.0 10.0.255.255; } }\n")

    def round(self, number):
        net = self.net
        server = net.start(conf=self.conf)
        macs = [f"02:00:{number >> 8:02x}:{number & 255:02x}:00:{n:02x}" for n in range(12)]
        for n, mac in enumerate(macs):
            net.link.send(message(DISCOVER, mac=mac, xid=number << 8 | n))
        for _ in range(self.rng.randrange(2 * len(macs))):  # a moment that a slow machine moves along
            self.serve(net.link.receive(2), True)
        time.sleep(self.rng.uniform(0, 0.003))
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        while (got := net.link.receive(0.02)) is not None:
            self.serve(got, False)

    def serve(self, got, alive):
        if got is None:
            return
        mac = ":".join(f"{b:02x}" for b in got.chaddr)
        if got.kind == OFFER and alive:
            self.net.link.send(message(REQUEST, mac=mac, xid=got.xid,
                                       options=[(50, got.yiaddr), (54, got.get(54))]))
        elif got.kind == ACK:
            self.acks += 1
            assert self.held.setdefault(got.yiaddr, mac) == mac, f"{got.yiaddr} is promised twice"

    def check(self):
        leases = read_leases(self.net.leases)
        for ip, mac in self.held.items():
            assert leases[ip]["binding state"] == "active" and leases[ip]["hardware ethernet"] == mac


def test_kill_9_loses_nothing_acknowledged(net):
    """Killed at random moments under load ($PXE_KILL_ROUNDS times): every ACK that was seen is in the
    file afterwards, and no address is promised to two."""
    storm = Storm(net)
    for number in range(ROUNDS):
        storm.round(number)
        storm.check()
    assert storm.acks > ROUNDS
