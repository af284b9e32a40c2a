# SPDX-License-Identifier: BSD-2-Clause
"""RFC 2131 on the wire: what leaves the server, to whom, in which headers."""

import select
import time

from dhcp4 import (ACK, BROADCAST, DECLINE, DISCOVER, INFORM, NAK, OFFER, RELEASE, REQUEST, Link,
                   Message, mac_bytes, message)
from dhcpnet import CONF, read_leases

QUIET = 0.4  # seconds in which something that must not come would have come


def test_4_1_answer_before_arp(net):
    """No broadcast flag, no address: a frame to the client's MAC and its address-to-be."""
    net.start()
    offer = net.ask(DISCOVER, options=[(55, bytes([1, 3, 6, 66, 67]))])
    assert offer.kind == OFFER
    assert (offer.to_mac, offer.dst) == (mac_bytes(net.mac), offer.yiaddr)
    assert (offer.src, offer.sport, offer.dport) == ("192.0.2.1", 67, 68)
    assert offer.head_ok and offer.udp_ok and offer.udp_sum != 0
    assert (offer.ttl, offer.tos) == (128, 0x10)  # as ISC's, for firmware that knows it so
    assert len(offer.data) >= 300


def test_4_1_broadcast_flag(net):
    net.start()
    offer = net.ask(DISCOVER, flags=BROADCAST)
    assert (offer.to_mac, offer.dst) == (b"\xff" * 6, "255.255.255.255")
    assert (offer.src, offer.sport, offer.dport) == ("192.0.2.1", 67, 68)
    assert offer.flags == BROADCAST


def test_4_1_relay(net):
    net.add_relay_link()
    net.start(interfaces=("s0", "s1"))
    offer = net.through_relay(message(DISCOVER, giaddr="198.51.100.2", hops=1, xid=7,
                                      options=[(82, b"\x01\x04port")]))
    assert offer.kind == OFFER and offer.yiaddr == "198.51.100.100"
    assert offer.source == ("198.51.100.1", 67)
    assert offer.giaddr == "198.51.100.2" and offer.hops == 0
    assert offer.options[-1] == (82, b"\x01\x04port")


def test_4_3_1_offer(net):
    net.start()
    offer = net.ask(DISCOVER, options=[(55, bytes([1, 3, 15, 6]))])
    assert offer.yiaddr == "192.0.2.100" and offer.siaddr == "192.0.2.1" and offer.ciaddr == "0.0.0.0"
    assert [code for code, _ in offer.options] == [53, 54, 51, 1, 3, 15, 6]
    assert offer.ip(54) == "192.0.2.1" and offer.u32(51) == 600
    assert offer.file.rstrip(b"\0") == b"pxelinux.0"
    assert offer.xid == net.xid and offer.chaddr == mac_bytes(net.mac)


def test_3_1_ack_after_commit(net):
    """The lease is in the file by the time its ACK is seen."""
    net.start()
    ack = net.lease(options=[(12, b"node1"), (61, b"\x01" + mac_bytes(net.mac))])
    record = read_leases(net.leases)[ack.yiaddr]
    assert record["binding state"] == "active"
    assert record["hardware ethernet"] == net.mac
    assert record["client-hostname"] == '"node1"'


def test_4_3_2_nak_is_broadcast(net):
    server = net.start()
    net.lease(mac="02:00:00:00:00:01")
    nak = net.ask(REQUEST, mac="02:00:00:00:00:02", options=[(50, "192.0.2.100")])
    assert nak.kind == NAK
    assert (nak.to_mac, nak.dst, nak.flags) == (b"\xff" * 6, "255.255.255.255", BROADCAST)
    assert (nak.yiaddr, nak.siaddr, nak.ciaddr) == ("0.0.0.0",) * 3
    assert nak.ip(54) == "192.0.2.1" and nak.get(51) is None
    server.wait_log(r"DHCPREQUEST for 192\.0\.2\.100 from 02:00:00:00:00:02 via s0: "
                    r"lease 192\.0\.2\.100 unavailable\.")
    server.wait_log(r"DHCPNAK on 192\.0\.2\.100 to 02:00:00:00:00:02 via s0")


def test_4_3_2_renewing_is_unicast(net):
    net.start()
    ack = net.lease()
    net.client.addr("e0", ack.yiaddr + "/24")
    sock = net.client.socket()
    sock.bind((ack.yiaddr, 68))
    sock.settimeout(2)
    sock.sendto(message(REQUEST, mac=net.mac, ciaddr=ack.yiaddr, xid=77), ("192.0.2.1", 67))
    data, source = sock.recvfrom(2048)
    assert source == ("192.0.2.1", 67)
    assert data[4:8] == (77).to_bytes(4, "big")


def test_4_3_3_decline(net):
    server = net.start()
    ack = net.lease()
    assert net.ask(DECLINE, timeout=QUIET, mac="02:00:00:00:00:99",
                   options=[(50, ack.yiaddr), (54, "192.0.2.1")]) is None
    server.wait_log(f"DHCPDECLINE of {ack.yiaddr} from 02:00:00:00:00:99 via s0: not found")
    assert read_leases(net.leases)[ack.yiaddr]["binding state"] == "active"
    assert net.ask(DECLINE, timeout=QUIET, options=[(50, ack.yiaddr), (54, "192.0.2.1")]) is None
    server.wait_log(f"DHCPDECLINE of {ack.yiaddr} from {net.mac} .*: abandoned")
    assert read_leases(net.leases)[ack.yiaddr]["binding state"] == "abandoned"
    assert net.ask(DISCOVER).yiaddr != ack.yiaddr


def test_4_3_4_release(net):
    server = net.start()
    ack = net.lease()
    assert net.ask(RELEASE, timeout=QUIET, mac="02:00:00:00:00:99", ciaddr=ack.yiaddr) is None
    server.wait_log(r"\(not found\)")
    assert read_leases(net.leases)[ack.yiaddr]["binding state"] == "active"
    assert net.ask(RELEASE, timeout=QUIET, ciaddr=ack.yiaddr, options=[(54, "192.0.2.1")]) is None
    server.wait_log(r"\(found\)")
    assert read_leases(net.leases)[ack.yiaddr]["binding state"] == "free"


def test_4_3_5_inform(net):
    net.start()
    net.client.addr("e0", "192.0.2.77/24")
    sock = net.client.socket()
    sock.bind(("192.0.2.77", 68))
    sock.settimeout(2)
    sock.sendto(message(INFORM, mac=net.mac, ciaddr="192.0.2.77", xid=5,
                        options=[(55, bytes([15]))]), ("192.0.2.1", 67))
    ack = Message(sock.recvfrom(2048)[0])
    assert ack.kind == ACK and ack.yiaddr == "0.0.0.0" and ack.ciaddr == "192.0.2.77"
    assert ack.get(51) is None and ack.get(15) == b"example.org"


PROBING = CONF.replace("ping-check false", "ping-check true")
OTHER = "02:00:00:00:00:05"


def test_4_3_1_address_in_use_by_arp(net):
    """On Ethernet ARP asks: quickly, also hosts that answer no ping, and the client itself is no
    conflict (RFC 5227)."""
    server = net.start(conf="ping-timeout 30;\n" + PROBING)
    net.client.addr("e0", "192.0.2.100/24")
    net.client.sysctl("net.ipv4.icmp_echo_ignore_all", 1)
    assert net.ask(DISCOVER, mac=OTHER, timeout=0.5) is None
    server.wait_log("Abandoning IP address 192.0.2.100: pinged before offer")
    begin = time.monotonic()
    offer = net.ask(DISCOVER, mac=OTHER, timeout=20)
    assert offer.yiaddr == "192.0.2.101"
    assert time.monotonic() - begin > 0.2  # and not the half minute that a ping is waited for
    # the squatter itself, which has this address already
    net.client.addr("e0", "192.0.2.102/24")
    assert net.ask(DISCOVER, options=[(50, "192.0.2.102")]).yiaddr == "192.0.2.102"


def test_4_3_1_address_in_use_by_ping(net):
    """Behind a relay only ICMP can ask; ping-timeout is how long."""
    net.add_relay_link()
    server = net.start(conf=PROBING, interfaces=("s0", "s1"))
    net.relay.addr("e0", "198.51.100.100/24")
    net.relay_sock.settimeout(2)
    assert net.through_relay(message(DISCOVER, mac=OTHER, giaddr="198.51.100.2")) is None
    net.relay_sock.settimeout(10)
    server.wait_log("Abandoning IP address 198.51.100.100: pinged before offer")
    begin = time.monotonic()
    offer = net.through_relay(message(DISCOVER, mac=OTHER, giaddr="198.51.100.2"))
    assert offer.yiaddr == "198.51.100.101"
    assert time.monotonic() - begin > 0.9


def test_4_3_1_a_probe_holds_up_nobody(net):
    net.add_relay_link()
    net.start(conf="ping-timeout 3;\n" + PROBING, interfaces=("s0", "s1"))
    ack = net.ask(REQUEST, options=[(50, "192.0.2.140")])
    net.relay_sock.sendto(message(DISCOVER, mac=OTHER, giaddr="198.51.100.2"), ("198.51.100.1", 67))
    assert net.ask(REQUEST, options=[(50, ack.yiaddr)]).kind == ACK
    assert not select.select([net.relay_sock], [], [], 0)[0]  # the other one still waits
    net.relay_sock.settimeout(20)
    assert net.relay_sock.recv(2048)


def test_two_networks_on_one_server(net):
    net.add_relay_link()
    net.start(interfaces=("s0", "s1"))
    assert net.ask(DISCOVER).yiaddr.startswith("192.0.2.")
    other = Link(net.relay, "e0")
    other.send(message(DISCOVER, mac=other.mac, xid=3))
    assert other.receive(xid=3).yiaddr.startswith("198.51.100.")


def over(payload, fields):
    """The message with sname and file filled with these bytes."""
    return payload[:44] + fields.ljust(192, b"\0")[:192] + payload[236:]


def test_malformed_packets_are_survived(net):
    server = net.start("--config", net.lab.file("rate.cfg", "client_rate = 0;\n"))
    good = message(DISCOVER, mac=net.mac, options=[(55, b"\x01\x03"), (61, b"abc")], pad=0)
    for cut in range(len(good)):
        net.link.send(good[:cut], from_mac=net.mac)
    for hlen in (0, 16, 17, 255):
        net.link.send(message(DISCOVER, mac=net.mac, hlen=hlen), from_mac=net.mac)
    for options in ([(53, b"")], [(52, b"\x09")], [(82, b"\x01\xff")], [(61, b"")], [(50, b"x")],
                    [(82, bytes([1, 253]) + b"c" * 253)], [(82, b"\1\0" * 127)],  # giant ones
                    [(code, b"") for code in range(1, 255) if code not in (52, 53, 82)],  # all of length zero
                    [(12, b"n" * 255)] * 4):  # one of a kilobyte
        net.link.send(message(DISCOVER, mac=net.mac, options=options))
    # an option that runs past the end, and past the end of the datagram
    for tail in (b"\x0c\xff", b"\x0c", b"\x0c\x05abc"):
        net.link.send(message(DISCOVER, mac=net.mac, end=False, pad=0) + tail)
    # option 52 in the fields that it sends to, and fields that are all options
    for overload in (1, 2, 3):
        loop = bytes([52, 1, 3]) * 20
        net.link.send(over(message(DISCOVER, mac=net.mac, options=[(52, bytes([overload]))]), loop))
        net.link.send(over(message(DISCOVER, mac=net.mac, options=[(52, bytes([overload]))]), b"\x0c\xff" * 64))
    net.link.receive(0.5)
    while net.link.receive(0.1) is not None:
        pass
    assert net.lease().kind == ACK
    assert server.alive()
    stats = net.command("stats")[0]
    assert stats["exchanges"]["packet/malformed"] > 100


def test_a_socket_error_of_one_client_hurts_nobody(net):
    """A relay that is not there makes ICMP errors; the others are served."""
    net.start()
    for _ in range(20):
        net.link.send(message(DISCOVER, mac="02:00:00:00:00:03", giaddr="192.0.2.99"))
    assert net.lease().kind == ACK
