# SPDX-License-Identifier: BSD-2-Clause
"""RFC 4578: what PXE firmware says of itself. Sections in the names."""

import pytest
from dhcp4 import ACK, DISCOVER, REQUEST
from dhcpnet import CONF

ARCH = """
option arch code 93 = unsigned integer 16;
class "pxe" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
  if option arch = 00:07 { filename "x64.efi"; }
  elsif option arch = 00:0b { filename "aa64.efi"; }
  else { filename "bios.0"; }
}
""" + CONF.replace('filename "pxelinux.0";', "")
UUID = b"\0" + bytes(range(16))


@pytest.mark.parametrize("arch,file", [(0, b"bios.0"), (7, b"x64.efi"), (11, b"aa64.efi")])
def test_2_1_architecture(net, arch, file):
    net.start(conf=ARCH)
    options = [(60, f"PXEClient:Arch:{arch:05d}:UNDI:003016".encode()), (93, arch.to_bytes(2, "big")),
               (94, b"\1\3\x10"), (97, UUID), (55, bytes([1, 3, 60, 66, 67, 97]))]
    offer = net.ask(DISCOVER, options=options)
    assert offer.file.rstrip(b"\0") == file and offer.siaddr == "192.0.2.1"
    assert net.ask(DISCOVER, mac="02:00:00:00:00:12").file.rstrip(b"\0") == b""


def test_2_3_machine_identifier_comes_back(net):
    """In OFFER and ACK, also when it is not asked for: firmware looks for it (PXE 2.1)."""
    net.start(conf=ARCH)
    offer = net.ask(DISCOVER, options=[(97, UUID)])
    ack = net.ask(REQUEST, options=[(97, UUID), (50, offer.yiaddr)])
    assert ack.kind == ACK and offer.get(97) == ack.get(97) == UUID
    assert net.ask(DISCOVER, mac="02:00:00:00:00:12").get(97) is None
