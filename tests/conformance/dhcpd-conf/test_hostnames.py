# SPDX-License-Identifier: BSD-2-Clause
"""get-lease-hostnames: option 12 from DNS, asked beside the service. The names are those of an /etc/hosts that
only the server sees."""

import pytest
from dhcp4 import DISCOVER, Link, message
from lab import program, wait_for

CONF = """
ping-check false; default-lease-time 600;
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.105;
  get-lease-hostnames on;
}
host fixed { hardware ethernet 02:00:00:00:00:05; fixed-address 192.0.2.5; use-host-decl-names on; }
host silent { hardware ethernet 02:00:00:00:00:06; fixed-address 192.0.2.6; get-lease-hostnames off; }
host told { hardware ethernet 02:00:00:00:00:07; fixed-address 192.0.2.7; option host-name "told"; }
"""
HOSTS = "192.0.2.100 pc100.example.org pc100\n" + "".join(f"192.0.2.{n} dns{n}.example.org\n" for n in (5, 6, 7))
AS_SEEN = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"']


@pytest.fixture
def offer(lab):
    server, client = lab.netns("server"), lab.netns("client")
    lab.veth(server, "s0", client, "e0")
    server.addr("s0", "192.0.2.1/24")
    link = Link(client, "e0")
    daemon = lab.spawn("dhcpd", *AS_SEEN, lab.file("hosts", HOSTS), program("dhcpd"), "--control", "", "-d", "-cf",
                       lab.file("dhcpd.conf", CONF), "-lf", lab.file("dhcpd.leases", ""), "--no-pid", "s0", ns=server)
    daemon.wait_log("Server starting service")

    def ask(last):
        ask.xid += 1
        link.send(message(DISCOVER, xid=ask.xid, mac=f"02:00:00:00:00:{last:02x}"))
        return link.receive(20, xid=ask.xid)
    ask.xid, ask.daemon = 0x100, daemon
    return ask


def test_the_name_is_what_dns_calls_the_address(offer):
    got = wait_for(lambda: [m for m in [offer(1)] if m.get(12)], 30, "a name in the offer")
    assert (got[0].yiaddr, got[0].get(12)) == ("192.0.2.100", b"pc100.example.org")


def test_an_address_without_name_is_offered_all_the_same(offer):
    assert offer(1).yiaddr == "192.0.2.100"
    assert offer(2).get(12) is None
    offer.daemon.wait_log("No hostname for 192.0.2.101: ")
    got = offer(2)
    assert (got.yiaddr, got.get(12)) == ("192.0.2.101", None)


def test_what_is_configured_comes_first(offer):
    for _ in range(3):  # the answer to the first question is there by then, if there was one
        names = [offer(last).get(12) for last in (5, 6, 7)]
        wait_for(lambda: offer(1).get(12), 30, "a name in the offer")
    assert names == [b"fixed", None, b"told"]
