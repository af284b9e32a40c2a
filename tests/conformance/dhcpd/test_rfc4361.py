# SPDX-License-Identifier: BSD-2-Clause
"""RFC 4361: identifiers made of an IAID and a DUID. Sections in the names."""

from dhcp4 import DISCOVER, NAK, OFFER, REQUEST
from dhcpnet import read_leases

DUID = bytes.fromhex("00010001262b9a5c020000000001")


def uid(iaid):
    return b"\xff" + iaid.to_bytes(4, "big") + DUID


def test_6_3_the_identifier_is_opaque(net):
    """Two interfaces of one host are two clients; one that moves to another card keeps its lease."""
    net.start()
    one = net.lease(options=[(61, uid(1))])
    two = net.lease(options=[(61, uid(2))])
    assert one.yiaddr != two.yiaddr
    other_card = net.ask(DISCOVER, mac="02:00:00:00:00:55", options=[(61, uid(1))])
    assert other_card.kind == OFFER and other_card.yiaddr == one.yiaddr


def test_6_1_kept_over_restarts(net):
    server = net.start()
    ip = net.lease(options=[(61, uid(0x80))]).yiaddr
    assert server.stop() == 0
    assert read_leases(net.leases)[ip]["uid"].startswith('"\\377\\000\\000\\000\\200')
    net.start()
    assert net.ask(DISCOVER, mac="02:00:00:00:00:56", options=[(61, uid(0x80))]).yiaddr == ip
    assert net.ask(REQUEST, mac="02:00:00:00:00:56", options=[(50, ip)]).kind == NAK
