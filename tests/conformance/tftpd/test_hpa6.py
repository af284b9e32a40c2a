# SPDX-License-Identifier: BSD-2-Clause
"""Flags of tftp-hpa 6, as its manual page has them."""

import pytest
from tftplab import DATA, OACK, RRQ, WRQ


@pytest.mark.parametrize("flags", [["--reject-all"], ["--refuse-all"]])
def test_refuse_all(servers, flags):
    """Requests with options go straight to the data, without an OACK."""
    server = servers.start("-c", *flags)
    body = server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1024, tsize=0, windowsize=4)
        p = c.recv()
        assert (p.op, p.block, len(p.data)) == (DATA, 1, 512)
    with server.client() as c:
        assert c.get("f", blksize=1024) == (body, {})
        assert c.put("new", body[:1000], blksize=1024) == {}


def test_reject_is_refuse(servers):
    server = servers.start("--reject", "blksize")
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1024, tsize=0)
        assert c.recv().options == [("tsize", "300007")]


@pytest.mark.parametrize("flags", [["--read-only"], ["--ro"], ["--max-upload", "0"],
                                   ["--max-size=0"]])
def test_read_only(servers, flags):
    """All write requests are denied at once, whatever the permissions are."""
    server = servers.start("-c", "-p", *flags)
    body = server.file("f", b"old", mode=0o666)
    for name in ("f", "new"):
        assert server.error_of(name, WRQ) == (2, "Access denied")
    assert server.last_event(stage="tftp-write")["reason"] == "forbidden"
    assert not (server.root / "new").exists()
    with server.client() as c:
        assert c.get("f")[0] == body == (server.root / "f").read_bytes()


@pytest.mark.parametrize("flag", ["-j", "--jail"])
def test_jail(servers, flag):
    """The one directory is the clients' root; absolute links resolve inside, nothing leads out."""
    root = servers.root()
    server = servers.start(flag, root, root=root, directory=False)
    body = server.file("f")
    (root / "in").symlink_to("/f")
    (root / "out").symlink_to("/../../../../../etc/passwd")
    with server.client() as c:
        assert c.get("f")[0] == c.get("/f")[0] == c.get("in")[0] == body
    assert server.error_of("out") == (1, "File not found")
    status, last = servers.fails("-L", "-j", root, "/tmp")
    assert status == 1 and "too many -s directories" in last


def test_path_prefix(servers):
    """In front of the path after the checks: clients and the list of directories do not see it."""
    root = servers.root()
    (root / "pub").mkdir()
    server = servers.start("--path-prefix", str(root) + "/", "/pub", root=root, directory=False)
    body = server.file("pub/f")
    server.file("other/f")
    with server.client() as c:
        assert c.get("/pub/f")[0] == body
    assert server.error_of("/other/f") == (2, "Forbidden directory")
    assert server.error_of(f"{root}/pub/f") == (2, "Forbidden directory")


def test_path_prefix_without_directories(servers):
    root = servers.root()
    server = servers.start("--path-prefix", root, root=root, directory=False)
    body = server.file("pub/f")
    with server.client() as c:
        assert c.get("/pub/f")[0] == body
    assert server.error_of("/etc/passwd") == (1, "File not found")


def test_path_prefix_of_a_root(servers):
    """--path-prefix /var/lib --secure /tftpboot is exactly --secure /var/lib/tftpboot."""
    root = servers.root()
    (root / "tftpboot").mkdir()
    server = servers.start("--path-prefix", root, "-s", "/tftpboot", root=root, directory=False)
    body = server.file("tftpboot/f")
    with server.client() as c:
        assert c.get("f")[0] == body
    status, last = servers.fails("-L", "--path-prefix", root / "none", "-s", "/tftpboot")
    assert status == 1 and f"cannot open directory {root}/none/tftpboot" in last


@pytest.mark.parametrize("name,text", [
    ("f", "Only absolute filenames allowed"), ("/./f", "Invalid pathname specified"),
    ("/a/../f", "Invalid pathname specified"), (b"/f\x07", "Invalid pathname specified")])
def test_validate(servers, name, text):
    server = servers.start("--validate")
    server.file("f")
    assert server.error_of(name) == (2, text)
    with server.client() as c:
        c.get("//f")


@pytest.mark.parametrize("flag,names", [
    ("--normalize", ["d/f", "//d//f", "/d/./f", "/x/../d/f", "../d/f", "/d/f"]),
    ("--normalize=path", ["../../d/f"]),
    ("--normalize=root", ["d/f", "/d/f"])])
def test_normalize(servers, flag, names):
    """After the map rules; with it relative names pass where only absolute ones would."""
    root = servers.root()
    server = servers.start(flag, "--path-prefix", root, root=root, directory=False)
    body = server.file("d/f")
    for name in names:
        with server.client() as c:
            assert c.get(name)[0] == body, name
    if flag.endswith("root"):
        assert server.error_of("/x/../d/f") == (2, "Reverse path not allowed")


def test_blocksize_mtu_with_slack(servers):
    server = servers.start("-B", "mtu-100")
    server.file("f")
    server.ns.ip("link", "set", "lo", "mtu", "1500")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=9000)
        p = c.recv()
        assert p.op == OACK and p.options == [("blksize", str(1500 - 100 - 32))]


@pytest.mark.parametrize("flags,ports", [
    (["-S", "6901"], {6901}), (["--port", "6901", "-a", "127.0.0.1", "-a", "127.0.0.2:6902"],
                               {6901, 6902}), (["-a", ":6903", "--service", "6901"], {6903})])
def test_service(servers, flags, ports):
    """The port of the addresses that name none."""
    root = servers.root()
    proc = servers.lab.daemon("tftpd", "-L", "-4", *flags, "-s", root, ns=servers.ns)
    proc.wait_log(r"tftpd \S+, \d+ workers?, serving")
    assert servers.ns.ports("udp") == ports


def test_cookie(server):
    """An arbitrary string, echoed."""
    server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", cookie="a1 b2,c3", blksize=1024)
        assert c.recv().options == [("cookie", "a1 b2,c3"), ("blksize", "1024")]
        c.ask(RRQ, "f", cookie="x" * 256)
        assert c.recv().op == DATA


def test_wrong_values(servers):
    for flags, words in ([["--normalize=most"], "normalize"], [["-B", "mtu-x"], "-B"],
                         [["-B", "mtux"], "-B"]):
        status, last = servers.fails("-L", *flags, "-s", "/tmp")
        assert status == 1 and words in last, last
