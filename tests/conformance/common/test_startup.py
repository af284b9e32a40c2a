# SPDX-License-Identifier: BSD-2-Clause
"""test_startup.py -- what every daemon does the same way: start, fail to start, reload, stop.

One table of daemons, one test a promise. A start that fails ends with status 1, its last line says
what and where, and nothing is left behind; a good one tells systemd, lives as an ordinary user and
goes without a trace.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[2] / "lib"), str(Path(__file__).parent)]

from lab import program, wait_for  # noqa: E402
from subjects import ALL, FILES, GONE, NOBODY, PACKETS, Dhcpd, Httpfsd, Tftpd, each  # noqa: E402


def dead_pid():
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


# ---- starts that fail ----

@each(*ALL)
def test_broken_configuration_has_its_line(subject):
    subject.write_conf(good=False)
    assert f"{subject.conf}:3" in subject.fails()
    subject.left_nothing()
    assert subject.notify.sock.recv(4096).decode().startswith("ERRNO=")


@each(*ALL)
def test_busy_port(subject):
    kind = socket.SOCK_DGRAM if subject.proto == "udp" else socket.SOCK_STREAM
    with subject.ns.socket(kind=kind) as other:
        other.bind(("0.0.0.0", subject.port))
        if subject.proto == "tcp":
            other.listen()
        last = subject.fails()
    assert "ddress already in use" in last
    assert re.search(rf"\b{subject.port}\b", last), last
    subject.left_nothing()


@each(*PACKETS)
def test_missing_interface(subject):
    assert GONE in subject.fails(interface=GONE)
    subject.left_nothing()


@each(*FILES)
def test_address_of_somebody_else(subject):
    assert "203.0.113.5" in subject.fails(address="203.0.113.5")
    subject.left_nothing()


@each(*FILES)
@pytest.mark.parametrize("kind", ["missing", "a file", "locked"])
def test_unreadable_root(subject, kind):
    root = subject.lab.dir / "other"
    if kind == "locked":
        root.mkdir(0o700)
    elif kind == "a file":
        root.touch()
    assert str(root) in subject.fails(root=root)
    subject.left_nothing()


@each(Dhcpd)
@pytest.mark.parametrize("kind", ["no folder", "a folder"])
def test_unreadable_lease_file(subject, kind):
    leases = subject.lab.dir / "nowhere" / "dhcpd.leases"
    if kind == "a folder":
        leases.mkdir(parents=True)
    assert str(leases) in subject.fails(leases=leases)
    subject.left_nothing()


@each(*ALL)
def test_control_socket_of_a_live_process(subject):
    subject.control.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(subject.control))
        other.listen()
        before = subject.control.stat().st_ino
        last = subject.fails()
        assert str(subject.control) in last, last
        assert subject.control.stat().st_ino == before
    assert not subject.pid_file.exists() or subject.pid_file.read_text() == ""


@each(*ALL)
def test_pid_file_of_a_live_process(subject):
    subject.pid_file.write_text(f"{os.getpid()}\n")
    last = subject.fails()
    assert str(subject.pid_file) in last, last
    assert subject.pid_file.read_text() == f"{os.getpid()}\n"
    assert not subject.control.exists()


# ---- starts that succeed ----

@each(*ALL)
def test_systemd_is_told(subject):
    proc = subject.start()
    assert subject.notify.value("MAINPID") == str(proc.pid)
    assert subject.notify.value("STATUS")
    proc.signal(signal.SIGTERM)
    subject.notify.wait("STOPPING=1", proc)
    assert proc.wait() == 0


@each(*ALL)
@pytest.mark.parametrize("text", ["{dead}\n", "rubbish", ""])
def test_what_a_crash_left_is_replaced(subject, text):
    subject.control.parent.mkdir(parents=True)
    os.chown(subject.control.parent, NOBODY.pw_uid, NOBODY.pw_gid)
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(subject.control))
    subject.pid_file.write_text(text.format(dead=dead_pid()))
    proc = subject.start()
    assert subject.pid_file.read_text() == f"{proc.pid}\n"
    assert subject.ask("stats")[0]["pid"] == proc.pid


@each(*ALL)
def test_runs_with_what_it_needs_and_no_more(subject):
    proc = subject.start()
    wait_for(lambda: subject.ask("stats"), 30, "an answer")
    threads = list(Path(f"/proc/{proc.pid}/task").iterdir())
    for thread in threads:
        status = (thread / "status").read_text()
        field = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(field["Uid"].split()) == {str(NOBODY.pw_uid)}, status
        assert set(field["Gid"].split()) == {str(NOBODY.pw_gid)}, status
        assert set(field["Groups"].split()) <= {str(NOBODY.pw_gid)}, status
        caps = {name: int(field[f"Cap{name}"], 16) for name in ("Prm", "Eff", "Inh", "Bnd", "Amb")}
        assert caps["Prm"] == caps["Eff"] == subject.keeps, status
        assert caps["Inh"] == caps["Bnd"] == caps["Amb"] == 0, status
        assert field["NoNewPrivs"] == "1", status


@each(*ALL)
def test_control_socket_is_for_its_user(subject):
    subject.start()
    st = subject.control.stat()
    assert (st.st_uid, st.st_mode & 0o777) == (NOBODY.pw_uid, 0o600)


@each(*ALL)
def test_started_without_standard_descriptors(subject):
    """No socket and no lease file may end up being descriptor 2, where log lines go."""
    proc = subject.lab.spawn(
        subject.name, "sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh", program(subject.name),
        "--control", subject.control, *subject.args(), ns=subject.ns,
        env={"NOTIFY_SOCKET": str(subject.notify.path)})
    subject.notify.wait("READY=1", proc)
    for fd in range(3):
        assert os.readlink(f"/proc/{proc.pid}/fd/{fd}") == "/dev/null"


# ---- reload and stop ----

@each(*ALL)
def test_sighup_with_a_broken_file_changes_nothing(subject):
    proc = subject.start()
    subject.write_conf(good=False)
    proc.signal(signal.SIGHUP)
    proc.wait_log(re.escape(f"{subject.conf}:3"))
    assert subject.ask("stats")[0]["pid"] == proc.pid
    assert subject.port in subject.ns.ports(subject.proto)
    last = subject.service_events()[-1]
    assert last["reason"] == "reload-failed" and f"{subject.conf}:3" in json.dumps(last), last
    error = subject.ask("reload")[-1]["error"]
    assert f"{subject.conf}:3" in error
    subject.write_conf()
    proc.signal(signal.SIGHUP)
    wait_for(lambda: subject.service_events()[-1]["reason"] == "reloaded", 30, "the reload")
    assert proc.stop() == 0


@each(*ALL)
def test_systemd_is_told_of_a_reload(subject):
    proc = subject.start()
    subject.notify.seen.clear()
    proc.signal(signal.SIGHUP)
    subject.notify.wait("RELOADING=1", proc)
    assert int(subject.notify.value("MONOTONIC_USEC")) <= time.monotonic_ns() // 1000
    subject.notify.wait("READY=1", proc)


@each(*ALL)
def test_sigterm_leaves_nothing(subject):
    proc = subject.start()
    assert subject.pid_file.read_text() == f"{proc.pid}\n"
    assert subject.control.exists()
    proc.signal(signal.SIGTERM)
    assert proc.wait() == 0
    assert "Sanitizer" not in proc.text(), proc.text()
    subject.left_nothing()


@each(*ALL)
def test_pid_file_in_a_folder_of_its_own_goes(subject):
    subject.pid_file = subject.lab.dir / "own" / "daemon.pid"
    subject.pid_file.parent.mkdir()
    os.chown(subject.pid_file.parent, NOBODY.pw_uid, NOBODY.pw_gid)
    proc = subject.start()
    proc.signal(signal.SIGTERM)
    assert proc.wait() == 0
    subject.left_nothing()


@each(*ALL)
def test_a_second_one_does_not_disturb_the_first(subject):
    first = subject.start()
    subject.fails()
    assert subject.pid_file.read_text() == f"{first.pid}\n"
    assert subject.ask("stats")[0]["pid"] == first.pid


# ---- sockets from others ----

def activated(subject, sock, *args):
    """Start with sock as descriptor 3, as systemd does it."""
    script = f'exec 3<&{sock.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
    proc = subject.lab.spawn(subject.name, "bash", "-c", script, "bash", program(subject.name),
                             "--control", subject.control, *args, ns=subject.ns,
                             pass_fds=(sock.fileno(),),
                             env={"NOTIFY_SOCKET": str(subject.notify.path)})
    subject.notify.wait("READY=1", proc)
    return proc


def fetch_tftp(ns, port):
    with ns.socket() as client:
        client.settimeout(30)
        client.sendto(b"\0\1f\0octet\0", ("127.0.0.1", port))
        data, peer = client.recvfrom(2000)
        client.sendto(b"\0\4\0\1", peer)
        return data


@each(Tftpd)
def test_socket_activation_of_tftpd(subject):
    with subject.ns.socket() as sock:
        sock.bind(("127.0.0.1", 1069))
        proc = activated(subject, sock, "--systemd", "-u", "nobody", "-s", subject.root)
        assert fetch_tftp(subject.ns, 1069) == b"\0\3\0\1hello\n"
        assert subject.ns.ports("udp") & {69, 1069} == {1069}
        assert proc.stop() == 0


@each(Httpfsd)
def test_socket_activation_of_httpfsd(subject):
    with subject.ns.socket(kind=socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 1080))
        sock.listen()
        proc = activated(subject, sock, "--user", "nobody", "--root", subject.root)
        with subject.ns.socket(kind=socket.SOCK_STREAM) as client:
            client.settimeout(30)
            client.connect(("127.0.0.1", 1080))
            client.sendall(b"GET /f HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\nhello\n")
        assert subject.ns.ports("tcp") == {1080}
        assert proc.stop() == 0


@each(Tftpd)
def test_inetd_wait_of_tftpd(subject):
    """The first datagram waits in descriptor 0; when idle the daemon ends and inetd listens."""
    with subject.ns.socket() as sock, subject.ns.socket() as client:
        sock.bind(("127.0.0.1", 69))
        client.settimeout(30)
        client.sendto(b"\0\1f\0octet\0", ("127.0.0.1", 69))
        proc = subject.lab.spawn("tftpd", program("tftpd"), "--control", "", "-u", "nobody", "-t",
                                 "1", "-s", subject.root, ns=subject.ns, stdin=sock)
        data, peer = client.recvfrom(2000)
        client.sendto(b"\0\4\0\1", peer)
        assert data == b"\0\3\0\1hello\n" and peer[1] != 69
        assert proc.wait() == 0
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            sock.recv(2000)
