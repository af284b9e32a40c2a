# SPDX-License-Identifier: BSD-2-Clause
"""Clients that people run: each obtains an address and a prefix, renews them, rebinds when its server
is gone, asks whether they still hold after its link was lost, and gives them back."""

import re

import networkd
import pytest
from dhcp6net import read_leases
from lab import stock, wait_for

# T1 and T2 come soon, the end does not.
CONF = """
server-duid LL ethernet 2:0:0:0:0:%d; dhcp-cache-threshold 0;
default-lease-time 120; preferred-lifetime 60;
option dhcp-renewal-time 1; option dhcp-rebinding-time %d;
subnet6 2001:db8:1::/64 {
  range6 2001:db8:1::1000 2001:db8:1::1fff;
  prefix6 2001:db8:a00:: 2001:db8:aff:: /56;
}
"""


class Client:
    confirms = releases = True
    rebind_s = 3
    kinds = {"ia-na", "ia-pd"}

    def __init__(self, net):
        self.net = net
        net.direct.sock.close()  # its port is the client's
        net.relay.sock.close()


class Dhclient(Client):
    bound = "Bound to lease"

    def __init__(self, net):
        super().__init__(net)
        self.common = ["-6", "-v", "-lf", net.lab.dir / "client.leases", "-pf",
                       net.lab.dir / "client.pid", "-sf", "/bin/true"]

    def start(self):
        what = ["-N"] + ["-P"] * ("ia-pd" in self.kinds)
        self.proc = self.net.lab.spawn("dhclient", stock("dhclient"), *self.common, "-d", *what, "e0",
                                       ns=self.net.client)

    def lose_link(self):
        """It looks at its link only when it starts."""
        self.proc.stop()
        self.start()

    def release(self):
        self.proc.stop()
        self.net.client.run(stock("dhclient"), *self.common, "-r", "-N", "e0", check=False)


class Dhcpcd(Client):
    bound = "adding address 2001:db8:1::1"

    def __init__(self, net):
        super().__init__(net)
        self.program = [*net.lab.private("/run/dhcpcd", "/var/lib/dhcpcd"), stock("dhcpcd")]

    def start(self):
        conf = self.net.lab.file("dhcpcd.conf", "duid ll\nnoipv4\nnoipv6rs\ninterface e0\nipv6only\n"
                                 "ia_na 1\nia_pd 2\nnohook resolv.conf\n")
        self.proc = self.net.lab.spawn("dhcpcd", *self.program, "-B", "-d", "-6", "-f", conf,
                                       "--script", "/bin/true", "e0", ns=self.net.client)

    def lose_link(self):
        self.net.client.ip("link", "set", "e0", "down")
        self.proc.wait_log("carrier lost", timeout=20)
        self.net.client.ip("link", "set", "e0", "up")

    def release(self):
        self.net.client.run(*self.program, "-6", "-k", "e0", check=False)


class Networkd(Client):
    bound = "State changed: request -> bound"
    confirms = False  # it starts anew with a Solicit
    releases = False  # not in systemd 252
    rebind_s = 12     # its timers may be ten seconds late

    def start(self):
        self.proc = networkd.start(self.net.lab, self.net.client, "e0", (
            "[Network]\nDHCP=ipv6\nIPv6AcceptRA=no\n"
            "[DHCPv6]\nWithoutRA=solicit\nDUIDType=link-layer\nPrefixDelegationHint=::/56\n"))

    def lose_link(self):
        self.net.client.ip("link", "set", "e0", "down")
        self.proc.wait_log("Lost carrier", timeout=20)
        self.net.client.ip("link", "set", "e0", "up")


def messages(server, name):
    return len(re.findall(f"^{name} message from", server.text(), re.M))


def held(net, state="active"):
    """What is leased by the file: {kind: address or prefix}."""
    if not net.leases.exists():
        return {}
    return {kind: ip for (kind, _), ia in read_leases(net.leases).items() for ip, lease in ia.items()
            if lease["binding state"] == state}


def has_all(net, c):
    return set(held(net)) == c.kinds and held(net)


class DhclientAddress(Dhclient):
    """By Confirm it asks only when it holds no prefix."""
    kinds = {"ia-na"}


@pytest.mark.parametrize("client", [Dhclient, Dhcpcd, Networkd])
def test_obtain_renew_rebind(net, client):
    server = net.start(conf=CONF % (1, client.rebind_s))
    c = client(net)
    c.start()
    got = wait_for(lambda: has_all(net, c), 30, "an address and a prefix")
    assert got["ia-na"].startswith("2001:db8:1::1") and got["ia-pd"].endswith("/56")
    wait_for(lambda: messages(server, "Renew"), 20, "a Renew")
    wait_for(lambda: server.text().rindex("Sending Reply") > server.text().rindex("Renew message"), 20,
             "the answer to it")
    assert held(net) == got
    # another server, which knows nothing of them
    server.stop()
    net.leases.unlink()
    server = net.start(conf=CONF % (2, client.rebind_s))
    wait_for(lambda: messages(server, "Rebind"), 30, "a Rebind")
    assert wait_for(lambda: has_all(net, c), 20, "the same again") == got
    assert server.alive()


@pytest.mark.parametrize("client", [DhclientAddress, Dhcpcd, Networkd])
def test_link_loss_and_release(net, client):
    server = net.start(conf=(CONF % (1, 90)).replace("dhcp-renewal-time 1", "dhcp-renewal-time 60"))
    c = client(net)
    c.start()
    got = wait_for(lambda: has_all(net, c), 30, "an address and a prefix")
    c.proc.wait_log(c.bound, timeout=30)  # the file has it before the client has the Reply
    c.lose_link()
    if client is DhclientAddress:
        server.wait_log("Confirm message", timeout=30)
        c.proc.wait_log("message status code Success", timeout=20)
    elif c.confirms:
        server.wait_log("^(Confirm|Rebind) message", timeout=30)
    else:
        wait_for(lambda: messages(server, "Solicit") > 1, 30, "another Solicit")
    assert wait_for(lambda: has_all(net, c), 20, "the same again") == got
    if not client.releases:
        return
    c.release()
    wait_for(lambda: "ia-na" in held(net, "released"), 30, "a release")
    assert held(net, "released")["ia-na"] == got["ia-na"]
    assert messages(server, "Release") and server.alive()
