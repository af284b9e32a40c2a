# SPDX-License-Identifier: BSD-2-Clause
"""dhcpd --explain: what it says, and that it says what the server then does."""

import re
import struct
import subprocess

import pytest
from dhcp4 import DISCOVER, OFFER, Link, frame, message
from explaining import decider, explainer, line_of
from lab import program

CONF = """\
default-lease-time 900; max-lease-time 3600; ping-check false;
option domain-name "example.org";
option space PXE;
option PXE.discovery-control code 6 = unsigned integer 8;
class "pxe" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
  next-server 192.0.2.5;
  vendor-option-space PXE;
  option PXE.discovery-control 8;
  if option pxe-system-type = 00:07 {
    filename "grubx64.efi";
  } else {
    filename "pxelinux.0";
  }
}
class "port" { match option agent.circuit-id; }
subclass "port" "seven" { option root-path "/seven"; }
subnet 192.0.2.0 netmask 255.255.255.0 {
  option routers 192.0.2.1;
  pool {
    range 192.0.2.100 192.0.2.150;
    allow members of "pxe";
  }
}
subnet 198.51.100.0 netmask 255.255.255.0 {
  range 198.51.100.10 198.51.100.20;
}
host fixed {
  hardware ethernet 02:00:00:00:00:0a;
  fixed-address 192.0.2.10;
}
host denied { hardware ethernet 02:00:00:00:00:0d; deny booting; }
"""
MAC = "mac=52:54:00:12:34:56"
PXE = "vendor-class=PXEClient:Arch:00007:UNDI:003016"


decided = decider("dhcpd.conf", CONF)


@pytest.fixture
def explain(lab):
    return explainer(lab, "dhcpd.conf", CONF)


def test_offer(explain):
    out = explain("iface=192.0.2.1", MAC, PXE, "arch=7", "options=1,3,43,66,67")
    assert "answer: DHCPOFFER" in out
    decided(out, "subnet    192.0.2.0/24", "subnet 192.0.2.0")
    decided(out, "range     192.0.2.100 - 192.0.2.150", "range 192.0.2.100")
    decided(out, "class     pxe", 'class "pxe"')
    decided(out, "siaddr    192.0.2.5", "next-server")
    decided(out, 'file      "grubx64.efi"', "grubx64")
    decided(out, "option    routers 192.0.2.1", "option routers")
    decided(out, "option    dhcp-lease-time 900", "default-lease-time")
    decided(out, "option    vendor-encapsulated-options 6:1:8", "vendor-option-space")
    decided(out, "holds   PXE.discovery-control 8", "option PXE.discovery-control 8")
    decided(out, 'withheld  domain-name "example.org"', "domain-name")


def test_arch_decides(explain):
    decided(explain("iface=192.0.2.1", MAC, PXE, "arch=00:00"), 'file      "pxelinux.0"', "pxelinux")


def test_relay_and_subclass(explain):
    out = explain(MAC, "giaddr=198.51.100.1", "circuit-id=seven", "type=request", "options=root-path")
    assert "answer: DHCPACK" in out and "to the relay at 198.51.100.1 port 67" in out
    decided(out, 'subclass  "seven"', 'subclass "port"')
    decided(out, 'option    root-path "/seven"', "/seven")


def test_fixed_host(explain):
    out = explain("iface=192.0.2.1", "mac=02:00:00:00:00:0a", "type=request")
    decided(out, "host      fixed", "host fixed")
    decided(out, "yiaddr    192.0.2.10", "host fixed")


@pytest.mark.parametrize("words, reason", [
    (["iface=192.0.2.1"], "no pool permits this client"),
    (["giaddr=203.0.113.1"], "no subnet declaration matches"),
    (["giaddr=198.51.100.1", "mac=02:00:00:00:00:0d"], "booting is denied"),
    (["giaddr=198.51.100.1", "type=request", "requested=198.51.100.10", "server-id=10.9.9.9"], "another server"),
])
def test_no_answer(explain, words, reason):
    assert reason in explain(MAC, *words, status=1)


def test_denied_by(explain):
    out = explain("mac=02:00:00:00:00:0d", "giaddr=198.51.100.1", status=1)
    assert f"dhcpd.conf:{line_of(CONF, 'deny booting')}" in out


@pytest.mark.parametrize("words, why", [
    ([], "who is asking?"), (["mca=1"], "did you mean mac=?"), ([MAC, "arch=x"], "a number up to 65535"),
    (["packet=zz"], "no DHCP message"), (["pcap=/nonexistent"], "/nonexistent"), ([MAC, "packet=00"], "exclude"),
    ([MAC, "options=1,nothing"], "codes or names"), ([MAC, "duid=00:01"], "nothing is called so"),
])
def test_usage(explain, words, why):
    assert why in explain(*words, status=2)


def test_bad_configuration(explain, lab):
    assert "[syntax]" in explain(MAC, status=2, conf=lab.file("bad.conf", "subnet 1.2.3.4;\n"))


PACKET = message(DISCOVER, mac="52:54:00:12:34:56", giaddr="198.51.100.1",
                 options=[(60, b"PXEClient:Arch:00007"), (93, b"\0\7"), (55, bytes([1, 3]))])


def test_packet(explain):
    decided(explain("packet=" + PACKET.hex()), 'file      "grubx64.efi"', "grubx64")


def pcap(frames, order="<"):
    data = struct.pack(order + "IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    return data + b"".join(struct.pack(order + "IIII", 0, 0, len(f), len(f)) + f for f in frames)


def pcapng(frames):
    def block(kind, body):
        body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    data = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))
    return data + b"".join(block(6, struct.pack("<IIIII", 0, 0, 0, len(f), len(f)) + f) for f in frames)


@pytest.mark.parametrize("name, write", [("little", pcap), ("big", lambda f: pcap(f, ">")), ("ng", pcapng)])
def test_capture(explain, lab, name, write):
    frames = [frame(b"x" * 300, "02:00:00:00:00:01", dport=53), frame(PACKET, "02:00:00:00:00:01"),
              frame(PACKET, "02:00:00:00:00:01")]
    frames[2] = frames[2][:12] + b"\x81\x00\x00\x05" + frames[2][12:]  # in a VLAN
    out = explain(f"pcap={lab.file(name, write(frames))}")
    assert out.count("answer: DHCPOFFER") == 2 and "-- packet 2" in out


def test_captures_cut_short_are_harmless(explain, lab):
    for write in (pcap, pcapng):
        whole = write([frame(PACKET, "02:00:00:00:00:01")])
        for size in range(0, len(whole), 37):
            path = lab.file("cut", whole[:size])
            done = subprocess.run([program("dhcpd"), "--explain", "-cf", lab.dir / "dhcpd.conf", f"pcap={path}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
            assert done.returncode in (0, 1, 2), done.stderr


def test_nothing_is_touched(explain, lab):
    before = sorted(p for p in lab.dir.rglob("*"))
    explain(MAC, "giaddr=198.51.100.1", "type=request")
    assert sorted(p for p in lab.dir.rglob("*")) == before


def test_agrees_with_the_server(explain, lab):
    """The same message to the server: the same fields and options."""
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "s0", client, "e0")
    server.addr("s0", "192.0.2.1/24")
    link = Link(client, "e0")
    daemon = lab.daemon("dhcpd", "-d", "-cf", lab.dir / "dhcpd.conf", "-lf", lab.file("leases", ""), "--no-pid",
                        "s0", ns=server)
    daemon.wait_log("Server starting service")
    payload = message(DISCOVER, mac="52:54:00:12:34:56", options=[
        (60, b"PXEClient:Arch:00007:UNDI:003016"), (93, b"\0\7"), (55, bytes([1, 3, 43]))])
    link.send(payload)
    got = link.receive(2)
    out = explain("iface=192.0.2.1", "packet=" + payload.hex())
    assert got is not None and got.kind == OFFER
    assert f"yiaddr    {got.yiaddr} " in out and f"siaddr    {got.siaddr} " in out
    names = re.findall(r"^  option    (\S+)", out, re.M)
    assert len(names) == len(got.options) and "vendor-encapsulated-options" in names
    assert got.get(43).hex() == "060108" and got.file.rstrip(b"\0") == b"grubx64.efi"
