# SPDX-License-Identifier: BSD-2-Clause
"""netboot.py -- boot one real machine over the network, the classical way, and say how far it got.

The set-up is the recipe that install servers follow: dhcpd.conf with filename and next-server,
syslinux and a kernel under the TFTP root, an answer file under the web root, the machine a QEMU
guest with its own firmware. Each service can be ours or the stock one, so the same boot shows that
they can be swapped. Used by packaging/demo and by tests/e2e.

        server ---- (router, when relayed) ---- bridge ---- tap: the machine
"""

import hashlib
import json
import os
import queue
import re
import socket
import threading
import time

import guest as small
from firmware import FIRMWARE, IMAGE, PRESEED, SERVER, copy
from guest import installer
from lab import LabError, stock, wait_for

SERVER_NET = "192.0.2.0"
RELAY_NET = "198.51.100.0"
MASK = "255.255.255.0"
MAC = "52:54:00:12:34:56"
DAEMONS = ("dhcpd", "tftpd", "httpfsd")
# Each daemon its own unprivileged user; numbers, so that nothing has to be made on the machine.
UIDS = {"dhcpd": 64910, "tftpd": 64911, "httpfsd": 64912, "relayd": 64913}

KERNEL_ARGS = ("auto=true priority=critical url=http://{server}/" + PRESEED +
               " interface=auto console={console} DEBIAN_FRONTEND=text TERM=dumb ---")

# The installer runs early_command as soon as it has its answers: the end of our story.
PRESEED_TEXT = """\
d-i debian-installer/locale string en_US
d-i keyboard-configuration/xkb-keymap select us
d-i preseed/early_command string poweroff -f
"""

DHCPD_CONF = """\
option domain-name "example.org";
option domain-name-servers {server};
default-lease-time 3600;
max-lease-time 7200;
log-facility local7;
option arch code 93 = unsigned integer 16;
{server_link}
subnet {net} netmask {mask} {{
    range {base}101 {base}110;
    option routers {router};{boot}
}}
"""

GOOD = ("ok", "probe", "not-modified")


class NetBoot:
    """A laid-out network with servers, and the machine that boots from them."""

    def __init__(self, lab, firmware="bios", relay=False, stock_ones=(), without=(), guest=False):
        """firmware: a row of firmware.FIRMWARE. guest: boot the small system of guest.py, not
        Debian's installer."""
        self.lab, self.firmware, self.relay, self.guest = lab, firmware, relay, guest
        self.row = FIRMWARE[firmware]
        self.image = None  # an ISO image below /IMAGE of the web server
        self.stock_ones, self.without = set(stock_ones), set(without)
        self.events = queue.Queue()
        self.procs = {}
        self.machine = None
        self.serial = lab.dir / "serial.log"
        self.run_dir = lab.dir / "run"

    # ---- network and files ----

    def _links(self):
        """Namespaces and what joins them; no addresses yet."""
        lab = self.lab
        self.server, self.lan = lab.netns("server"), lab.netns("lan")
        self.router = lab.netns("router") if self.relay else None
        lab.bridge(self.lan, "br0")
        lab.tap(self.lan, "tap0", "br0")
        if self.relay:
            lab.veth(self.router, "lan0", self.lan, "p0")
            lab.veth(self.router, "wan0", self.server, "eth0")
        else:
            lab.veth(self.server, "eth0", self.lan, "p0")
        self.lan.ip("link", "set", "p0", "master", "br0")

    def network(self):
        self._links()
        if self.relay:
            self.router.addr("lan0", "198.51.100.1/24")
            self.router.addr("wan0", "192.0.2.254/24")
            self.router.sysctl("net.ipv4.ip_forward", 1)
        self.server.addr("eth0", f"{SERVER}/24")
        if self.relay:
            self.server.ip("route", "add", "default", "via", "192.0.2.254")

    def files(self):
        lab, row = self.lab, self.row
        self.args = KERNEL_ARGS.format(server=SERVER, console=row.console)
        self.tftp_root, self.http_root = lab.dir / "tftpboot", lab.dir / "html"
        self.tftp_root.mkdir()
        lab.file(f"html/{PRESEED}", PRESEED_TEXT)
        row.lay(self)
        for name in self.without - set(DAEMONS) - {"relayd"}:
            missing = [p for p in (self.tftp_root / name, self.http_root / name) if p.exists()]
            if not missing:
                raise LabError(f"--without {name}: neither a daemon nor a file of this set-up")
            missing[0].unlink()
        net = RELAY_NET if self.relay else SERVER_NET
        base = net[:-1]
        link = f"subnet {SERVER_NET} netmask {MASK} {{ }}" if self.relay else ""
        self.conf = lab.file("dhcpd.conf", DHCPD_CONF.format(
            server=SERVER, net=net, mask=MASK, base=base, boot="\n    " + row.boot.strip(),
            server_link=link, router=f"{base}1" if self.relay else SERVER))

    def payload(self, folder):
        """Put kernel and initial RAM disk into a folder, as vmlinuz and initrd.img."""
        media = installer(self.row.arch)
        copy(media / "linux", folder, "vmlinuz")
        if self.guest:
            small.initrd(folder / "initrd.img", self.row.arch)
        else:
            copy(media / "initrd.gz", folder, "initrd.img")

    def steps(self):
        return self.row.steps

    # ---- servers ----

    def start(self):
        for name in ("relayd", *DAEMONS):
            if name in self.without or (name == "relayd" and not self.relay):
                continue
            kind = "stock" if name in self.stock_ones else "ours"
            self.procs[name] = getattr(self, f"_{kind}_{name}")()
            if kind == "ours":
                self._follow(name)
            else:
                threading.Thread(target=self._read_log, args=(name, self.procs[name].log),
                                 daemon=True).start()

    def _leases(self, owner):
        state = self.lab.dir / "dhcp"
        state.mkdir()
        leases = state / "dhcpd.leases"
        leases.touch()
        if owner is not None:
            os.chown(state, owner, owner)
            os.chown(leases, owner, owner)
        return leases

    def _ours_dhcpd(self):
        uid = UIDS["dhcpd"]
        return self.lab.daemon(
            "dhcpd", "-4", "-f", "-d", "-cf", self.conf, "-lf", self._leases(uid), "-pf",
            self.lab.dir / "dhcpd.pid", "-user", uid, "-group", uid, "eth0",
            ns=self.server).wait_udp(67)

    def _ours_tftpd(self):
        return self.lab.daemon("tftpd", "-L", "-v", "-u", UIDS["tftpd"], "-s", self.tftp_root,
                               ns=self.server).wait_udp(69)

    def _ours_httpfsd(self):
        image = ["--root", f"/{IMAGE}={self.image}"] if self.image else []
        return self.lab.daemon("httpfsd", "--user", UIDS["httpfsd"], "--listen", f"{SERVER}:80",
                               "--root", self.http_root, *image, ns=self.server).wait_tcp(80)

    def _ours_relayd(self):
        return self.lab.daemon("relayd", "-4", "-d", "--no-pid", "-id", "lan0", "-iu", "wan0",
                               SERVER, ns=self.router).wait_udp(67)

    def _stock_dhcpd(self):
        return self.lab.spawn("dhcpd", stock("dhcpd"), "-4", "-f", "-d", "-cf", self.conf, "-lf",
                              self._leases(None), "-pf", self.lab.dir / "dhcpd.pid", "eth0",
                              ns=self.server).wait_udp(67)

    def _stock_tftpd(self):
        return self.lab.stock_with_syslog("tftpd", stock("in.tftpd"), "-L", "-v", "-v", "-u",
                                          "nobody", "-s", self.tftp_root, ns=self.server).wait_udp(69)

    def _stock_httpfsd(self):
        conf = self.lab.file("nginx.conf", (
            "daemon off; error_log stderr; pid {d}/nginx.pid; events {{ }}\n"
            "http {{ access_log /dev/stdout combined; server {{ listen {s}:80; root {r}; }} }}\n"
        ).format(d=self.lab.dir, s=SERVER, r=self.http_root))
        return self.lab.spawn("httpfsd", stock("nginx"), "-c", conf, ns=self.server).wait_tcp(80)

    def _stock_relayd(self):
        return self.lab.spawn("relayd", stock("dhcrelay"), "-4", "-d", "--no-pid", "-id", "lan0",
                              "-iu", "wan0", SERVER, ns=self.router).wait_udp(67)

    # ---- what happens: events of ours, log lines of the stock ones ----

    def _follow(self, name):
        control = self.run_dir / name / "control"
        sock = socket.socket(socket.AF_UNIX)

        def connect():
            try:
                sock.connect(str(control))
            except (FileNotFoundError, ConnectionRefusedError):
                return False  # the service port may be open a moment earlier
            return True
        wait_for(connect, 10, f"{name} listening on its control socket")
        sock.sendall(b"events 1000 follow\n")

        def read():
            try:
                for line in sock.makefile(errors="replace"):
                    event = json.loads(line)
                    if "stage" in event:
                        self.events.put(event)
            except (OSError, ValueError):
                pass  # the daemon went away: seen by its process
        threading.Thread(target=read, daemon=True).start()
        self.lab.cleanups.append(sock.close)

    _LOG = {
        "dhcpd": [(r"DHCPOFFER on (?P<ip>\S+) to (?P<mac>\S+)", "offer"),
                  (r"DHCPACK on (?P<ip>\S+) to (?P<mac>\S+)", "ack")],
        "tftpd": [(r"RRQ from (?P<ip>\S+) filename (?P<file>\S+)", "tftp-read")],
        "httpfsd": [(r'^(?P<ip>\S+) .*"GET (?P<file>\S+) HTTP/[0-9.]+" 200', "http")],
        "relayd": [],
    }

    def _read_log(self, name, path):
        with open(path, errors="replace") as log:
            line = ""
            while self.procs:
                line += log.readline()
                if not line.endswith("\n"):  # not written to its end yet
                    time.sleep(0.05)
                    continue
                for pattern, stage in self._LOG[name]:
                    found = re.search(pattern, line)
                    if found:
                        self.events.put({"daemon": name, "stage": stage, "reason": "ok",
                                         **found.groupdict()})
                line = ""

    # ---- the machine ----

    def boot(self):
        machine, card = self.row.machine(self)
        self.machine = self.lab.spawn(
            "machine", *machine, "-nodefaults", "-no-reboot", "-display", "none",
            "-serial", f"file:{self.serial}", "-uuid", "33221100-5544-7766-8899-aabbccddeeff",
            "-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no",
            "-device", f"{card},netdev=n,mac={MAC},bootindex=0", ns=self.lan)

    def end(self, timeout=180):
        """What the small guest came to, once it has: "sha256 HEX" of the answer file, or why not."""
        if not self.guest:
            raise LabError("only the small guest says how it ended")
        wait_for(lambda: small.said(self.serial) or not self.machine.alive(), timeout,
                 "an end of the machine")
        return small.said(self.serial)

    def dead(self):
        """Daemons that should run and do not: (name, last words)."""
        return [(name, proc) for name, proc in self.procs.items() if not proc.alive()]

    def _why_nothing(self, step):
        """One clause for a step in which nothing at all came."""
        for name in self.without & {*DAEMONS, "relayd"}:
            if name == step.daemon or (name == "relayd" and step.daemon == "dhcpd"):
                return f"{name} is not running"
        if not self.machine.alive():
            return "the machine stopped"
        return f"nothing asked {step.daemon} for it within {step.timeout} s"

    def follow(self, on_step=lambda step, event: None):
        """Wait through the steps. Returns None when the machine got there, else one sentence."""
        number = 0
        steps = self.steps()
        last_bad = None
        for number, step in enumerate(steps, 1):
            end = time.monotonic() + step.timeout
            while True:
                for name, proc in self.dead():
                    return (f"step {number} ({step.name}) failed: {name} is not running any more "
                            f"(status {proc.popen.returncode}): {proc.tail(1)}")
                try:
                    event = self.events.get(timeout=0.5)
                except queue.Empty:
                    if time.monotonic() > end or not self.machine.alive():
                        why = last_bad or self._why_nothing(step)
                        return f"step {number} ({step.name}) failed: {why}"
                    continue
                later = steps[number] if number < len(steps) else None
                if later and event["reason"] in GOOD and step.daemon != later.daemon and \
                        later.about(event):
                    self.events.put(event)  # a loader may go on without its last ACK
                    break
                if event["reason"] in GOOD and step.about(event):
                    if event["reason"] == "probe":
                        continue  # the size was asked for; the transfer follows
                    on_step(step, event)
                    last_bad = None
                    break
                if event["reason"] not in GOOD and step.about(event):
                    return (f"step {number} ({step.name}) failed: {event['daemon']} says: "
                            f"{describe(event)}")
                if event["reason"] not in (*GOOD, "expected-miss", "client-abort", "started"):
                    last_bad = f"{event['daemon']} says: {describe(event)}"
        return None


def answer_hash():
    """What the small guest says when it got the whole answer file."""
    return "sha256 " + hashlib.sha256(PRESEED_TEXT.encode()).hexdigest()


def describe(event):
    """One clause from an event: the file and the reason."""
    text = event.get("text") or event["reason"]
    file = f"{event['file']}: " if event.get("file") else ""
    detail = f" ({event['detail']})" if event.get("detail") else ""
    return f"{event['stage']} {file}{text}{detail}"
