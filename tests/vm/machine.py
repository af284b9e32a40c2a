# SPDX-License-Identifier: BSD-2-Clause
"""machine.py -- a Debian 12 machine with systemd in QEMU, told what to do through a virtio port.

The disk is made once (build-image); every run works on a throw-away copy. Files come in as a tar
on a second disk. Plain emulation, so that it runs wherever QEMU does; a boot takes about 15 s.
"""

import base64
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from lab import PROJECT, LabError

VM = PROJECT / "build/vm"


class Machine:
    """A running machine; use as a context manager."""

    def __init__(self, files=()):
        """files: what lies in /mnt when the machine is up."""
        self.dir = Path(tempfile.mkdtemp(prefix="pxe-vm-"))
        self.files = [Path(f).resolve() for f in files]
        self.process = None
        self.console = self.dir / "console.log"

    def __enter__(self):
        subprocess.run([str(PROJECT / "tests/vm/build-image")], check=True)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        subprocess.run(["rm", "-rf", str(self.dir)])

    def _start(self):
        payload, path = self.dir / "payload.tar", self.dir / "agent.sock"
        argv = ["tar", "-cf", payload]
        for file in self.files:
            argv += ["-C", file.parent, file.name]
        subprocess.run(list(map(str, argv + (["-T", "/dev/null"] if not self.files else []))),
                       check=True)
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2",
             "-m", "1024", "-nodefaults", "-no-reboot", "-display", "none",
             "-kernel", VM / "vmlinuz", "-initrd", VM / "initrd.img",
             "-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off net.ifnames=0",
             "-serial", f"file:{self.console}",
             "-drive", f"file={VM}/root.ext4,if=virtio,format=raw,snapshot=on",
             "-drive", f"file={payload},if=virtio,format=raw,readonly=on",
             "-device", "virtio-serial", "-object", "rng-random,filename=/dev/urandom,id=rng",
             "-device", "virtio-rng-pci,rng=rng",
             "-chardev", f"socket,id=agent,path={path},server=on,wait=off",
             "-device", "virtserialport,chardev=agent,name=agent"],
            env={**os.environ, "TMPDIR": str(self.dir)}, stdin=subprocess.DEVNULL)
        self._connect(path)
        self.run("mkdir -p /mnt && tar -x -C /mnt -f /dev/vdb")

    def _connect(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + 20
        while True:
            try:
                self.sock.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise LabError("QEMU does not start") from None
                time.sleep(0.1)
        self.reader = self.sock.makefile("r", encoding="ascii", newline="\n")
        self.sock.settimeout(600)
        try:
            first = self.reader.readline()
        except OSError:
            first = ""
        if "ready" not in first:
            raise LabError(f"the machine did not come up:\n{self.tail()}")

    def tail(self):
        return self.console.read_text(errors="replace")[-3000:] if self.console.exists() else ""

    def run(self, script, check=True, timeout=900):
        """Output, both streams, of a bash script run as root. LabError when it fails, if check."""
        self.sock.settimeout(timeout)
        self.sock.sendall(base64.b64encode(script.encode()) + b"\n")
        try:
            answer = self.reader.readline().split()
        except OSError as e:
            raise LabError(f"no answer within {timeout} s to:\n{script}\n{self.tail()}") from e
        if not answer:
            raise LabError(f"the machine is gone, at:\n{script}\n{self.tail()}")
        text = base64.b64decode(answer[1]).decode(errors="replace") if len(answer) > 1 else ""
        if check and answer[0] != "0":
            raise LabError(f"status {answer[0]} of:\n{script}\n--- said:\n{text}")
        return text

    def status(self, script):
        """Its exit status."""
        return int(self.run(f"( {script} ) >/dev/null 2>&1; echo $?").split()[-1])

    def eventually(self, script, timeout=60):
        """Run a script until it succeeds."""
        end = time.monotonic() + timeout
        while True:
            try:
                return self.run(script)
            except LabError:
                if time.monotonic() > end:
                    raise
                time.sleep(1)
