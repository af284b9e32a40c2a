# SPDX-License-Identifier: BSD-2-Clause
"""RFC 4039: a lease in two messages."""

from dhcp4 import ACK, DISCOVER, OFFER
from dhcpnet import CONF, read_leases

RAPID = CONF.replace("authoritative;", "authoritative; option rapid-commit;", 1)


def test_3_1_an_ack_at_once(net):
    net.start(conf=RAPID)
    ack = net.ask(DISCOVER, options=[(80, b"")])
    assert ack.kind == ACK and ack.get(80) == b"" and ack.u32(51) == 600
    assert read_leases(net.leases)[ack.yiaddr]["binding state"] == "active"
    assert net.ask(DISCOVER, mac="02:00:00:00:00:08").kind == OFFER


def test_3_1_not_unless_configured(net):
    net.start()
    offer = net.ask(DISCOVER, options=[(80, b""), (55, bytes([80, 1]))])
    assert offer.kind == OFFER and offer.get(80) is None
