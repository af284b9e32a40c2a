# SPDX-License-Identifier: BSD-2-Clause
"""netboot6.py -- boot a UEFI machine over IPv6 only, by PXE or by UEFI HTTP boot.

The same laid-out network as netboot.py, without an IPv4 address in it. Router advertisements come
from radvd (managed, so that firmware and installer ask for addresses by DHCPv6); the firmware is
OVMF, the guest a kernel and a small initrd made of the Debian installer's own parts: its DHCPv6
client (dhcp6c) gets an address and its wget the answer file. Ends with a power-off.

        server ---- (router with relayd -6, when relayed) ---- bridge ---- tap: the machine
"""

import os
import shutil
import subprocess
from pathlib import Path

from lab import LabError, stock
from netboot import GRUB_CORE, INSTALLER, MAC, PRESEED, UIDS, NetBoot, Step

SERVER = "2001:db8:1::1"
ROUTER = "2001:db8:1::fe"
DIRECT_NET, RELAY_NET = "2001:db8:1::", "2001:db8:2::"
UKI = "boot.efi"
STUB = Path("/usr/lib/systemd/boot/efi/linuxx64.efi.stub")

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

GRUB_CFG = """\
set timeout=0
menuentry 'boot' {
    linux /vmlinuz console=ttyS0,115200n8
    initrd /initrd.img
}
"""

# dhcp6c speaks for an interface that has a link-local address which is not tentative any more.
INIT = """\
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
echo 0 > /proc/sys/kernel/printk
for m in failover net_failover virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev \
    virtio_pci virtio_net; do
    insmod /$m.ko
done
ip link set lo up
nic=
while [ -z "$nic" ]; do
    for d in /sys/class/net/*; do [ "${d##*/}" = lo ] || nic=${d##*/}; done
    sleep 1
done
echo 2 > /proc/sys/net/ipv6/conf/$nic/accept_ra
ip link set $nic up
while ip -6 addr show dev $nic | grep -q tentative; do sleep 1; done
printf 'interface %s { send ia-na 0; };\\nid-assoc na 0 { };\\n' $nic > /dhcp6c.conf
dhcp6c -c /dhcp6c.conf $nic
until ip -6 route | grep -q ^default &&
    ip -6 addr show dev $nic | grep 'inet6 2001:' | grep -qv tentative; do sleep 1; done
echo "NETBOOT6 $(ip -6 addr show dev $nic | grep 'inet6 2001:')"
n=0
until wget -O /answer http://[@SERVER@]/@PRESEED@ || [ $n -ge 20 ]; do n=$((n + 1)); sleep 1; done
echo "NETBOOT6 $(cat /answer)"
poweroff -f
"""


def steps_for(how):
    firmware = {
        "pxe-uki": [Step("boot file", "tftpd", ("tftp-read",), UKI, 240)],
        "pxe": [Step("boot loader", "tftpd", ("tftp-read",), GRUB_CORE, 120),
                Step("boot menu", "tftpd", ("tftp-read",), "boot/grub/grub.cfg", 120),
                Step("kernel", "tftpd", ("tftp-read",), "vmlinuz", 120),
                Step("initial RAM disk", "tftpd", ("tftp-read",), "initrd.img", 120)],
        "http": [Step("boot file", "httpfsd", ("http",), UKI, 240)]}
    return [Step("address offered to the firmware", "dhcpd6", ("advertise",), None, 180),
            Step("address leased to the firmware", "dhcpd6", ("reply",), None, 120),
            *firmware[how],
            Step("address leased to the system", "dhcpd6", ("reply",), None, 180),
            Step("answer file", "httpfsd", ("http",), PRESEED, 120)]


class NetBoot6(NetBoot):
    """A laid-out IPv6 network with servers, and the machine that boots from them."""

    def __init__(self, lab, how, relay=False):
        """how: pxe (GRUB, kernel and initrd by TFTP), pxe-uki (all in one file) or http. GRUB takes
        no router from an advertisement, so only the latter two get past one."""
        super().__init__(lab, "uefi", relay)
        self.how = how
        self.net = RELAY_NET if relay else DIRECT_NET

    def steps(self):
        return steps_for(self.how)

    # ---- network and files ----

    def network(self):
        lab = self.lab
        self.server, self.lan = lab.netns("server"), lab.netns("lan")
        self.router = lab.netns("router") if self.relay else None
        lab.bridge(self.lan, "br0")
        lab.tap(self.lan, "tap0", "br0")
        if self.relay:
            lab.veth(self.router, "lan0", self.lan, "p0")
            lab.veth(self.router, "wan0", self.server, "eth0")
            for key in ("all.forwarding", "all.accept_dad", "default.accept_dad"):
                self.router.sysctl(f"net.ipv6.conf.{key}", int(key.endswith("forwarding")))
            self.router.addr("lan0", f"{RELAY_NET}1/64")
            self.router.addr("wan0", f"{ROUTER}/64")
        else:
            lab.veth(self.server, "eth0", self.lan, "p0")
        self.lan.ip("link", "set", "p0", "master", "br0")
        self.server.sysctl("net.ipv6.conf.all.forwarding", 1)  # or radvd warns
        self.server.addr("eth0", f"{SERVER}/64")
        if self.relay:
            self.server.ip("route", "add", "default", "via", ROUTER)

    def files(self):
        lab = self.lab
        self.tftp_root, self.http_root = lab.dir / "tftpboot", lab.dir / "html"
        lab.file(f"html/{PRESEED}", "answer\n")
        lab.file("initrd.img", self._initrd())
        self.tftp_root.mkdir()
        if self.how == "pxe":
            self._make_tftp_root(lab.dir / "initrd.img")
        else:
            self._make_uki(lab.dir / "initrd.img",
                           self.http_root if self.how == "http" else self.tftp_root)
        link = f"subnet6 {DIRECT_NET}/64 {{ }}" if self.relay else ""
        self.conf = lab.file("dhcpd6.conf", DHCPD_CONF.format(
            server=SERVER, net=self.net, uki=UKI, loader=GRUB_CORE if self.how == "pxe" else UKI, server_link=link))

    def _make_tftp_root(self, initrd):
        made = subprocess.run(["grub-mknetdir", f"--net-directory={self.tftp_root}",
                               "--subdir=/boot/grub", "-d", "/usr/lib/grub/x86_64-efi"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            raise LabError(f"grub-mknetdir: {made.stdout.strip()}")
        self.lab.file("tftpboot/boot/grub/grub.cfg", GRUB_CFG)
        self.lab.file("tftpboot/vmlinuz", (INSTALLER / "linux").read_bytes())
        initrd.rename(self.tftp_root / "initrd.img")

    def _make_uki(self, initrd, folder):
        """Kernel, command line and initrd as one EFI program: all that firmware has to fetch."""
        parts = {".cmdline": self.lab.file("cmdline", "console=ttyS0,115200n8"),
                 ".linux": INSTALLER / "linux", ".initrd": initrd}
        argv, at = ["objcopy"], 0x2000000
        for name, path in parts.items():
            argv += ["--add-section", f"{name}={path}", "--change-section-vma", f"{name}={at:#x}"]
            at += (path.stat().st_size + 0x1fffff) & ~0x1fffff
        if not STUB.exists():
            raise LabError(f"{STUB} is not installed (packaging/install-deps demo)")
        made = subprocess.run([*argv, STUB, folder / UKI], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            raise LabError(f"objcopy: {made.stdout.strip()}")
        os.chmod(folder / UKI, 0o644)

    def _initrd(self):
        """A cpio archive: busybox, the installer's modules and DHCPv6 client, and what to do."""
        tree = self.lab.dir / "initrd"
        tree.mkdir()
        out = subprocess.run(f"zcat {INSTALLER}/initrd.gz | cpio -idm --quiet 'usr/sbin/dhcp6c' "
                             "'lib64/*' '*ld-linux*' '*/libc.so.6' '*/virtio*.ko' '*failover.ko'",
                             shell=True, cwd=tree, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        if out.returncode != 0:
            raise LabError(f"cpio: {out.stdout.strip()}")
        for folder in ("bin", "sbin", "proc", "sys", "dev", "etc", "var/lib/dhcpv6", "var/run", "tmp"):
            (tree / folder).mkdir(parents=True, exist_ok=True)
        for found in tree.rglob("*.ko"):
            found.rename(tree / found.name)
        shutil.copy(stock("busybox"), tree / "bin/busybox")
        for name in ("sh", "mount", "insmod", "ip", "grep", "sleep", "wget", "poweroff", "cat"):
            (tree / "bin" / name).symlink_to("busybox")
        init = tree / "init"
        init.write_text(INIT.replace("@SERVER@", SERVER).replace("@PRESEED@", PRESEED))
        os.chmod(init, 0o755)
        made = subprocess.run("find . | cpio -o -H newc --quiet | gzip -1", shell=True, cwd=tree,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode != 0:
            raise LabError(f"cpio: {made.stderr.decode().strip()}")
        return made.stdout

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

    # ---- the machine ----

    def boot(self):
        variables = self.lab.dir / "vars.fd"
        shutil.copy("/usr/share/OVMF/OVMF_VARS_4M.fd", variables)
        switches = []
        for family in ("IPv4", "IPv6"):
            wanted = family == "IPv6" and self.how != "http"
            switches += ["-fw_cfg",
                         f"name=opt/org.tianocore/{family}PXESupport,string={'y' if wanted else 'n'}"]
        self.machine = self.lab.spawn(
            "machine", "qemu-system-x86_64", "-machine", "q35,accel=tcg", "-m", "512",
            "-nodefaults", "-vga", "none", "-no-reboot", "-display", "none",
            "-serial", f"file:{self.serial}", "-uuid", "33221100-5544-7766-8899-aabbccddeeff",
            "-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no",
            "-device", f"virtio-net-pci,romfile=,netdev=n,mac={MAC},bootindex=0", *switches,
            "-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
            "-drive", f"if=pflash,format=raw,file={variables}", ns=self.lan)

    def console(self):
        return self.serial.read_text(errors="replace") if self.serial.exists() else ""
