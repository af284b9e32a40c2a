# SPDX-License-Identifier: BSD-2-Clause
"""dhcpd6.leases: durable, recovered, rewritten, whatever happens to the disk, the clock, the server."""

import errno
import os
import random
import re
import signal
import subprocess
import time

import pytest
from dhcp6net import (ARCH, CONF, NO_ADDRS, RELEASE, RENEW, REPLY, REQUEST, SOLICIT, addr, duid,
                      ia_na, ia_pd, opt, read_leases, relayed)
from fault import BROKEN, Fault
from lab import stock, wait_for

DAY = 86400
ROUNDS = int(os.environ.get("PXE_KILL_ROUNDS", "10"))

RECORD = """ia-na "\\{n:03o}\\000\\000\\000\\000\\003\\000\\001\\002\\000\\000\\000\\012\\001" {{
  cltt 2 2026/11/24 08:00:00;
  iaaddr 2001:db8:1::1{n:03x} {{
    binding state active;
    preferred-life 300;
    max-life 600;
    ends never;
  }}
}}

"""


def record(n):
    return RECORD.format(n=n)


@pytest.fixture
def fault(net):
    return Fault(net.leases.parent)


def hold(net, n):
    """Does the server know that the client's IA holds this address?"""
    address = f"2001:db8:1::1{n:03x}"
    reply = net.ask(RENEW, ia_na(n, addr(address)), server=True)
    return reply.ia.address == address and reply.ia.leases[0][2] > 0


def active(net):
    return {ip for ia in read_leases(net.leases).values() for ip, lease in ia.items()
            if lease["binding state"] == "active"}


def test_created_when_missing(net):
    server = net.start()
    server.wait_log("does not exist and is created")
    assert net.bind(ia_na(1)).ia.address in active(net)


def test_backup_is_used_when_the_file_is_gone(net):
    (net.leases.parent / "dhcpd6.leases~").write_text(record(5))
    net.start().wait_log("its backup .* was read instead")
    assert hold(net, 5)


def test_survives_a_restart(net):
    """Every field as it was, and the addresses with their clients."""
    conf = "class \"c\" { match if exists dhcp6.client-arch-type; lease limit 9; } allow leasequery;" \
        + CONF.replace("subnet6 2001:db8:1::/64 {", 'subnet6 2001:db8:1::/64 { set note = "a\\"b\\\\c"; '
                       'on expiry { log(info, "gone"); }')
    server = net.start(conf=conf)
    first = net.bind(ia_na(1), ia_pd(2), options=(opt(ARCH, b"\0\7"),))
    net.bind(ia_na(9), who=b"\0\2\0\0\0\1\"\\\xff\n")
    before = read_leases(net.leases)
    text = re.findall(r"^    set .*;$", net.leases.read_text(), re.M)
    assert server.stop() == 0
    net.start(conf=conf)
    assert read_leases(net.leases) == before and len(before) == 3
    assert re.findall(r"^    set .*;$", net.leases.read_text(), re.M) == text and len(text) == 5
    assert "on expiry {" in net.leases.read_text()
    again = net.ask(RENEW, *(opt(c, v) for c, v in first.list if c in (3, 25)), server=True)
    assert [ia.address for ia in again.ias] == [ia.address for ia in first.ias]


@pytest.mark.parametrize("cut", range(1, 700, 53))
def test_cut_anywhere(net, cut):
    """The unit test of the reader cuts at every byte; here a server starts on some of them."""
    records = [record(n) for n in range(1, 5)]
    text = "".join(records)
    kept = len(text) - cut
    net.leases.write_text(text[:kept])
    net.start()
    # what follows the last brace is empty
    whole = sum(sum(map(len, records[:n + 1])) - 2 <= kept for n in range(4))
    assert active(net) == {f"2001:db8:1::100{n}" for n in range(1, whole + 1)}


def test_damage_is_stepped_over_and_kept(net):
    net.leases.write_text(record(1) + "rubbish \"\0\n;;;}\n" + record(2) +
                          record(3).replace("ends never", "ends tomorrow") + record(4))
    server = net.start()
    server.wait_log(r"Corrupt lease file - possible data loss! 2 entries could not be read, 3 could")
    saved = re.search(r"kept as (\S+)", server.text()).group(1)
    assert "rubbish" in open(saved).read()
    assert all(hold(net, n) for n in (1, 2, 4))


def test_rewritten_beside_the_service(net):
    """New inode, old file kept as ~, nothing lost of what came meanwhile."""
    server = net.start()
    held = {net.bind(ia_na(1), who=duid(n)).ia.address for n in range(10)}
    inode = net.leases.stat().st_ino
    net.command("rewrite")
    held |= {net.bind(ia_na(1), who=duid(n)).ia.address for n in range(10, 20)}
    server.wait_log(r"(?s)Wrote 0 leases.*Wrote \d+ leases to leases file\.")
    assert net.leases.stat().st_ino != inode
    assert (net.leases.parent / "dhcpd6.leases~").stat().st_ino == inode
    server.signal(signal.SIGKILL)
    server.wait()
    assert active(net) == held and len(held) == 20


def test_isc_reads_what_we_write(net):
    """With variables of ours, which are all that we add to what ISC writes."""
    conf = "class \"c\" { match if exists dhcp6.client-arch-type; lease limit 9; } allow leasequery;" + CONF
    server = net.start(conf=conf)
    net.bind(ia_na(1), ia_pd(2), options=(opt(ARCH, b"\0\7"),))
    ad = net.through_relay(SOLICIT, ia_na(3)).inner
    got = net.through_relay(REQUEST, *(opt(c, v) for c, v in ad.list if c == 3), server=ad.get(2), wrap=lambda m:
                            relayed(m, "2001:db8:2::1", "fe80::1", 0, opt(18, b"p\"\\\xff\0q"))).inner
    assert got.kind == REPLY and "leasequery-relay-data" in net.leases.read_text()
    server.stop()
    done = subprocess.run([stock("dhcpd"), "-6", "-T", "-cf", str(net.lab.file("isc.conf", CONF)), "-lf",
                           str(net.leases)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and "line" not in done.stdout.replace("online", ""), done.stdout
    before = read_leases(net.leases)
    net.start_isc()  # writes it anew as it understood it
    assert read_leases(net.leases) == before and len(before) == 3


# ---- the disk ----

@pytest.mark.parametrize("how", BROKEN)
def test_no_reply_without_the_disk(net, fault, how):
    """No Reply goes out, the log says it once, and service resumes by itself."""
    server = net.start(env=fault.env)
    first = net.bind(ia_na(1)).ia.address
    fault.set(**BROKEN[how])
    for n in range(2, 5):
        ad = net.ask(SOLICIT, ia_na(1), who=duid(n))
        wanted = [opt(c, v) for c, v in ad.list if c == 3]
        assert net.ask(REQUEST, *wanted, who=duid(n), server=ad.get(2), timeout=0.3) is None
    assert fault.get("struck") >= 3
    server.wait_log(r"database update failed(?s:.*database update failed){2}")
    assert len(re.findall("no lease is given until it can be written", server.text())) == 1
    assert active(net) == {first}
    fault.set(write_errno=0, sync_errno=0, write_short=0)
    got = net.ask(REQUEST, *wanted, who=duid(4), server=ad.get(2)).ia.address
    server.wait_log("can be written again")
    server.signal(signal.SIGKILL)
    server.wait()
    assert active(net) == {first, got}


def test_a_rewrite_that_fails_changes_nothing(net, fault):
    server = net.start(env=fault.env)
    held = {net.bind(ia_na(1)).ia.address}
    inode = net.leases.stat().st_ino
    for number, what in enumerate([errno.EIO, errno.ENOSPC], 1):
        fault.set(rename_errno=what)
        net.command("rewrite")
        server.wait_log(rf"(?s)(Can't create new lease file: .*){{{number}}}")
        held.add(net.bind(ia_na(1), who=duid(number)).ia.address)
        assert net.leases.stat().st_ino == inode and active(net) == held
        assert not list(net.leases.parent.glob("dhcpd6.leases.[0-9]*"))
    fault.set(rename_errno=0)
    net.command("rewrite")
    wait_for(lambda: net.leases.stat().st_ino != inode, 10, "a new file")
    assert active(net) == held


def test_a_start_without_room_says_so(net, fault):
    server = net.start(env=fault.env)
    address = net.bind(ia_na(1)).ia.address
    server.stop()
    before = net.leases.read_text()
    fault.set(write_errno=errno.ENOSPC)
    again = net.lab.daemon("dhcpd", *net.args(CONF), "s0", ns=net.server, control="", env=fault.env)
    assert again.wait() == 1
    assert "No space left on device" in again.tail(1)
    assert net.leases.read_text() == before and address in before


def test_two_clients_race_for_the_last_address(net, fault):
    """The record of the first is still on its way to the disk when the second one asks."""
    net.start(conf=CONF.replace("2001:db8:1::1fff", "2001:db8:1::1000"), env=fault.env)
    server = net.find_server()
    fault.set(sync_delay_us=100000)
    for n in range(2):
        net.direct.send(net.message(REQUEST, ia_na(1), who=duid(n), server=server))
    answers = {bytes(got.get(1)): got.ia for got in (net.direct.receive(5) for _ in range(2))}
    assert answers[duid(0)].address == "2001:db8:1::1000" and answers[duid(1)].status[0] == NO_ADDRS


# ---- the clock ----

def test_the_clock_is_set_by_a_day(net, fault):
    """Forward and back: nobody loses a lease."""
    conf = CONF.replace("2001:db8:1::1fff", "2001:db8:1::1000")
    server = net.start(conf=conf, env=fault.env)
    address = net.bind(ia_na(1)).ia.address
    end = ends(net, address)
    for number, offset in enumerate((DAY, 0, -DAY), 1):
        fault.set(clock_s=offset)
        assert net.ask(SOLICIT, ia_na(1), who=duid(2)).ia.status[0] == NO_ADDRS
        server.wait_log(rf"(?s)(The clock was set \w+ by \d+ seconds.*){{{number}}}", timeout=30)
        wait_for(lambda: abs(ends(net, address) - (end + offset)) < 10, 30, "the file follows")


def ends(net, address):
    stamp = next(ia[address]["ends"] for ia in read_leases(net.leases).values() if address in ia)
    return time.mktime(time.strptime(stamp.split(" ", 1)[1] + " UTC", "%Y/%m/%d %H:%M:%S %Z")) - time.timezone


# ---- its own death ----

class Storm:
    """Clients that want leases from a server which is killed meanwhile."""

    def __init__(self, net):
        self.net, self.held, self.replies, self.rng = net, {}, 0, random.Random(6)
        self.conf = CONF.replace("default-lease-time 600; preferred-lifetime 300;",
                                 "default-lease-time 86400; preferred-lifetime 43200;").replace(
            "2001:db8:1::1fff", "2001:db8:1::103f")

    def round(self, number):
        net = self.net
        server = net.start(conf=self.conf)
        sid = net.find_server()
        for n in range(12):
            net.direct.send(net.message(REQUEST, ia_na(1), ia_pd(2), who=duid(number << 8 | n), server=sid))
        kill_at = time.monotonic() + self.rng.uniform(0, 0.05)
        while time.monotonic() < kill_at:
            self.take(net.direct.receive(max(0, kill_at - time.monotonic())))
        server.signal(signal.SIGKILL)
        server.wait()
        while (got := net.direct.receive(0.05)) is not None:
            self.take(got)
        if len(self.held) > 80:  # make room: nobody else may be given what is not returned
            self.free_some()

    def take(self, got):
        if got is None or got.kind != REPLY or got.get(1) is None:
            return
        for ia in got.ias:
            if ia.address:
                self.replies += 1
                who = (bytes(got.get(1)), ia.kind)
                assert self.held.setdefault(ia.address, who) == who, f"{ia.address} is promised twice"

    def free_some(self):
        server = self.net.start(conf=self.conf)
        for address, (who, kind) in list(self.held.items()):
            if kind == 3:
                assert self.net.ask(RELEASE, ia_na(1, addr(address)), who=who, server=True).status[0] == 0
                del self.held[address]
        server.stop()


def test_kill_9_loses_nothing_acknowledged(net):
    """Killed at random moments under load ($PXE_KILL_ROUNDS times): every Reply that was seen is in the
    file afterwards, and no address or prefix is promised to two."""
    storm = Storm(net)
    for number in range(ROUNDS):
        storm.round(number)
        assert set(storm.held) <= active(net)
    assert storm.replies > ROUNDS


def test_local_time_and_hex_ids(net):
    net.start(conf="lease-id-format hex; db-time-format local;\n" + CONF, env={"TZ": "UTC-2"})
    net.bind(ia_na(1), who=b"\0\2\0\0\0\1ab")
    text = net.leases.read_text()
    assert "ia-na 01:00:00:00:00:02:00:00:00:01:61:62 {" in text
    seconds, comment = re.search(r"^  cltt epoch (\d+); # (.*)$", text, re.M).groups()
    assert comment == time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(int(seconds) + 7200))
