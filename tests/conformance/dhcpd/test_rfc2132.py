# SPDX-License-Identifier: BSD-2-Clause
"""RFC 2132: options that have rules of their own. Sections in the names."""

import pytest
from dhcp4 import ACK, DISCOVER, NAK, OFFER, REQUEST
from dhcpnet import CONF

LONG = CONF.replace('option domain-name "example.org";', """option domain-name "example.org";
option log-servers 192.0.2.11, 192.0.2.12, 192.0.2.13;
option root-path "%s";
option merit-dump "%s";
""" % ("r" * 240, "m" * 100))


def test_3_3_mask_before_routers(net):
    net.start()
    offer = net.ask(DISCOVER, options=[(55, bytes([3, 6, 1]))])
    codes = [code for code, _ in offer.options]
    assert codes.index(1) < codes.index(3)
    assert offer.ip(1) == "255.255.255.0" and offer.ip(3) == "192.0.2.1"


def test_9_2_requested_lease_time(net):
    net.start(conf="min-lease-time 400;\n" + CONF)
    for asked, given in ((900, 900), (10, 400), (86400, 7200), (0xffffffff, 7200)):
        assert net.ask(DISCOVER, options=[(51, asked.to_bytes(4, "big"))]).u32(51) == given


def test_9_3_overload(net):
    """What does not fit into 576 bytes goes on in file, then in sname, where these are free."""
    net.start(conf=LONG.replace('filename "pxelinux.0";', ""))
    prl = (55, bytes([1, 3, 6, 15, 7, 17, 14]))
    offer = net.ask(DISCOVER, options=[prl])
    assert len(offer.data) <= 548 and offer.get(52) in (b"\1", b"\3")
    assert offer.get(17) == b"r" * 240 and offer.get(14) == b"m" * 100
    assert offer.options[0][0] == 53


def test_9_3_overload_spares_the_boot_file(net):
    net.start(conf=LONG)
    offer = net.ask(DISCOVER, options=[(55, bytes([1, 3, 6, 15, 7, 17, 14]))])
    assert offer.file.startswith(b"pxelinux.0\0") and offer.get(52) in (None, b"\2")
    assert offer.get(17) == b"r" * 240


@pytest.mark.parametrize("asked,most", [(300, 548), (576, 548), (1000, 972), (65535, 1472)])
def test_9_10_maximum_message_size(net, asked, most):
    """Never shorter than 576 with headers, never longer than the link."""
    conf = CONF.replace('option domain-name "example.org";', "".join(
        f'option o{n} code {n} = text; option o{n} "{"x" * 240}";\n' for n in range(224, 231)))
    net.start(conf=conf)
    offer = net.ask(DISCOVER, options=[(57, asked.to_bytes(2, "big")), (55, bytes(range(224, 231)))])
    assert most - 260 < len(offer.data) <= most


def test_9_8_parameter_request_list(net):
    """In the client's order, each once."""
    net.start()
    offer = net.ask(DISCOVER, options=[(55, bytes([15, 6, 15, 1, 3]))])
    assert [code for code, _ in offer.options] == [53, 54, 51, 15, 6, 1, 3]


def test_9_9_message_of_a_nak(net):
    net.start()
    net.lease(mac="02:00:00:00:00:01")
    nak = net.ask(REQUEST, options=[(50, "192.0.2.100")])
    assert nak.kind == NAK and nak.get(56) == b"requested address not available"


def test_9_14_client_identifier(net):
    """It, and not the MAC, says who a client is."""
    net.start()
    one = net.ask(DISCOVER, options=[(61, b"\0one")]).yiaddr
    two = net.ask(DISCOVER, options=[(61, b"\0two")]).yiaddr
    assert one != two
    ack = net.ask(REQUEST, options=[(61, b"\0one"), (50, one)])
    assert ack.kind == ACK
    again = net.ask(DISCOVER, mac="02:00:00:00:00:44", options=[(61, b"\0one")])
    assert again.kind == OFFER and again.yiaddr == one
