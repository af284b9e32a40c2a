# SPDX-License-Identifier: BSD-2-Clause
"""lab.py -- networks and processes for tests: namespaces, links, daemons, readiness, cleaning up.

Everything a Lab makes is named after its own process and removed when it closes, also after a
failure: processes by pid, then namespaces. Nothing outside the namespaces is touched. Python's
standard library only, so that the demo and the benchmarks can stand on it too.

    with Lab("relay") as lab:
        server, client = lab.netns("server"), lab.netns("client")
        lab.veth(server, "eth0", client, "eth0")
        server.addr("eth0", "192.0.2.1/24")
        daemon = lab.daemon("tftpd", "-L", "-s", root, ns=server)
        daemon.wait_udp(69)
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


class LabError(Exception):
    """Something of the laboratory, not of the subject, went wrong."""


def bin_dir():
    """Build folder of the daemons: $PXE_BIN, or the build that was linked last."""
    if os.environ.get("PXE_BIN"):
        return Path(os.environ["PXE_BIN"]).resolve()
    found = [p for p in (PROJECT / "build").glob("*") if (p / "CMakeCache.txt").exists()]
    if not found:
        raise LabError("nothing is built: run tests/run, or set PXE_BIN to a build folder")
    return max(found, key=lambda p: max([f.stat().st_mtime for f in p.glob("*/*d")] or [0]))


def program(name):
    """Path of one of our programs in the build folder."""
    places = [bin_dir() / name / name, bin_dir() / "libpxecommon" / "tools" / name, bin_dir() / name]
    for path in places:
        if path.is_file():
            return path
    raise LabError(f"{name} is not built: looked for {', '.join(map(str, places))}")


def stock(name):
    """Path of a stock program; LabError when its package is not installed."""
    path = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if path is None:
        raise LabError(f"{name} is not installed (packaging/install-deps test)")
    return path


def wait_for(condition, timeout, what):
    """Poll until condition() is true and return its value; LabError after timeout seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise LabError(f"{what} did not happen within {timeout:g} s")
        time.sleep(0.02)


def _sh(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Netns:
    """A network namespace with loopback up."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        _sh("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *args):
        """ip -n NS ARGS; returns what it printed."""
        return _sh("ip", "-n", self.name, *args)

    def addr(self, dev, *addresses):
        """Give addresses ("192.0.2.1/24") to dev and bring it up."""
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            self.ip("addr", "add", address, "dev", dev, *extra)
        self.ip("link", "set", dev, "up")

    def mac(self, dev):
        return re.search(r"link/ether (\S+)", self.ip("link", "show", dev)).group(1)

    def sysctl(self, key, value):
        self.run("sh", "-c", f"echo {value} > /proc/sys/{key.replace('.', '/')}")

    def argv(self, argv):
        return ["ip", "netns", "exec", self.name, *map(str, argv)]

    def run(self, *argv, timeout=60, check=True, **kwargs):
        """Run a command to its end; text output captured. Raises LabError on failure if check."""
        done = subprocess.run(self.argv(argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=timeout, stdin=subprocess.DEVNULL, **kwargs)
        if check and done.returncode != 0:
            raise LabError(f"{' '.join(map(str, argv))}: status {done.returncode}: "
                           f"{done.stderr.strip() or done.stdout.strip()}")
        return done

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, proto=0):
        """A socket that lives in this namespace, made from this process."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            if _libc.setns(there.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"setns {self.name}")
            try:
                return socket.socket(family, kind, proto)
            finally:
                if _libc.setns(home.fileno(), _CLONE_NEWNET) != 0:
                    os._exit(70)  # in the wrong namespace: nothing sensible can follow

    def ports(self, proto):
        """Local ports open in here: proto is udp or tcp (listening)."""
        ports = set()
        for table in (proto, proto + "6"):
            text = self.run("cat", f"/proc/net/{table}").stdout
            for line in text.splitlines()[1:]:
                field = line.split()
                if proto == "udp" or field[3] == "0A":
                    ports.add(int(field[1].rsplit(":", 1)[1], 16))
        return ports


class Proc:
    """A process of a Lab, its output in a file."""

    def __init__(self, lab, name, argv, ns=None, env=None, cwd=None, stdin=None, pass_fds=()):
        self.lab, self.name, self.ns = lab, name, ns
        self.log = lab.dir / f"{name}.{len(lab.procs)}.log"
        full = ns.argv(argv) if ns else list(map(str, argv))
        with open(self.log, "wb") as out:
            self.popen = subprocess.Popen(
                full, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})}, cwd=cwd, pass_fds=pass_fds)
        self.pid = self.popen.pid  # `ip netns exec` execs, so this is the program itself
        lab.procs.append(self)

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self, lines=5):
        return "\n".join(self.text().splitlines()[-lines:])

    def alive(self):
        return self.popen.poll() is None

    def _while_alive(self, condition, timeout, what):
        def ask():
            value = condition()
            if not value and not self.alive():
                raise LabError(f"{self.name} ended with status {self.popen.returncode} "
                               f"before {what}: {self.tail()}")
            return value
        try:
            return wait_for(ask, timeout, what)
        except LabError as e:
            raise LabError(f"{e}\n{self.name} said: {self.tail()}") from None

    def wait_log(self, pattern, timeout=30):
        """Wait for a line matching pattern; returns the match."""
        rx = re.compile(pattern, re.MULTILINE)
        return self._while_alive(lambda: rx.search(self.text()), timeout, f"/{pattern}/ in the log")

    def wait_udp(self, port, timeout=30):
        self._while_alive(lambda: port in self.ns.ports("udp"), timeout, f"udp/{port} open")
        return self

    def wait_tcp(self, port, timeout=30):
        self._while_alive(lambda: port in self.ns.ports("tcp"), timeout, f"tcp/{port} open")
        return self

    def wait(self, timeout=30):
        """Exit status."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} still runs after {timeout} s: {self.tail()}") from None

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def stop(self, timeout=30):
        """SIGTERM, then SIGKILL; returns the exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()

    def rss_kib(self):
        """Peak resident memory so far."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text).group(1))

    def cpu_s(self):
        """CPU seconds of the process and its waited-for children."""
        field = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, field[11:15])) / os.sysconf("SC_CLK_TCK")


class Lab:
    """A set of namespaces and processes that live and die together."""

    made = 0  # by this process

    def __init__(self, name="lab"):
        # Two may live at once in one process, and one may have left something behind.
        self.prefix = f"pxe{os.getpid()}" + (f".{Lab.made}" if Lab.made else "")
        Lab.made += 1
        self.dir = Path(tempfile.mkdtemp(prefix=f"pxesuite-{name}-"))
        os.chmod(self.dir, 0o755)  # daemons read below it as other users
        self.names, self.procs, self.cleanups = [], [], []

    def __enter__(self):
        if os.geteuid() != 0:
            raise LabError("network namespaces need root")
        return self

    def __exit__(self, kind, value, trace):
        # What a person ends is not a failure to look into.
        if kind is not None and not issubclass(kind, (KeyboardInterrupt, SystemExit)):
            for proc in self.procs:
                print(f"---- {proc.name} (pid {proc.pid}) said:\n{proc.tail(40)}", file=sys.stderr)
        self.close()

    def close(self):
        """End what was started, by pid; remove what was made. A second Ctrl-C has to wait."""
        before = {}
        if threading.current_thread() is threading.main_thread():
            before = {number: signal.signal(number, signal.SIG_IGN)
                      for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            self._remove_all()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _remove_all(self):
        for proc in reversed(self.procs):
            proc.stop(timeout=5)
        for cleanup in reversed(self.cleanups):
            cleanup()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)
        self.procs, self.cleanups, self.names = [], [], []
        if not os.environ.get("PXE_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def netns(self, name):
        full = f"{self.prefix}-{len(self.names)}-{name}"
        self.names.append(full)
        return Netns(self, full)

    def veth(self, ns_a, dev_a, ns_b, dev_b):
        """A cable between two namespaces, both ends up."""
        _sh("ip", "link", "add", dev_a, "netns", ns_a.name, "type", "veth",
            "peer", "name", dev_b, "netns", ns_b.name)
        for ns, dev in ((ns_a, dev_a), (ns_b, dev_b)):
            ns.ip("link", "set", dev, "up")

    def bridge(self, ns, dev, *ports):
        """A switch in ns (no spanning tree, forwards at once) with ports that exist already."""
        ns.ip("link", "add", dev, "type", "bridge", "forward_delay", "0")
        for port in ports:
            ns.ip("link", "set", port, "master", dev)
            ns.ip("link", "set", port, "up")
        ns.ip("link", "set", dev, "up")

    def tap(self, ns, dev, bridge=None):
        ns.ip("tuntap", "add", "dev", dev, "mode", "tap")
        if bridge:
            ns.ip("link", "set", dev, "master", bridge)
        ns.ip("link", "set", dev, "up")

    def private(self, *directories):
        """Argv prefix for a program that keeps state in fixed directories: it sees folders of
        this lab there, the same ones in every program so started."""
        binds = []
        for directory in directories:
            Path(directory).mkdir(parents=True, exist_ok=True)
            mine = self.dir / directory.strip("/").replace("/", "-")
            mine.mkdir(exist_ok=True)
            binds.append(f"mount --bind '{mine}' '{directory}' && ")
        return ["unshare", "--mount", "sh", "-c", "".join(binds) + 'exec "$@"', "sh"]

    def spawn(self, name, *argv, ns=None, **kwargs):
        """Start any program."""
        return Proc(self, name, argv, ns=ns, **kwargs)

    def daemon(self, name, *args, ns=None, control=None, **kwargs):
        """Start one of our daemons with its control socket in the lab's own folder."""
        control = control or self.dir / "run" / name / "control"
        return Proc(self, name, [program(name), "--control", control, *args], ns=ns, **kwargs)

    def stock_with_syslog(self, name, *argv, ns=None, **kwargs):
        """Start a stock daemon that only logs to /dev/log: a private /dev whose log we collect.

        The collected lines go to the process's own log file, so text() and wait_log() see them."""
        proc = None
        sock_path = self.dir / f"devlog.{len(self.procs)}"
        collector = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        collector.bind(str(sock_path))
        os.chmod(sock_path, 0o666)
        # A /dev of its own: the machine's may have no log, and must not be given one.
        script = (f'd="{self.dir}/dev.$$"; mkdir "$d" && mount -t tmpfs -o mode=755 dev "$d" && '
                  'cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom "$d" && '
                  'ln -s /proc/self/fd "$d/fd" && touch "$d/log" && '
                  f'mount --bind "{sock_path}" "$d/log" && mount --rbind "$d" /dev && exec "$@"')
        proc = Proc(self, name, ["unshare", "-m", "--propagation", "private", "sh", "-c", script,
                                 "sh", *argv], ns=ns, **kwargs)

        def collect():
            with open(proc.log, "ab", buffering=0) as out:
                while True:
                    try:
                        line = collector.recv(8192)
                    except OSError:
                        return
                    out.write(re.sub(rb"^<\d+>", b"", line).rstrip(b"\0\n") + b"\n")
        threading.Thread(target=collect, daemon=True).start()
        self.cleanups.append(collector.close)
        return proc

    def file(self, path, content, mode=0o644):
        """Write a file below the lab's folder (world-readable) and return its path."""
        full = self.dir / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        os.chmod(full, mode)
        return full
