# SPDX-License-Identifier: BSD-2-Clause
"""subjects.py -- the daemons as tests of what they have in common see them: one class each."""

import json
import os
import pwd
import socket
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "lib"))

NOBODY = pwd.getpwnam("nobody")
CAP_NET_BIND_SERVICE, CAP_NET_RAW = 1 << 10, 1 << 13
GONE = "eth99"

DHCPD_CONF = """\
subnet 192.0.2.0 netmask 255.255.255.0 {{
    range 192.0.2.100 192.0.2.150;
    {line3}
}}
"""


class Notify:
    """The service manager's end of $NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path, self.seen = path, []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.settimeout(30)
        self.sock.bind(str(path))

    def wait(self, line, proc, timeout=30):
        """Until this line comes, of a process that lives; every message so far."""
        self.sock.settimeout(0.1)
        end = time.monotonic() + timeout
        while not any(line in message.splitlines() for message in self.seen):
            assert proc.alive() or line.startswith("STOPPING"), \
                f"{proc.name} ended ({proc.popen.returncode}): {proc.tail()}"
            assert time.monotonic() < end, f"no {line}, but {self.seen}; {proc.tail()}"
            try:
                self.seen.append(self.sock.recv(4096).decode())
            except TimeoutError:
                pass
        return self.seen

    def value(self, name):
        """The last value of a variable."""
        found = [line.split("=", 1)[1] for message in self.seen for line in message.splitlines()
                 if line.startswith(name + "=")]
        return found[-1] if found else None


class Subject:
    """A daemon in a namespace of its own: eth0 192.0.2.1 and eth1 198.51.100.1."""

    name = port = proto = None
    keeps = 0  # capabilities that it needs while it serves
    sandbox_off = ["--sandbox", "false"]

    def __init__(self, lab):
        self.lab = lab
        self.ns, self.far = lab.netns(self.name), lab.netns("far")
        for i, address in enumerate(("192.0.2.1/24", "198.51.100.1/24")):
            lab.veth(self.ns, f"eth{i}", self.far, f"eth{i}")
            self.ns.addr(f"eth{i}", address)
        self.pid_file = lab.dir / "daemon.pid"
        self.control = lab.dir / "run" / self.name / "control"
        self.root = lab.dir / "root"
        self.root.mkdir()
        os.chmod(self.root, 0o755)
        lab.file("root/f", "hello\n")
        self.conf = lab.dir / "daemon.conf"
        self.write_conf()
        self.args_more, self.args_cut = [], []
        self.notify = Notify(lab.dir / "notify")

    def write_conf(self, good=True):
        """A configuration file; broken, its third line is wrong."""
        self.lab.file("daemon.conf", '# settings\n\nlog_level = "%s";\n' %
                      ("info" if good else "loud"))

    def args(self, **change):
        """What it is started with, apart from args_more and without args_cut."""
        raise NotImplementedError

    def argv(self, **change):
        return self.args_more + [a for a in self.args(**change) if a not in self.args_cut]

    def spawn(self, **change):
        return self.lab.daemon(self.name, *self.argv(**change), ns=self.ns,
                               env={"NOTIFY_SOCKET": str(self.notify.path)})

    def start(self, **change):
        proc = self.spawn(**change)
        self.notify.wait("READY=1", proc)
        return proc

    def fails(self, **change):
        """Last line of a start that must fail; it may leave nothing behind."""
        proc = self.spawn(**change)
        status = proc.wait()
        assert status == 1, f"status {status}: {proc.text()}"
        assert "Sanitizer" not in proc.text(), proc.text()
        return proc.tail(1)

    def left_nothing(self):
        """In root's folder the most that the user we became can do to the pid file is empty it."""
        assert not self.pid_file.exists() or (
            self.pid_file.read_text() == "" and self.pid_file.parent.stat().st_uid == 0)
        assert not self.control.exists()

    def ask(self, command):
        """The answer on the control socket, as objects."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(str(self.control))
            sock.sendall(command.encode() + b"\n")
            sock.shutdown(socket.SHUT_WR)
            return [json.loads(line) for line in sock.makefile()]

    def service_events(self):
        return [e for e in self.ask("events") if e.get("stage") == "service"]


class Dhcpd(Subject):
    name, port, proto, keeps = "dhcpd", 67, "udp", CAP_NET_BIND_SERVICE | CAP_NET_RAW

    def __init__(self, lab):
        super().__init__(lab)
        self.state = lab.dir / "state"
        self.state.mkdir()
        os.chown(self.state, NOBODY.pw_uid, NOBODY.pw_gid)

    def write_conf(self, good=True):
        self.lab.file("daemon.conf", DHCPD_CONF.format(
            line3="option routers 192.0.2.1;" if good else "option routers nowhere at all;;"))

    def args(self, interface="eth0", leases=None):
        return ["-4", "-f", "-d", "-user", "nobody", "-group", "nogroup", "-cf", self.conf, "-pf",
                self.pid_file, "-lf", leases or self.state / "dhcpd.leases", interface]


class Tftpd(Subject):
    name, port, proto = "tftpd", 69, "udp"

    def args(self, address="127.0.0.1", root=None):
        return ["-L", "--config", self.conf, "-a", address, "-u", "nobody", "-P", self.pid_file,
                "-s", root or self.root]


class Httpfsd(Subject):
    name, port, proto = "httpfsd", 80, "tcp"

    def args(self, address="127.0.0.1", root=None):
        return ["--config", self.conf, "--listen", f"{address}:80", "--user", "nobody",
                "--pid-file", self.pid_file, "--workers", "3", "--root", root or self.root]


class Relayd(Subject):
    name, port, proto = "relayd", 67, "udp"
    sandbox_off = ["--sandbox=false"]  # a switch has no argument of its own there

    def args(self, interface="eth0"):
        return ["-4", "-d", "--config", self.conf, "-pf", self.pid_file, "--user", "nobody", "-id",
                interface, "-iu", "eth1", "198.51.100.9"]


ALL = (Dhcpd, Tftpd, Httpfsd, Relayd)
FILES = (Tftpd, Httpfsd)
PACKETS = (Dhcpd, Relayd)


def each(*kinds):
    """Run the test on each of these daemons; a kind may be wrapped in a pytest.param."""
    params = [k if hasattr(k, "values") else pytest.param(k, id=k.name) for k in kinds]
    return pytest.mark.parametrize("subject", params, indirect=True)
