# SPDX-License-Identifier: BSD-2-Clause
"""RFC 6842: the client identifier comes back."""

from dhcp4 import ACK, DISCOVER, NAK, OFFER, REQUEST
from dhcpnet import CONF


def test_3_in_every_answer(net):
    """With echo-client-id, whatever the parameter request list says; never without one sent."""
    net.start(conf="echo-client-id on;\n" + CONF)
    uid = b"\1" + b"client"
    offer = net.ask(DISCOVER, options=[(61, uid), (55, b"\1\3")])
    ack = net.ask(REQUEST, options=[(61, uid), (50, offer.yiaddr), (54, offer.get(54))])
    nak = net.ask(REQUEST, options=[(61, uid), (50, "10.9.9.9")])
    assert [got.kind for got in (offer, ack, nak)] == [OFFER, ACK, NAK]
    assert all(got.get(61) == uid for got in (offer, ack, nak))
    assert net.ask(DISCOVER, mac="02:00:00:00:00:31").get(61) is None


def test_3_off_as_with_isc(net):
    net.start()
    assert net.ask(DISCOVER, options=[(61, b"\1id")]).get(61) is None
