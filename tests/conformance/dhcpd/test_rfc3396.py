# SPDX-License-Identifier: BSD-2-Clause
"""RFC 3396: options longer than 255 bytes. Sections in the names."""

from dhcp4 import DISCOVER
from dhcpnet import CONF


def test_5_long_options_are_split(net):
    text = "".join(chr(97 + n % 26) for n in range(600))
    net.start(conf="option long code 224 = text;\n" + CONF.replace(
        'option domain-name "example.org";', f'option long = concat("{text[:300]}", "{text[300:]}");'))
    offer = net.ask(DISCOVER, options=[(55, bytes([224])), (57, (1500).to_bytes(2, "big"))])
    parts = [value for code, value in offer.options if code == 224]
    assert [len(p) for p in parts] == [255, 255, 90]
    assert offer.get(224).decode() == text


def test_7_instances_are_joined(net):
    """A class that is found only in the joined value; an identifier in two parts is one."""
    net.start(conf='class "c" { match if option vendor-class-identifier = "one-two"; filename "joined.0"; }\n' + CONF)
    offer = net.ask(DISCOVER, options=[(60, b"one-"), (61, b"\0ab"), (60, b"two"), (61, b"cd")])
    assert offer.file.startswith(b"joined.0\0")
    again = net.ask(DISCOVER, mac="02:00:00:00:00:09", options=[(61, b"\0abcd")])
    assert again.yiaddr == offer.yiaddr
