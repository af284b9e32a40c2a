# SPDX-License-Identifier: BSD-2-Clause
"""dhcpd --explain -6: what it says, and that it says what the server then does."""

import ipaddress
import re
import socket
import struct

import pytest
from explaining import decider, explainer

CONF = """\
default-lease-time 900;
option dhcp6.name-servers 2001:db8::53;
option dhcp6.vendor-class code 16 = { integer 32, integer 16, string };
class "pxe" {
  match if substring(option dhcp6.vendor-class, 6, 9) = "PXEClient";
  if option dhcp6.client-arch-type = 00:07 {
    option dhcp6.bootfile-url "tftp://[2001:db8::1]/grubx64.efi";
  } else {
    option dhcp6.bootfile-url "tftp://[2001:db8::1]/other.efi";
  }
}
class "port" { match v6relay(1, option dhcp6.interface-id); }
subclass "port" "seven" { option dhcp6.domain-search "seven.example"; }
subnet6 2001:db8::/64 {
  range6 2001:db8::1000 2001:db8::1fff;
  prefix6 2001:db8:100:: 2001:db8:1ff:: /56;
}
subnet6 2001:db8:1::/64 {
  preferred-lifetime 300;
  pool6 {
    allow known-clients;
    range6 2001:db8:1::1000 2001:db8:1::1fff;
  }
}
host fixed {
  hardware ethernet 02:00:00:00:00:0a;
  fixed-address6 2001:db8:1::10;
}
host known { hardware ethernet 02:00:00:00:00:0b; }
"""
MAC = "mac=52:54:00:12:34:56"
PXE = "vendor-class=PXEClient:Arch:00007:UNDI:003016"


decided = decider("dhcpd6.conf", CONF)


@pytest.fixture
def explain(lab):
    return explainer(lab, "dhcpd6.conf", CONF, "-6")


def test_advertise(explain):
    out = explain("iface=2001:db8::1", MAC, PXE, "arch=7", "options=59", "ia=na,pd", "iaid=7")
    assert "answer: Advertise" in out and "to the client at fe80::1 port 546" in out
    assert out.count("iaid 0x00000007") == 2
    decided(out, "subnet6   2001:db8::/64", "subnet6 2001:db8::/64")
    decided(out, "class     pxe", 'class "pxe"')
    decided(out, "address 2001:db8::1", "range6 2001:db8::1000")
    decided(out, "prefix  2001:db8:1", "prefix6")
    decided(out, "valid 900 s", "default-lease-time")
    decided(out, 'option    bootfile-url "tftp://[2001:db8::1]/grubx64.efi"', "grubx64")
    decided(out, "withheld  name-servers 2001:db8::53", "name-servers")


def test_relay_host_and_subclass(explain):
    out = explain("link-address=2001:db8:1::1", "interface-id=seven", "duid=00:04:00:01:02", "type=request",
                  "mac=02:00:00:00:00:0a", "options=name-servers,24")
    assert "answer: Reply" in out and "to the relay at fe80::1 port 547" in out
    assert 'interface-id "seven"' in out
    decided(out, "host      fixed", "host fixed")
    decided(out, "address 2001:db8:1::10", "host fixed")
    decided(out, "preferred 300 s", "preferred-lifetime")
    decided(out, 'subclass  "seven"', 'subclass "port"')
    decided(out, "option    name-servers", "name-servers")
    decided(out, "option    domain-search", "seven.example")


def test_pool(explain):
    out = explain("link-address=2001:db8:1::1", "mac=02:00:00:00:00:0b", "requested=2001:db8:1::1234")
    decided(out, "pool6", "pool6 {")
    decided(out, "address 2001:db8:1::1234", "range6 2001:db8:1::1000")


def test_rapid_commit_and_prefix(explain):
    out = explain("iface=2001:db8::1", MAC, "rapid-commit=yes", "requested=2001:db8:123::/56")
    assert "answer: Advertise" in out or "answer: Reply" in out
    decided(out, "prefix  2001:db8:123::/56", "prefix6")


def test_information_and_confirm(explain):
    decided(explain("iface=2001:db8::1", "type=information-request", "options=23"), "option    name-servers",
            "name-servers")
    out = explain("iface=2001:db8::1", MAC, "type=confirm", "requested=2001:db8:9::1")
    assert "status    4 " in out


def test_no_address(explain):
    assert "status  2 " in explain("link-address=2001:db8:1::1", MAC)


def test_no_answer(explain):
    assert "no subnet declaration matches" in explain("link-address=2001:db8:9::1", MAC, status=1)


@pytest.mark.parametrize("words, why", [
    ([], "who is asking?"), (["mca=1"], "did you mean mac=?"), ([MAC, "arch=x"], "a number up to 65535"),
    (["packet=01"], "no DHCPv6 message"), (["pcap=/nonexistent"], "/nonexistent"), ([MAC, "packet=00"], "exclude"),
    ([MAC, "options=23,nothing"], "codes or names"), ([MAC, "type=discover"], "solicit, request"),
    ([MAC], "say link-address= or iface="), ([MAC, "duid=00:01:02"], "say link-address="), ([MAC, "ia=xx"], "na, ta"),
    ([MAC, "option-70000=x"], "from 1 to 65535"),
])
def test_usage(explain, words, why):
    assert why in explain(*words, status=2)


def option(code, value):
    return struct.pack("!HH", code, len(value)) + value


DUID = bytes.fromhex("00030001525400123456")
SOLICIT = (bytes([1, 0, 0, 9]) + option(1, DUID) + option(3, struct.pack("!III", 1, 0, 0)) +
           option(6, struct.pack("!HH", 23, 59)) + option(61, b"\0\7"))
RELAYED = (bytes([12, 0]) + ipaddress.ip_address("2001:db8::7").packed + ipaddress.ip_address("fe80::5").packed +
           option(9, SOLICIT))


@pytest.mark.parametrize("packet, words", [(SOLICIT, ["iface=2001:db8::1"]), (RELAYED, [])])
def test_packet(explain, packet, words):
    decided(explain("packet=" + packet.hex(), *words), "address 2001:db8::1", "range6 2001:db8::1000")


def frame6(payload, src="fe80::5", dst="ff02::1:2", port=547):
    udp = struct.pack("!HHHH", 546, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!IHBB", 6 << 28, len(udp), 17, 1) + b"".join(ipaddress.ip_address(a).packed for a in (src, dst))
    return b"\x33\x33\0\1\0\2" + b"\2\0\0\0\0\1" + b"\x86\xdd" + ip + udp


def test_capture(explain, lab):
    frames = [frame6(SOLICIT, port=53), frame6(SOLICIT), frame6(bytes([7]) + SOLICIT[1:]), frame6(SOLICIT)[:40],
              frame6(RELAYED)]
    data = struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    data += b"".join(struct.pack("<IIII", 0, 0, len(f), len(f)) + f for f in frames)
    out = explain(f"pcap={lab.file('c.pcap', data)}", "iface=2001:db8::1")
    assert out.count("answer: Advertise") == 2 and "-- packet 2" in out and "-- packet 3" not in out
    assert "to the client at fe80::5 port 546" in out


def test_agrees_with_the_server(explain, lab):
    """The same message to the server: the same options in the same order."""
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "s0", client, "e0")
    server.addr("s0", "2001:db8::1/64")
    client.addr("e0", "2001:db8::2/64")
    daemon = lab.daemon("dhcpd", "-6", "-d", "-cf", lab.dir / "dhcpd6.conf", "-lf", lab.file("leases", ""),
                        "--no-pid", "s0", ns=server)
    daemon.wait_log("Server starting service")
    sock = client.socket(socket.AF_INET6)
    sock.bind(("::", 547))
    sock.settimeout(20)
    sock.sendto(RELAYED, ("2001:db8::1", 547))
    reply = sock.recv(65535)
    inner = reply[reply.index(option(1, DUID)) - 48:]  # header and IA_NA with one address
    codes, at = [], reply.index(option(1, DUID))
    while at < len(reply):
        code, size = struct.unpack_from("!HH", reply, at)
        codes.append(code)
        at += 4 + size
    out = explain("packet=" + RELAYED.hex(), "iface=2001:db8::1")
    assert inner[0] == 2 and "answer: Advertise" in out
    names = {1: "client-id", 2: "server-id", 23: "name-servers", 59: "bootfile-url"}
    assert [names[c] for c in codes] == re.findall(r"^  option    (\S+)", out, re.M)
