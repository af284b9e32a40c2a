# SPDX-License-Identifier: BSD-2-Clause
"""Where ISC's dhcpd and ours differ on purpose, each difference on its own so that nobody forgets which and
why (test_twin.py leaves these out of what it draws), and what takes a whole story to compare."""

import pytest
from dhcp4 import DISCOVER, INFORM, RELEASE, REQUEST, message
from lab import stock
from tworelays import Side, ask

CONF = """
authoritative; ping-check false; default-lease-time 1200; max-lease-time infinite; ddns-update-style none;
subnet 10.0.0.0 netmask 255.255.0.0 { }
subnet 10.1.0.0 netmask 255.255.0.0 {
  range 10.1.10.0 10.1.10.250;
  set mine = "v";
  option root-path = mine;
}
subnet 10.2.0.0 netmask 255.255.0.0 { range 10.2.10.0 10.2.10.250; option root-path = mine; }
subnet 10.3.0.0 netmask 255.255.0.0 {
  range 10.3.10.0 10.3.10.250;
  if option dhcp-message-type = 1 { set early = "x"; }
  filename = concat("f/", early);
}
subnet 10.4.0.0 netmask 255.255.0.0 { range 10.4.10.0 10.4.10.250; filename = concat("p/", host-decl-name); }
host known { hardware ethernet 02:00:00:00:00:04; }
class "port" { spawn with option agent.circuit-id; lease limit 2; }
class "few" { match option user-class; }
subclass "few" "few" { lease limit 1; }
host sentinel { hardware ethernet 02:00:00:ff:ff:ff; fixed-address 10.0.0.66; }
"""
PORT = [bytes([1, 5]) + b"port" + n for n in (b"1", b"2", b"3")]


class Pair:
    """Both servers, and one client after another that speaks to both."""

    def __init__(self, lab):
        conf = lab.file("dhcpd.conf", CONF)
        self.sides, self.xid = [Side(lab, "isc"), Side(lab, "ours")], 0x200
        isc = lab.spawn("isc-dhcpd", stock("dhcpd"), "-d", "-cf", conf, "-lf", self.sides[0].leases, "--no-pid",
                        "s0", ns=self.sides[0].server)
        ours = lab.daemon("dhcpd", "-d", "-cf", conf, "-lf", self.sides[1].leases, "--no-pid", "s0",
                          ns=self.sides[1].server)
        for proc in (isc, ours):
            proc.wait_log("Server starting service")

    def say(self, kind, net, last, *options, offers=None, **how):
        """Answers of ISC's and ours."""
        self.xid += 2
        more = [[(50, m.yiaddr), (54, m.get(54))] if m else [] for m in offers or (None, None)]
        agent, rest = [o for o in options if o[0] == 82], [o for o in options if o[0] != 82]
        payloads = [message(kind, xid=self.xid, mac=f"02:00:00:00:00:{last:02x}", hops=1,
                            options=[(55, bytes([1, 17, 51])), *rest, *m, *agent],
                            **{"giaddr": f"10.{net}.0.1", **how}) for m in more]
        return [got.get(self.xid) for got in ask(self.sides, [{"bytes": payloads}], self.xid, 0.1)]

    def lease(self, net, last, *options):
        """ACKs of both, by DISCOVER and REQUEST; None where there is no offer."""
        offers = self.say(DISCOVER, net, last, *options)
        assert (offers[0] is None) == (offers[1] is None), offers
        return offers if offers[0] is None else self.say(REQUEST, net, last, *options, offers=offers)

    def release(self, net, last, acks):
        payloads = [message(RELEASE, mac=f"02:00:00:00:00:{last:02x}", ciaddr=m.yiaddr, giaddr="0.0.0.0",
                            options=[(54, m.get(54))]) for m in acks]
        for side, payload in zip(self.sides, payloads):
            side.socks[0].sendto(payload, ("10.0.0.1", 67))


@pytest.fixture(scope="module")
def pair():
    from lab import Lab
    with Lab("cases") as lab:
        yield Pair(lab)


def seconds(got):
    return int.from_bytes(got.get(51), "big")


def test_a_variable_in_an_option_is_the_clients(pair):
    """ISC looks up variables in options among those that a DHCPINFORM has set, never among the client's own;
    in `filename`, parameters and conditions it does see them."""
    isc, ours = pair.say(DISCOVER, 1, 1)
    assert (isc.get(17), ours.get(17)) == (None, b"v")


def test_a_variable_does_not_outlive_an_inform(pair):
    """With ISC a variable that is set for a DHCPINFORM is then everybody's."""
    isc, ours = pair.say(DISCOVER, 2, 2)
    assert (isc.get(17), ours.get(17)) == (None, None)
    pair.say(INFORM, 1, 0x21, ciaddr="10.1.0.77")
    isc, ours = pair.say(DISCOVER, 2, 2)
    assert (isc.get(17), ours.get(17)) == (b"v", None)


def test_a_variable_begins_with_the_lease(pair):
    """ISC keeps what a DISCOVER set with the address that it offered, whoever gets it later."""
    offers = pair.say(DISCOVER, 3, 3)
    assert [m.file.rstrip(b"\0") for m in offers] == [b"f/x", b"f/x"]
    acks = pair.say(REQUEST, 3, 3, offers=offers)
    assert [m.file.rstrip(b"\0") for m in acks] == [b"f/x", b""]


def test_host_decl_name_in_filename_at_the_first_boot(pair):
    """ISC computes `filename` before it has noted the host with the lease."""
    isc, ours = pair.say(DISCOVER, 4, 4)
    assert [isc.file.rstrip(b"\0"), ours.file.rstrip(b"\0")] == [b"", b"p/known"]


def test_a_lease_is_new_when_the_client_moved_to_another_port(pair):
    """dhcp-cache-threshold: ISC goes on with the lease, and with the old port in the lease file."""
    agent = [(82, bytes([2, 1]) + b"a"), (82, bytes([2, 1]) + b"b")]
    pair.lease(4, 5, (51, (500).to_bytes(4, "big")), agent[0])
    same = pair.lease(4, 5, agent[0])
    assert all(490 <= seconds(m) <= 500 for m in same)
    isc, ours = pair.lease(4, 5, agent[1])
    assert seconds(isc) <= 500 and seconds(ours) == 1200


def test_a_lease_without_end_becomes_what_is_configured(pair):
    """dhcp-cache-threshold: ISC goes on with it, and says that it ends in 2038."""
    pair.lease(4, 6, (51, b"\xff\xff\xff\xff"))
    isc, ours = pair.lease(4, 6)
    assert seconds(isc) > 10**8 and seconds(ours) == 1200


def test_lease_limit_of_spawned_classes(pair):
    """The third client of a port gets nothing until one of the others goes; other ports do not count."""
    acks = [pair.lease(4, 0x10 + n, (82, PORT[0])) for n in range(2)]
    assert all(m is not None for m in acks[0] + acks[1])
    assert pair.lease(4, 0x12, (82, PORT[0])) == [None, None]
    assert None not in pair.lease(4, 0x13, (82, PORT[1]))
    pair.release(4, 0x10, acks[0])
    assert None not in pair.lease(4, 0x12, (82, PORT[0]))


def test_lease_limit_of_a_subclass(pair):
    assert None not in pair.lease(4, 0x14, (77, b"few"))
    assert pair.lease(4, 0x15, (77, b"few")) == [None, None]
    assert None not in pair.lease(4, 0x15, (77, b"many"))
