# SPDX-License-Identifier: BSD-2-Clause
"""netboot6.py -- boot a UEFI machine over IPv6 only, by PXE or by UEFI HTTP boot.

The same laid-out network as netboot.py, without an IPv4 address in it. Router advertisements come
from radvd (managed, so that firmware and installer ask for addresses by DHCPv6); the firmware is
OVMF, the system that it boots the small one of guest.py.

        server ---- (router with relayd -6, when relayed) ---- bridge ---- tap: the machine
"""

from firmware import (GRUB_CORE, PRESEED, TFTP_PAYLOAD, UKI, Firmware, Step, http, lay_grub, lay_uki,
                      q35_only, tftp)
from lab import stock
from netboot import PRESEED_TEXT, UIDS, NetBoot

SERVER = "2001:db8:1::1"
ROUTER = "2001:db8:1::fe"
DIRECT_NET, RELAY_NET = "2001:db8:1::", "2001:db8:2::"

DHCPD_CONF = """\
default-lease-time 3600;
preferred-lifetime 1800;
option dhcp6.name-servers {server};
option dhcp6.domain-search "example.org";
# UEFI says which it is by its architecture: 16 is x86-64 HTTP boot, 7 x86-64 PXE.
if option dhcp6.client-arch-type = 00:10 {{
    option dhcp6.bootfile-url "http://[{server}]/{uki}";
}} elsif option dhcp6.client-arch-type = 00:07 {{
    option dhcp6.bootfile-url "tftp://[{server}]/{loader}";
}}
{server_link}
subnet6 {net}/64 {{
    range6 {net}1000 {net}1fff;
}}
"""

RADVD_CONF = """\
interface {dev} {{
    AdvSendAdvert on;
    AdvManagedFlag on;
    AdvOtherConfigFlag on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    prefix {net}/64 {{
        AdvOnLink on;
        AdvAutonomous off;
    }};
}};
"""

FIRST = [Step("address offered to the firmware", "dhcpd6", ("advertise",), None, 180),
         Step("address leased to the firmware", "dhcpd6", ("reply",), None, 120)]
LAST = [Step("address leased to the system", "dhcpd6", ("reply",), None, 180),
        http("answer file", PRESEED, 120)]


def pxe(boot):
    return q35_only(boot, ("IPv6",))


def row(machine, lay, steps, loader=UKI):
    """loader: what option 59 names for PXE."""
    return Firmware(machine, loader, lay, steps, first=FIRST, last=LAST)


# GRUB takes no router from an advertisement, so only the rows with one file get past one.
FIRMWARE6 = {
    "pxe": row(pxe, lay_grub, [tftp("boot loader", GRUB_CORE),
                               tftp("boot menu", "boot/grub/grub.cfg"), *TFTP_PAYLOAD], GRUB_CORE),
    "pxe-uki": row(pxe, lambda boot: lay_uki(boot, boot.tftp_root), [tftp("boot file", UKI, 240)]),
    "http": row(q35_only, lay_uki, [http("boot file", UKI, 240)]),
}


class NetBoot6(NetBoot):
    """A laid-out IPv6 network with servers, and the machine that boots from them."""

    def __init__(self, lab, how, relay=False):
        """how: a row of FIRMWARE6."""
        super().__init__(lab, "uefi", relay, guest=True)
        self.row = FIRMWARE6[how]
        self.net = RELAY_NET if relay else DIRECT_NET

    # ---- network and files ----

    def network(self):
        self._links()
        if self.relay:
            for key in ("all.forwarding", "all.accept_dad", "default.accept_dad"):
                self.router.sysctl(f"net.ipv6.conf.{key}", int(key.endswith("forwarding")))
            self.router.addr("lan0", f"{RELAY_NET}1/64")
            self.router.addr("wan0", f"{ROUTER}/64")
        self.server.sysctl("net.ipv6.conf.all.forwarding", 1)  # or radvd warns
        self.server.addr("eth0", f"{SERVER}/64")
        if self.relay:
            self.server.ip("route", "add", "default", "via", ROUTER)

    def files(self):
        lab = self.lab
        self.args = f"url=http://[{SERVER}]/{PRESEED} net=dhcp6 console={self.row.console}"
        self.tftp_root, self.http_root = lab.dir / "tftpboot", lab.dir / "html"
        self.tftp_root.mkdir()
        lab.file(f"html/{PRESEED}", PRESEED_TEXT)
        self.row.lay(self)
        self.conf = lab.file("dhcpd6.conf", DHCPD_CONF.format(
            server=SERVER, net=self.net, uki=UKI, loader=self.row.boot,
            server_link=f"subnet6 {DIRECT_NET}/64 {{ }}" if self.relay else ""))

    # ---- servers ----

    def start(self):
        for name in ("relayd", "dhcpd", "tftpd", "httpfsd"):
            if name == "relayd" and not self.relay:
                continue
            self.procs[name] = getattr(self, f"_ours_{name}")()
            self._follow(name)
        ns, dev = (self.router, "lan0") if self.relay else (self.server, "eth0")
        conf = self.lab.file("radvd.conf", RADVD_CONF.format(dev=dev, net=self.net))
        self.procs["radvd"] = self.lab.spawn("radvd", stock("radvd"), "-n", "-m", "stderr", "-C",
                                             conf, "-p", self.lab.dir / "radvd.pid", ns=ns)

    def _ours_dhcpd(self):
        uid = UIDS["dhcpd"]
        return self.lab.daemon(
            "dhcpd", "-6", "-f", "-d", "-cf", self.conf, "-lf", self._leases(uid), "-pf",
            self.lab.dir / "dhcpd.pid", "-user", uid, "-group", uid, "eth0",
            ns=self.server).wait_udp(547)

    def _ours_tftpd(self):
        return self.lab.daemon("tftpd", "-L", "-v", "-6", "-u", UIDS["tftpd"], "-s",
                               self.tftp_root, ns=self.server).wait_udp(69)

    def _ours_httpfsd(self):
        return self.lab.daemon("httpfsd", "--user", UIDS["httpfsd"], "--listen", f"[{SERVER}]:80",
                               "--root", self.http_root, ns=self.server).wait_tcp(80)

    def _ours_relayd(self):
        return self.lab.daemon("relayd", "-6", "-d", "--no-pid", "-l", "lan0", "-u",
                               f"{SERVER}%wan0", ns=self.router).wait_udp(547)
