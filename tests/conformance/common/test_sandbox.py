# SPDX-License-Identifier: BSD-2-Clause
"""test_sandbox.py -- every daemon is shut in once it serves, and serves on.

What the two locks refuse is shown in tests/unit/os/sandbox_test.c; that nothing which a daemon
needs is refused, by all its other tests, which run inside.
"""

import ctypes
import os
import re
import socket
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[2] / "lib"), str(Path(__file__).parent)]

from lab import Lab  # noqa: E402
from subjects import ALL, NOBODY, Dhcpd, Httpfsd, Relayd, Tftpd, each  # noqa: E402

FILTER = "2"  # SECCOMP_MODE_FILTER
LANDLOCK_CREATE_RULESET, ABI = 444, 1


def modes(proc):
    """Seccomp and NoNewPrivs of each thread."""
    found = set()
    for thread in Path(f"/proc/{proc.pid}/task").iterdir():
        text = (thread / "status").read_text()
        field = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        found.add((field["Seccomp"], field["NoNewPrivs"]))
    return found


def needs_filter(proc):
    if "libseccomp" not in Path(f"/proc/{proc.pid}/maps").read_text():
        pytest.skip("built without libseccomp")


def needs_rules():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, ABI) < 1:
        pytest.skip("this kernel has no Landlock")


@each(*ALL)
def test_every_thread_is_shut_in(subject):
    proc = subject.start()
    assert subject.ask("stats")[0]["pid"] == proc.pid
    needs_filter(proc)
    assert modes(proc) == {(FILTER, "1")}
    assert proc.stop() == 0


@each(*ALL)
def test_not_when_it_is_switched_off(subject):
    subject.args_more = subject.sandbox_off
    proc = subject.start()
    assert modes(proc) == {("0", "1")}


@each(Dhcpd)
def test_root_is_shut_in_too(subject):
    """Without a user dhcpd stays root: the sandbox is then all there is."""
    subject.args_cut = ["-user", "nobody", "-group", "nogroup"]
    proc = subject.start()
    needs_filter(proc)
    assert modes(proc) == {(FILTER, "1")}


@each(Dhcpd)
def test_no_folder_stays_open_outside_a_chroot(subject, monkeypatch):
    """A descriptor of one would be the way out."""
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")  # it looks into /proc, which is not there
    jail = subject.lab.dir / "jail"
    jail.mkdir()
    subject.args_more = ["-chroot", jail]
    proc = subject.start()
    assert os.readlink(f"/proc/{proc.pid}/root") == str(jail)
    folders = [os.readlink(fd) for fd in Path(f"/proc/{proc.pid}/fd").iterdir() if fd.is_dir()]
    assert not folders
    assert subject.ask("stats")[0]["pid"] == proc.pid
    needs_filter(proc)
    assert modes(proc) == {(FILTER, "1")}
    assert proc.stop() == 0
    assert subject.pid_file.read_text() == ""


@pytest.fixture
def elsewhere():
    """A folder below none of those that a subject may use."""
    with Lab("elsewhere") as lab:
        yield lab


# ---- dhcpd's configuration ----

@each(Dhcpd)
def test_commands_of_the_configuration_go_without(subject):
    subject.lab.file("daemon.conf", subject.conf.read_text() +
                     'on commit { execute("/bin/true"); }\n')
    line = len(subject.conf.read_text().splitlines())
    proc = subject.start()
    assert f"no sandbox: {subject.conf}:{line} runs programs" in proc.text()
    assert modes(proc) == {("0", "1")}


@each(Dhcpd)
def test_a_reload_cannot_bring_the_first_command(subject):
    proc = subject.start()
    needs_filter(proc)
    subject.lab.file("daemon.conf", 'on commit { execute("/bin/true"); }\n' +
                     subject.conf.read_text())
    error = subject.ask("reload")[-1]["error"]
    assert f"{subject.conf}:1: execute" in error and "restart" in error, error
    assert subject.service_events()[-1]["reason"] == "reload-failed"


@each(Dhcpd)
def test_an_include_from_elsewhere_is_named(subject, elsewhere):
    needs_rules()
    other = elsewhere.file("hosts.conf", "# none\n")
    subject.start()
    subject.lab.file("daemon.conf", f'include "{other}";\n' + subject.conf.read_text())
    error = subject.ask("reload")[-1]["error"]
    assert str(other) in error and "sandbox" in error, error


# ---- roots of file servers ----

def fetch(subject):
    if subject.proto == "tcp":
        with subject.ns.socket(kind=socket.SOCK_STREAM) as client:
            client.settimeout(30)
            client.connect(("127.0.0.1", 80))
            client.sendall(b"GET /f HTTP/1.0\r\n\r\n")
            return b"".join(iter(lambda: client.recv(4096), b"")).rpartition(b"\r\n\r\n")[2]
    with subject.ns.socket() as client:
        client.settimeout(30)
        client.sendto(b"\0\1f\0octet\0", ("127.0.0.1", 69))
        data, peer = client.recvfrom(2000)
        client.sendto(b"\0\4\0\1", peer)
        return data[4:]


def use_root(subject, path):
    subject.lab.file("daemon.conf", f'root = "{path}";\n' +
                     ("secure = true;\n" if subject.name == "tftpd" else ""))


@each(Tftpd, Httpfsd)
def test_files_below_a_root_that_came_later_are_served(subject):
    proc = subject.start()
    (subject.root / "f").unlink()
    subject.lab.file("root/new", "later\n")
    os.rename(subject.root / "new", subject.root / "f")
    assert fetch(subject) == b"later\n"
    assert proc.stop() == 0


@each(Tftpd, Httpfsd)
def test_a_root_from_elsewhere_is_refused_by_a_reload(subject, elsewhere):
    needs_rules()
    subject.args_cut = ["-s", subject.root, "--root", subject.root]
    use_root(subject, subject.root)
    elsewhere.file("f", "other\n")
    inner = subject.lab.file("root/inner/f", "inner\n").parent
    subject.start()
    use_root(subject, elsewhere.dir)
    error = subject.ask("reload")[-1]["error"]
    assert str(elsewhere.dir) in error and "sandbox" in error, error
    assert fetch(subject) == b"hello\n"
    use_root(subject, inner)
    assert "error" not in subject.ask("reload")[-1]
    assert fetch(subject) == b"inner\n"


@each(Tftpd, Httpfsd)
def test_a_reload_cannot_follow_links_to_anywhere(subject):
    needs_rules()
    follow = {"tftpd": 'symlinks = "follow";\n',
              "httpfsd": f'mounts = ({{ at = "/"; dir = "{subject.root}"; symlinks = "follow"; }});\n'}
    subject.args_cut = ["--root", subject.root] if subject.name == "httpfsd" else []
    subject.lab.file("daemon.conf", follow[subject.name].replace("follow", "beneath"))
    subject.start()
    subject.lab.file("daemon.conf", follow[subject.name])
    assert "sandbox" in subject.ask("reload")[-1]["error"]
    assert fetch(subject) == b"hello\n"


@each(Tftpd, Httpfsd, Relayd)
def test_the_setting_takes_a_restart_and_says_so(subject):
    proc = subject.start()
    subject.lab.file("daemon.conf", "sandbox = false;\n")
    subject.ask("reload")
    assert re.search(r"sandbox.*(re)?start", proc.text()), proc.text()


@each(Tftpd)
def test_uploads(subject):
    subject.args_more = ["-c"]
    os.chown(subject.root, NOBODY.pw_uid, NOBODY.pw_gid)
    subject.start()
    with subject.ns.socket() as client:
        client.settimeout(30)
        client.sendto(b"\0\2up\0octet\0", ("127.0.0.1", 69))
        answer, peer = client.recvfrom(2000)
        assert answer == b"\0\4\0\0"
        client.sendto(b"\0\3\0\1data", peer)
        assert client.recvfrom(2000)[0] == b"\0\4\0\1"
    assert (subject.root / "up").read_bytes() == b"data"
