# SPDX-License-Identifier: BSD-2-Clause
"""The program: flags, files, control socket, other people's lease files and clients."""

import pytest
from dhcp6net import CONF, RENEW, SOLICIT, addr, duid, ia_na, ia_pd, opt, read_leases
from lab import program, wait_for

SHORT = CONF.replace("default-lease-time 600; preferred-lifetime 300;",
                     "default-lease-time 4; preferred-lifetime 2; dhcp-cache-threshold 0;")


def run(net, *args):
    return net.server.run(program("dhcpd"), *args, check=False)


# ---- flags ----

def test_both_families_at_once(net):
    done = run(net, "-4", "-6", "-t")
    assert done.returncode == 1 and "both IPv4 and IPv6 mode" in done.stderr.splitlines()[-1]


def test_check(net):
    good, bad = net.lab.file("good", CONF), net.lab.file("bad", "subnet6 2001:db8::1/64 { }")
    assert run(net, "-6", "-t", "-cf", good).returncode == 0
    done = run(net, "-6", "-t", "-cf", bad)
    assert done.returncode == 1 and f"{bad}:1:" in done.stderr.splitlines()[-1]
    done = run(net, "-4", "-t", "-cf", good)
    assert done.returncode == 1 and "DHCPv6 mode" in done.stderr


def test_check_leases(net):
    conf, leases = net.lab.file("c", CONF), net.lab.file("l", "ia-na \"\\001\\000\\000\\000duid\" {\n}\n")
    assert run(net, "-6", "-T", "-cf", conf, "-lf", leases).returncode == 0
    leases = net.lab.file("l", "ia-na \"\\001\\000\\000\\000duid\" {\n  iaaddr 1.2.3.4 {\n  }\n}\n\n")
    assert run(net, "-6", "-T", "-cf", conf, "-lf", leases).returncode == 1


def test_busy_port(net):
    net.start()
    other = ["-6", "-d", "-cf", net.lab.file("dhcpd6.conf", CONF), "--no-pid", "--control", ""]
    again = net.lab.spawn("again", program("dhcpd"), *other, "-lf", net.lab.dir / "l", "s0", ns=net.server)
    assert again.wait() == 1 and "547" in again.tail(1)
    again = net.lab.spawn("again", program("dhcpd"), *other, "-lf", net.leases, "s0", ns=net.server)
    assert again.wait() == 1 and "lease database" in again.tail(1)


def test_no_such_interface(net):
    daemon = net.lab.spawn("dhcpd", program("dhcpd"), *net.args(CONF), "--no-pid", "--control", "", "s9",
                           ns=net.server)
    assert daemon.wait() == 1 and "s9" in daemon.tail(1) and "s0" in daemon.tail(1)


def test_stop(net):
    daemon = net.start()
    net.bind(ia_na(1))
    assert net.pid_file.read_text().strip() == str(daemon.pid)
    daemon.signal(15)
    assert daemon.wait() == 0 and not net.pid_file.exists()


def test_own_user(net):
    net.lab.dir.chmod(0o755)
    net.leases.parent.chmod(0o777)
    daemon = net.start("-user", "nobody")
    assert net.bind(ia_na(1)).ia.leases
    assert f"\nUid:\t65534" in open(f"/proc/{daemon.pid}/status").read()


@pytest.mark.parametrize("said,want", [
    ("LL", "00030001{mac}"), ("LL ethernet 2:0:0:0:0:7", "00030001020000000007"),
    ("LLT ethernet 9 2:0:0:0:0:7", "0001000100000009020000000007"), ('EN 2495 "abc"', "0002000009bf616263"),
    ("4 44:45:4c:4c:34:00:10:4d:80:31:b4:c0:4f:37:32:31", "000444454c4c3400104d8031b4c04f373231")])
def test_server_duid(net, said, want):
    daemon = net.start(conf=f"server-duid {said};" + CONF)
    want = bytes.fromhex(want.format(mac=net.server.mac("s0").replace(":", "")))
    assert net.find_server() == want
    daemon.stop()
    net.start(conf="server-duid LL ethernet 2:9:9:9:9:9;" + CONF)  # the lease file's one stays
    assert net.find_server() == want


# ---- control socket and events ----

def test_control(net):
    net.start()
    address = net.bind(ia_na(3)).ia.address
    net.ask(SOLICIT, ia_pd(4))
    leases = {l["kind"]: l for l in net.command("leases") if "ip" in l}
    assert leases["ia-na"]["ip"] == address and leases["ia-na"]["state"] == "active"
    assert leases["ia-na"]["iaid"] == 3 and leases["ia-na"]["mac"] == "02:00:00:00:0a:01"
    assert leases["ia-na"]["where"].endswith("dhcpd6.conf:7") and leases["ia-pd"]["state"] == "offered"
    stats = next(line for line in net.command("stats") if "pools" in line)
    pool = next(p for p in stats["pools"] if p["range"].startswith("2001:db8:1::1000"))
    assert (pool["total"], pool["active"]) == (4096, 1)
    assert 'dhcpd_exchanges_total{stage="reply",reason="ok"}' in net.command("metrics")


def test_every_packet_ends_in_an_event(net):
    net.start()
    net.bind(ia_na(1))
    net.direct.send(b"\1\1")
    net.ask(SOLICIT, who=None, timeout=0.3)
    net.ask(SOLICIT, ia_na(1), who=duid(5))
    events = [e for e in net.command("events") if e.get("stage") not in (None, "service")]
    got = [(e["stage"], e["reason"]) for e in events]
    assert got == [("advertise", "ok"), ("reply", "ok"), ("packet", "malformed"), ("solicit", "malformed"),
                   ("advertise", "ok")]
    assert events[1]["ip"].startswith("2001:db8:1::1") and events[1]["mac"] == "02:00:00:00:0a:01"
    assert events[1]["where"].endswith("dhcpd6.conf:7")


# ---- leases that end ----

def test_expiry(net):
    daemon = net.start(conf=SHORT)
    address = net.bind(ia_na(1)).ia.address
    wait_for(lambda: "binding state expired" in net.leases.read_text(), 10, "expiry")
    assert read_leases(net.leases).popitem()[1][address]["binding state"] == "expired"
    assert net.bind(ia_na(1)).ia.address == address and daemon.alive()


# ---- lease files of others, and ours for others ----

ISC_LEASES = """# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3-P1

# authoring-byte-order entry is generated, DO NOT DELETE
authoring-byte-order little-endian;

server-duid "\\000\\001\\000\\0012\\225kO\\016\\177Lz}\\271";

ia-na "\\001\\000\\000\\000\\000\\003\\000\\001\\002\\000\\000\\000\\012\\001" {
  cltt 0 2026/11/22 08:58:57;
  iaaddr 2001:db8:1::1843 {
    binding state active;
    preferred-life 300;
    max-life 600;
    ends never;
  }
}

"""


def test_isc_lease_file(net):
    net.leases.write_text(ISC_LEASES)
    net.start()
    assert net.find_server() == b"\0\1\0\x012\x95kO\x0e\x7fLz}\xb9"
    assert net.ask(RENEW, ia_na(1, addr("2001:db8:1::1843")), server=True).ia.address == "2001:db8:1::1843"


def test_isc_reads_ours_and_we_read_isc_s(net):
    daemon = net.start()
    got = net.bind(ia_na(1), ia_pd(2))
    server = net.find_server()
    daemon.stop()
    isc = net.start_isc()
    assert net.find_server() == server
    again = net.ask(RENEW, *(opt(c, v) for c, v in got.list if c in (3, 25)), server=True)
    assert [ia.address for ia in again.ias] == [ia.address for ia in got.ias]
    other = net.bind(ia_na(1), who=duid(77)).ia.address
    isc.stop()
    net.start()
    assert net.ask(RENEW, ia_na(1, addr(other)), who=duid(77), server=True).ia.address == other
