# SPDX-License-Identifier: BSD-2-Clause
"""Clients that people run: each obtains, renews, rebinds, releases, and recovers after a NAK."""

import os
import re
import signal

import pytest
from dhcpnet import CONF, read_leases
from lab import LabError, stock, wait_for


def short(seconds):
    return CONF.replace("default-lease-time 600; max-lease-time 7200;",
                        f"default-lease-time {seconds}; max-lease-time {seconds}; "
                        f"min-lease-time {seconds}; dhcp-cache-threshold 0;")


def bound(net, state="active"):
    """Addresses in that state, by the lease file."""
    return [ip for ip, rec in read_leases(net.leases).items() if rec.get("binding state") == state]


def times(server, pattern):
    return len(re.findall(pattern, server.text()))


class Dhclient:
    seconds = 8

    def renew(self):
        """By itself, at half of its time."""

    def __init__(self, net):
        self.net, self.dir = net, net.lab.dir
        script = net.lab.file("dhclient.sh", "#!/bin/sh\ncase $reason in\nBOUND|REBOOT)"
                              "  ip addr replace $new_ip_address/24 dev $interface;;\nesac\n"
                              "exit 0\n", mode=0o755)
        self.common = ["-lf", self.dir / "dhclient.leases", "-pf", self.dir / "dhclient.pid",
                       "-sf", script]

    def start(self):
        self.proc = self.net.lab.spawn("dhclient", stock("dhclient"), "-d", *self.common, "e0",
                                       ns=self.net.client)

    def release(self):
        self.proc.stop()
        self.net.client.run(stock("dhclient"), "-r", *self.common, "e0")


class Udhcpc:
    seconds = 300

    def renew(self):
        """By signal: it takes no lease for shorter than two minutes.

        The server's ACK is in its log before the client has read it, and a signal that comes
        before the client is bound makes it start over.
        """
        self.proc.wait_log("lease of .* obtained", timeout=20)
        wait_for((self.net.lab.dir / "udhcpc.bound").exists, 20, "the script's end")
        self.proc.signal(signal.SIGUSR1)

    def __init__(self, net):
        self.net = net

    def start(self):
        script = self.net.lab.file("udhcpc.sh", "#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
                                   "ip addr replace $ip/24 dev $interface\n"
                                   f": > {self.net.lab.dir}/udhcpc.bound\n", mode=0o755)
        self.proc = self.net.lab.spawn("udhcpc", stock("busybox"), "udhcpc", "-f", "-R", "-i", "e0",
                                       "-s", script, "-t", "5", "-T", "1", ns=self.net.client)

    def release(self):
        self.proc.stop()  # -R: release on exit


class Dhcpcd:
    seconds = 300

    def renew(self):
        self.net.client.run(*self.dhcpcd, "-4", "-n", "e0")

    def __init__(self, net):
        self.net = net
        self.dhcpcd = [*net.lab.private("/run/dhcpcd", "/var/lib/dhcpcd"), stock("dhcpcd")]

    def start(self):
        conf = self.net.lab.file("dhcpcd.conf", "clientid\nnoarp\nnoipv6rs\nnohook resolv.conf\n")
        self.proc = self.net.lab.spawn("dhcpcd", *self.dhcpcd, "-4", "-B", "-d", "-f", conf,
                                       "e0", ns=self.net.client)

    def release(self):
        self.net.client.run(*self.dhcpcd, "-4", "-k", "e0", check=False)


class Networkd:
    """systemd-networkd, with nothing of systemd around it but its folders."""
    seconds = 8

    def renew(self):
        """By itself, at half of its time."""

    def __init__(self, net):
        self.net = net
        etc = net.lab.dir / "etc-systemd"
        (etc / "network").mkdir(parents=True)
        (etc / "network" / "10-e0.network").write_text(
            "[Match]\nName=e0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n"
            "[DHCPv4]\nSendRelease=yes\n")
        # a /sys that cannot be written is how it is told that no udev comes
        self.script = net.lab.file("networkd.sh", "#!/bin/sh\nset -e\n"
                                   "mount -t tmpfs tmpfs /run/systemd\n"
                                   "mkdir -p /run/systemd/netif/leases /run/systemd/netif/links /run/systemd/netif/lldp\n"
                                   "chown -R systemd-network: /run/systemd/netif\n"
                                   f"mount --bind {etc} /etc/systemd\n"
                                   "mount -o remount,ro,bind /sys\n"
                                   "exec /lib/systemd/systemd-networkd\n", mode=0o755)

    def start(self):
        os.makedirs("/run/systemd", exist_ok=True)
        self.proc = self.net.lab.spawn("networkd", "unshare", "--mount", self.script, ns=self.net.client,
                                       env={"SYSTEMD_LOG_TARGET": "console"})

    def release(self):
        self.proc.stop()


@pytest.mark.parametrize("client", [Dhclient, Udhcpc, Dhcpcd, Networkd])
def test_life(net, client):
    server = net.start(conf=short(client.seconds))
    c = client(net)
    c.start()
    wait_for(lambda: bound(net), 20, "a lease")
    ip = bound(net)[0]
    server.wait_log(f"DHCPACK on {ip} ", timeout=20)
    acks = times(server, f"DHCPACK on {ip} ")
    for again in range(3):  # a datagram may be lost while the machine is busy
        c.renew()
        try:
            wait_for(lambda: times(server, f"DHCPACK on {ip} ") > acks, 10, "a renewal")
            break
        except LabError:
            if again == 2:
                raise
    assert bound(net) == [ip]
    c.release()
    wait_for(lambda: bound(net, "free") == [ip], 10, "a release")
    server.wait_log(f"DHCPRELEASE of {ip} from .* \\(found\\)")


def soon(seconds):
    """Leases that are renewed and rebound soon, whatever the shortest one is that a client takes."""
    return short(300).replace("authoritative;", f"authoritative; option dhcp-renewal-time {seconds}; "
                              f"option dhcp-rebinding-time {2 * seconds};")


@pytest.mark.parametrize("client", [Dhclient, Dhcpcd, Networkd])
def test_rebinds(net, client):
    """Unicast to the server gets lost: the client turns to everybody at T2 and keeps its address. (udhcpc
    goes by its own T1 and T2, a minute away at least.)"""
    server = net.start(conf=soon(2))
    c = client(net)
    c.start()
    wait_for(lambda: bound(net), 20, "a lease")
    ip = bound(net)[0]
    net.client.ip("neigh", "replace", "192.0.2.1", "lladdr", "02:00:00:00:00:ee", "dev", "e0", "nud",
                  "permanent")
    acks, started = times(server, f"DHCPACK on {ip} "), times(server, "DHCPDISCOVER")
    wait_for(lambda: times(server, f"DHCPACK on {ip} ") > acks, 30, "a rebinding")
    assert times(server, "DHCPDISCOVER") == started  # it did not start over
    assert bound(net) == [ip]


@pytest.mark.parametrize("client", [Dhclient, Udhcpc, Dhcpcd, Networkd])
def test_recovers_after_nak(net, client):
    """The range moves while the client holds a lease of the old one: NAK, then a new address."""
    conf = soon(3)
    server = net.start(conf=conf)
    c = client(net)
    c.start()
    wait_for(lambda: bound(net), 20, "a lease")
    old = bound(net)[0]
    server.stop()
    server = net.start(conf=conf.replace("192.0.2.100 192.0.2.150", "192.0.2.200 192.0.2.210")
                       .replace("subnet 192", "host x { hardware ethernet " + net.mac +
                                "; fixed-address 192.0.2.222; }\nsubnet 192", 1))
    c.renew()
    server.wait_log(f"DHCPNAK on {old} to ", timeout=30)
    server.wait_log("DHCPACK on 192.0.2.222 to ", timeout=30)
