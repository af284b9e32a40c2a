# SPDX-License-Identifier: BSD-2-Clause
"""RFC 8357: relays that send from a port of their own choice."""

from dhcp4 import DISCOVER, OFFER, Message, message


def test_5_1_the_answer_goes_to_that_port(net):
    net.add_relay_link()
    net.start(interfaces=("s0", "s1"))
    sock = net.relay.socket()
    sock.bind(("198.51.100.2", 4067))
    sock.settimeout(2)
    sock.sendto(message(DISCOVER, mac=net.mac, giaddr="198.51.100.2", xid=5, options=[(82, b"\1\1a\x13\0")]),
                ("198.51.100.1", 67))
    offer = Message(sock.recv(2048))
    assert offer.kind == OFFER and offer.get(82) == b"\1\1a\x13\0"
    # without the suboption the answer goes to port 67
    sock.sendto(message(DISCOVER, mac="02:00:00:00:00:02", giaddr="198.51.100.2", xid=6), ("198.51.100.1", 67))
    assert Message(net.relay_sock.recv(2048)).xid == 6
