# SPDX-License-Identifier: BSD-2-Clause
"""The server behind relays as they are: relayd -6, one or two in series, on the way to a client.

    client e0 ---- l0 near u0 ---- s0 server
    client e0 ---- l0 near u0 ---- m0 far u0 ---- s0 server
      2001:db8:2::/64    2001:db8:5::/64     2001:db8:1::/64"""

import pytest
from dhcp6net import (BOOT_URL, CONFIRM, DNS, NOT_ON_LINK, REBIND, RELEASE, RENEW, SERVER, SOLICIT,
                      SUCCESS, Dhcp6Net, Socket6, addr, ia_na, ia_pd, oro, read_leases)
from lab import Lab

CONF = """
default-lease-time 600; preferred-lifetime 300; dhcp-cache-threshold 0;
subnet6 2001:db8:1::/64 { range6 2001:db8:1::1000 2001:db8:1::1fff; }
subnet6 2001:db8:2::/64 {
  range6 2001:db8:2::1000 2001:db8:2::1fff;
  prefix6 2001:db8:b00:: 2001:db8:bff:: /56;
  option dhcp6.name-servers 2001:db8:2::53;
}
"""


class RelayedNet(Dhcp6Net):
    """One relay, or two, between the client's link and the server's."""

    def __init__(self, lab, relays):
        self.relays = [lab.netns(name) for name in ("near", "far")[:relays]]
        super().__init__(lab)

    def cables(self):
        lab, near, far = self.lab, self.relays[0], self.relays[-1]
        for ns in self.relays:
            for key in ("default.accept_dad", "default.router_solicitations"):
                ns.sysctl(f"net.ipv6.conf.{key}", 0)
            ns.sysctl("net.ipv6.conf.all.forwarding", 1)
        lab.veth(self.client, "e0", near, "l0")
        lab.veth(far, "u0", self.server, "s0")
        near.addr("l0", "2001:db8:2::1/64")
        far.addr("u0", "2001:db8:1::fe/64")
        if near is not far:
            lab.veth(near, "u0", far, "m0")
            near.addr("u0", "2001:db8:5::1/64")
            far.addr("m0", "2001:db8:5::fe/64")
            near.ip("-6", "route", "add", "default", "via", "2001:db8:5::fe")

    def relay_with(self, *args, lower="l0"):
        """Start the relays; args go to the one on the client's link."""
        upper = [f"2001:db8:5::fe%u0", f"{SERVER}%u0"][-len(self.relays):]
        for i, (ns, to) in enumerate(zip(self.relays, upper)):
            more = args if i == 0 else ()
            daemon = self.lab.daemon("relayd", "-6", "-d", "--no-pid", "-l", "m0" if i else lower,
                                     "-u", to, *more, ns=ns, control=self.lab.dir / f"relay{i}")
            daemon.wait_log(r"Bound to \*:")

    def find_server(self):
        if self.server_id is None:
            self.server_id = self.ask(SOLICIT, ia_na(99)).get(2)
        return self.server_id


@pytest.fixture(params=[1, 2], ids=["one relay", "two relays"])
def far_net(request):
    with Lab("dhcpd6") as lab:
        yield RelayedNet(lab, request.param)


@pytest.fixture
def far_net_of_one():
    with Lab("dhcpd6") as lab:
        yield RelayedNet(lab, 1)


def test_life_of_a_lease(far_net):
    """Every message goes by the relays, whose headers come back as they went out."""
    net = far_net
    daemon = net.start(conf=CONF)
    net.relay_with("-I")
    reply = net.bind(ia_na(1), ia_pd(2), options=(oro(DNS),))
    address, prefix = (ia.address for ia in reply.ias)
    assert address.startswith("2001:db8:2::1") and prefix.startswith("2001:db8:b")
    assert reply.get(DNS)[:4].hex() == "20010db8" and reply.source[0].startswith("fe80")
    assert net.ask(RENEW, ia_na(1, addr(address)), server=True).ia.leases == [(address, 300, 600)]
    assert net.ask(REBIND, ia_na(1, addr(address))).ia.address == address
    assert net.ask(CONFIRM, ia_na(1, addr(address))).status[0] == SUCCESS
    assert net.ask(CONFIRM, ia_na(1, addr("2001:db8:1::1001"))).status[0] == NOT_ON_LINK
    assert net.ask(RELEASE, ia_na(1, addr(address)), server=True).status[0] == SUCCESS
    states = {ip: lease["binding state"] for ia in read_leases(net.leases).values()
              for ip, lease in ia.items()}
    assert states == {address: "released", prefix: "active"}
    # RFC 8415 19.1.2: a relay behind one with a global address has no link of its own to name
    outermost = "link address ::, peer address 2001:db8:5::1" if len(net.relays) == 2 else \
        "link address 2001:db8:2::1, peer address fe80::"
    assert f"Relay-forward message from 2001:db8:1::fe port 547, {outermost}" in daemon.text()


@pytest.mark.parametrize("number,url", [(7, b"http://seven/"), (8, None)])
def test_interface_id_decides(far_net, number, url):
    """The port of the relay nearest to the client, whatever relays there are behind it."""
    net = far_net
    net.start(conf="""class "seven" { match if v6relay(1, option dhcp6.interface-id) = 07:00:00:00;
        option dhcp6.bootfile-url "http://seven/"; }""" + CONF.replace(
        "range6 2001:db8:2::1000 2001:db8:2::1fff;",
        """pool6 { allow members of "seven"; range6 2001:db8:2::7000 2001:db8:2::7fff; }
        pool6 { deny members of "seven"; range6 2001:db8:2::8000 2001:db8:2::8fff; }"""))
    net.relay_with("-I", lower=f"l0#{number}")
    got = net.ask(SOLICIT, ia_na(1), oro(BOOT_URL))
    assert got.ia.address.startswith(f"2001:db8:2::{number}") and got.get(BOOT_URL) == url


def test_host_by_the_address_that_the_relay_saw(far_net):
    """RFC 6939: the client's DUID says nothing of its card, the relay's option 79 does."""
    net = far_net
    net.start(conf=CONF + f"host h {{ hardware ethernet {net.client.mac('e0')};"
              "fixed-address6 2001:db8:2::77; }")
    net.relay_with("--client-link-layer")
    who = b"\0\2\0\0\x09\xbfsomething"
    assert net.bind(ia_na(1), who=who).ia.address == "2001:db8:2::77"


def test_no_option_79_no_host(far_net_of_one):
    net = far_net_of_one
    net.start(conf=CONF + f"host h {{ hardware ethernet {net.client.mac('e0')};"
              "fixed-address6 2001:db8:2::77; }")
    net.relay_with()
    assert net.bind(ia_na(1), who=b"\0\2\0\0\x09\xbfsomething").ia.address != "2001:db8:2::77"


def test_a_relay_that_says_where_it_sends_from(far_net_of_one):
    """RFC 8357: the relay listens elsewhere than on port 547."""
    net = far_net_of_one
    net.start(conf=CONF)
    net.relay_with("-rp", "10547")
    assert net.bind(ia_na(1)).ia.address.startswith("2001:db8:2::1")
