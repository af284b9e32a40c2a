# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3527: the link that a relay names may be another than that of its address."""

from dhcp4 import DISCOVER, OFFER, message

LINK = b"\5\4" + bytes([192, 0, 2, 0])


def test_3_link_selection(net):
    """The subnet by the suboption, the answer to giaddr; the suboption comes back."""
    net.add_relay_link()
    net.start(interfaces=("s0", "s1"))
    offer = net.through_relay(message(DISCOVER, mac=net.mac, giaddr="198.51.100.2", xid=9, options=[(82, LINK)]))
    assert offer.kind == OFFER and offer.yiaddr == "192.0.2.100" and offer.ip(1) == "255.255.255.0"
    assert offer.giaddr == "198.51.100.2" and offer.get(82) == LINK
    plain = net.through_relay(message(DISCOVER, mac="02:00:00:00:00:07", giaddr="198.51.100.2", xid=10))
    assert plain.yiaddr == "198.51.100.100"


def test_3_a_link_that_is_not_known(net):
    net.add_relay_link()
    server = net.start(interfaces=("s0", "s1"))
    net.relay_sock.settimeout(0.3)
    assert net.through_relay(message(DISCOVER, mac=net.mac, giaddr="198.51.100.2", xid=9,
                                     options=[(82, b"\5\4" + bytes([10, 9, 9, 0]))])) is None
    server.wait_log("unknown network segment")
