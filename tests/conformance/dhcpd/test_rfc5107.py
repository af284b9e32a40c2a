# SPDX-License-Identifier: BSD-2-Clause
"""RFC 5107: a relay that puts itself between client and server."""

from dhcp4 import ACK, DISCOVER, REQUEST, message

OVERRIDE = (82, b"\x0b\4" + bytes([198, 51, 100, 2]))


def test_4_server_identifier_override(net):
    """The relay's address is the server's name for the client, whose requests with it are for us."""
    net.add_relay_link()
    net.start(interfaces=("s0", "s1"))

    def ask(kind, options=(), relay=OVERRIDE):
        return net.through_relay(message(kind, mac=net.mac, giaddr="198.51.100.2", xid=net.next_xid(),
                                         options=[*options, *([relay] if relay else [])]))
    offer = ask(DISCOVER)
    assert offer.ip(54) == "198.51.100.2" and offer.get(82) == OVERRIDE[1]
    ack = ask(REQUEST, [(50, offer.yiaddr), (54, "198.51.100.2")])
    assert ack.kind == ACK and ack.ip(54) == "198.51.100.2"
    net.relay_sock.settimeout(0.3)
    assert ask(REQUEST, [(50, offer.yiaddr), (54, "198.51.100.2")], relay=None) is None
