# SPDX-License-Identifier: BSD-2-Clause
"""RFC 4388: DHCPLEASEQUERY. Sections in the names; tests/replay/dhcpd/leasequery.scn has more."""

from dhcp4 import RELEASE, REQUEST, ACK, message
from dhcpnet import CONF

QUERY, UNASSIGNED, UNKNOWN, ACTIVE = range(10, 14)
ALLOWED = CONF.replace("subnet 198.51.100.0 netmask 255.255.255.0 {",
                       "subnet 198.51.100.0 netmask 255.255.255.0 { allow leasequery;")
NOBODY = "00:00:00:00:00:00"


def start(net, conf=ALLOWED):
    net.add_relay_link()
    server = net.start(conf=conf, interfaces=("s0", "s1"))
    got = net.through_relay(message(REQUEST, mac=net.mac, giaddr="198.51.100.2", xid=1, options=[
        (50, "198.51.100.100"), (61, b"\0id"), (82, b"\1\2p1"), (60, b"vendor")]))
    assert got.kind == ACK
    return server


def query(net, **kwargs):
    kwargs = {"mac": NOBODY, "hlen": 0, "giaddr": "198.51.100.2", "xid": net.next_xid(), **kwargs}
    return net.through_relay(message(QUERY, **kwargs))


def test_6_4_1_by_address(net):
    server = start(net)
    got = query(net, ciaddr="198.51.100.100", options=[(55, bytes([51, 61, 82, 91, 60, 58, 59]))])
    assert got.kind == ACTIVE and got.ciaddr == "198.51.100.100"
    assert ":".join(f"{b:02x}" for b in got.chaddr) == net.mac
    assert 590 <= got.u32(51) <= 600 and got.u32(58) <= 300 and got.u32(59) <= 525 and got.u32(91) <= 10
    assert (got.get(61), got.get(82), got.get(60)) == (b"\0id", b"\1\2p1", b"vendor")
    assert got.ip(54) == "198.51.100.1"
    assert query(net, ciaddr="198.51.100.101").kind == UNASSIGNED
    assert query(net, ciaddr="203.0.113.1").kind == UNKNOWN
    server.wait_log(r"DHCPLEASEQUERY from 198\.51\.100\.2 for IP 198\.51\.100\.100")
    server.wait_log(r"DHCPLEASEACTIVE to 198\.51\.100\.2 for IP 198\.51\.100\.100 \(0 associated IPs\)")


def test_6_4_1_by_client(net):
    start(net)
    for how in ({"options": [(61, b"\0id")]}, {"mac": net.mac, "hlen": 6}):
        got = query(net, **how)
        assert got.kind == ACTIVE and got.ciaddr == "198.51.100.100"
    assert query(net, mac="02:00:00:00:00:99", hlen=6).kind == UNKNOWN
    net.relay_sock.sendto(message(RELEASE, mac=net.mac, ciaddr="198.51.100.100", options=[(61, b"\0id")]),
                          ("198.51.100.1", 67))
    assert query(net, options=[(61, b"\0id")]).kind == UNKNOWN
    assert query(net, ciaddr="198.51.100.100").kind == UNASSIGNED


def test_6_3_only_through_giaddr_and_where_it_is_allowed(net):
    server = start(net, CONF)
    net.relay_sock.settimeout(0.3)
    assert query(net, ciaddr="198.51.100.100") is None
    server.wait_log("LEASEQUERY not allowed, query ignored")
    assert query(net, ciaddr="198.51.100.100", giaddr="0.0.0.0") is None
    server.wait_log("missing giaddr, ciaddr is 198.51.100.100, no reply sent")
