# SPDX-License-Identifier: BSD-2-Clause
"""Real clients: tftp-hpa, atftp, curl, busybox."""

import pytest
from lab import stock
from tftplab import BIG


def fetch(client, server, name, out):
    """argv of a client that reads name into out."""
    port = str(server.port)
    return {
        "tftp-hpa": ["tftp", "-m", "binary", server.host, port, "-c", "get", name, out],
        "tftp-hpa-netascii": ["tftp", server.host, port, "-c", "get", name, out],
        "atftp": ["atftp", "-g", "-r", name, "-l", out, server.host, port],
        "atftp-window": ["atftp", "--option", "blksize 1428", "--option", "windowsize 16", "-g",
                         "-r", name, "-l", out, server.host, port],
        "curl": ["curl", "-sS", "-o", out, f"tftp://{server.host}:{port}/{name}"],
        "curl-blksize": ["curl", "-sS", "--tftp-blksize", "8192", "-o", out,
                         f"tftp://{server.host}:{port}/{name}"],
        "busybox": ["busybox", "tftp", "-g", "-r", name, "-l", out, server.host, port],
        "busybox-blksize": ["busybox", "tftp", "-b", "1468", "-g", "-r", name, "-l", out,
                            server.host, port],
    }[client]


def store(client, server, path, name):
    port = str(server.port)
    return {
        "tftp-hpa": ["tftp", "-m", "binary", server.host, port, "-c", "put", path, name],
        "atftp": ["atftp", "--option", "blksize 1000", "--option", "windowsize 8", "-p", "-l",
                  path, "-r", name, server.host, port],
        "curl": ["curl", "-sS", "-T", path, f"tftp://{server.host}:{port}/{name}"],
        "busybox": ["busybox", "tftp", "-p", "-l", path, "-r", name, server.host, port],
    }[client]


@pytest.mark.parametrize("client", ["tftp-hpa", "atftp", "atftp-window", "curl", "curl-blksize",
                                    "busybox", "busybox-blksize"])
def test_read(server, client):
    body = server.file("boot/f")
    out = server.lab.dir / "out"
    argv = fetch(client, server, "boot/f", out)
    stock(argv[0])
    server.ns.run(*argv)
    assert out.read_bytes() == body
    event = server.last_event(stage="tftp-read")
    assert (event["reason"], event["bytes"]) == ("ok", BIG)
    if client == "atftp-window":
        assert (event["blksize"], event["windowsize"]) == (1428, 16)


def test_read_netascii(server):
    body = server.file("text", b"one\ntwo\n" * 1000)
    out = server.lab.dir / "out"
    server.ns.run(*fetch("tftp-hpa-netascii", server, "text", out))
    assert out.read_bytes() == body


@pytest.mark.parametrize("client", ["tftp-hpa", "atftp", "curl", "busybox"])
def test_write(server, client):
    body = server.file("model")
    argv = store(client, server, server.root / "model", "up")
    stock(argv[0])
    server.ns.run(*argv)
    assert (server.root / "up").read_bytes() == body


@pytest.mark.parametrize("client", ["tftp-hpa", "curl", "busybox"])
def test_not_found(server, client):
    out = server.lab.dir / "out"
    done = server.ns.run(*fetch(client, server, "nothing", out), check=False)
    assert "not found" in (done.stdout + done.stderr).lower() or done.returncode != 0
    assert server.last_event()["reason"] == "not-found"


def test_ipv6(servers):
    server = servers.start(host="2001:db8::1")
    body = server.file("f")
    out = server.lab.dir / "out"
    server.ns.run("curl", "-sS", "-g", "-o", out, f"tftp://[2001:db8::1]:{server.port}/f")
    assert out.read_bytes() == body
