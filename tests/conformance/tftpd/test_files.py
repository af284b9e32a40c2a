# SPDX-License-Identifier: BSD-2-Clause
"""Which files are served, and what happens when they are odd, vanish, grow or do not fit."""

import os
import socket
import subprocess
import time

import pytest
from tftplab import BIG, DATA, ERROR, RRQ, WRQ, ServerError, ack, data

DENIED = (2, "Access denied")


@pytest.mark.parametrize("name", ["../etc/passwd", "/../etc/passwd", "a/../../etc/passwd",
                                  "..", "/..", "sub/../../x", "....//../etc/passwd"])
def test_traversal(server, name):
    server.file("sub/f")
    code, text = server.error_of(name)
    assert (code, text) == DENIED or code == 1
    assert server.last_event()["reason"] in ("bad-path", "not-found")


@pytest.mark.parametrize("name", ["..%2fetc%2fpasswd", "%2e%2e/etc/passwd", "..\\etc\\passwd"])
def test_nothing_is_decoded(server, name):
    assert server.error_of(name) == (1, "File not found")


def test_names_that_mean_the_same(server):
    body = server.file("dir/f", b"x")
    with server.client() as c:
        for name in ("dir/f", "/dir/f", "//dir//f", "./dir/./f", "dir/../dir/f"):
            assert c.get(name)[0] == body


def test_symlinks_stay_inside_as_in_a_chroot(server):
    body = server.file("dir/f", b"inside")
    (server.lab.dir / "secret").write_bytes(b"outside")
    os.symlink("dir/f", server.root / "relative")
    os.symlink("/dir/f", server.root / "absolute")
    os.symlink(server.lab.dir / "secret", server.root / "out")
    os.symlink("../" * 20 + str(server.lab.dir / "secret"), server.root / "up")
    os.symlink("loop", server.root / "loop")
    with server.client() as c:
        assert c.get("relative")[0] == body
        assert c.get("absolute")[0] == body
    assert server.error_of("out") == (1, "File not found")
    assert server.error_of("up") == (1, "File not found")
    assert server.error_of("loop")[0] != 1


def test_other_symlink_policies(servers):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; symlinks = "none";')
    server.root = root
    server.file("f", b"x")
    os.symlink("f", root / "link")
    assert server.error_of("link")[0] in (0, 2)
    with server.client() as c:
        assert c.get("f")[0] == b"x"


def test_fifo_device_socket_directory(server):
    """in.tftpd waits for ever at the first and serves the second without an end."""
    os.mkfifo(server.root / "fifo", 0o666)
    os.mknod(server.root / "zero", 0o666 | 0o020000, os.makedev(1, 5))
    os.chmod(server.root / "fifo", 0o666)
    (server.root / "dir").mkdir()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(server.root / "socket"))
    os.chmod(server.root / "socket", 0o666)
    body = server.file("f", b"still here")
    assert server.error_of("fifo") == DENIED
    assert server.error_of("zero") == DENIED
    assert server.error_of("socket")[0] in (0, 2)
    assert server.error_of("dir") == (0, "Is a directory")
    assert server.error_of("fifo", WRQ)[0] in (0, 2)
    assert server.error_of("zero", WRQ)[0] in (0, 2)
    assert server.error_of("dir", WRQ)[0] == 0
    with server.client() as c:
        assert c.get("f")[0] == body


def test_files_must_be_readable_by_the_world(servers):
    server = servers.start()
    server.file("private", b"x", 0o640)
    os.chown(server.root / "private", 65534, 65534)
    assert server.error_of("private") == (2, "File must have global read permissions")
    assert server.last_event()["reason"] == "forbidden"
    server.file("locked", b"x", 0o600)
    assert server.error_of("locked") == (0, "Permission denied")
    assert server.last_event(file="locked")["reason"] == "forbidden"


def test_permissive_leaves_it_to_the_system(servers):
    server = servers.start("-p", user="daemon")
    server.file("private", b"x", 0o600)
    assert server.error_of("private") == (0, "Permission denied")
    os.chown(server.root / "private", 1, 1)
    with server.client() as c:
        assert c.get("private")[0] == b"x"


def test_without_s_names_are_absolute_and_below_a_directory(servers):
    server = servers.start(secure=False)
    body = server.file("sub/f", b"x")
    evil = server.root.parent / (server.root.name + "-evil")
    evil.mkdir()
    (evil / "f").write_bytes(b"no")
    with server.client() as c:
        assert c.get(f"{server.root}/sub/f")[0] == body
    assert server.error_of("sub/f") == (2, "Only absolute filenames allowed")
    assert server.error_of("/etc/passwd") == (2, "Forbidden directory")
    assert server.error_of(f"{evil}/f") == (2, "Forbidden directory")
    assert server.error_of(f"{server.root}/../x") == (2, "Reverse path not allowed")


def test_a_file_that_vanishes_is_served_to_its_end(server):
    body = server.file("f")
    with server.client() as c:
        c.ask(RRQ, "f", blksize=1000)
        c.recv()
        os.unlink(server.root / "f")
        got, block = b"", 0
        while True:
            c.send(ack(block))
            p = c.recv()
            got += p.data
            block = p.block
            if len(p.data) < 1000:
                break
        c.send(ack(block))
    assert got == body


def test_a_file_that_grows_is_served_as_it_was(server):
    server.file("f", b"x" * 100_000)
    with server.client() as c:
        c.ask(RRQ, "f", tsize=0, blksize=60000)
        assert dict(c.recv().options)["tsize"] == "100000"
        with open(server.root / "f", "ab") as f:
            f.write(b"y" * 100_000)
        c.send(ack(0))
        assert c.recv().data == b"x" * 60000
        c.send(ack(1))
        assert c.recv().data == b"x" * 40000
        c.send(ack(2))


def test_a_file_that_shrinks_ends_in_an_error(server):
    server.file("f", b"x" * 10_000_000)
    with server.client() as c:
        c.ask(RRQ, "f", blksize=60000)
        c.recv()
        os.truncate(server.root / "f", 10)
        block, p = 0, None
        for _ in range(200):
            c.send(ack(block))
            p = c.recv()
            if p.op == ERROR:
                break
            block = p.block
        assert p.op == ERROR
    assert server.last_event()["reason"] == "file-changed"


def test_a_replaced_file_is_seen_by_the_next_reader(server):
    server.file("f", b"old" * 1000)
    with server.client() as c, server.client() as d:
        c.ask(RRQ, "f")
        c.recv()
        new = server.file("g", b"new" * 1000)
        os.rename(server.root / "g", server.root / "f")
        assert d.get("f")[0] == new
        c.send(ack(1))
        assert c.recv().data[:3] in (b"old", b"ldo", b"dol")


def test_an_upload_appears_whole_or_not_at_all(server):
    server.file("f", b"old content", 0o666)
    os.chown(server.root / "f", 65534, 65534)
    with server.client() as c, server.client() as reader:
        c.ask(WRQ, "f")
        c.recv()
        c.send(data(1, b"n" * 512))
        assert c.recv().block == 1
        assert reader.get("f")[0] == b"old content"
        c.send(data(2, b"end"))
        assert c.recv().block == 2
        assert reader.get("f")[0] == b"n" * 512 + b"end"
    assert [p.name for p in server.root.iterdir()] == ["f"]
    assert (server.root / "f").stat().st_mode & 0o7777 == 0o666


def test_an_upload_that_dies_leaves_nothing(servers):
    server = servers.start("-c", "-p", "-T", "50000")
    with server.client() as c:
        c.ask(WRQ, "up")
        c.recv()
        c.send(data(1, b"n" * 512))
        assert c.recv().block == 1
    assert server.last_event()["reason"] in ("timeout", "client-abort")
    assert list(server.root.iterdir()) == []


def test_a_file_of_somebody_else_is_rewritten_in_place(server):
    server.file("f", b"old content", 0o666)
    inode = (server.root / "f").stat().st_ino
    with server.client() as c:
        c.put("f", b"new")
    assert (server.root / "f").read_bytes() == b"new"
    st = (server.root / "f").stat()
    assert (st.st_ino, st.st_uid) == (inode, 0)


def test_two_uploads_in_place_do_not_mix(server):
    server.file("f", b"old content", 0o666)
    with server.client() as c, server.client() as d:
        c.ask(WRQ, "f")
        c.recv()
        d.ask(WRQ, "f")
        p = d.recv()
        assert p.op == ERROR and p.text == "File is being written"
        c.send(data(1, b"mine"))
        c.recv()
    assert (server.root / "f").read_bytes() == b"mine"


def test_uploads_follow_no_symlink(server):
    outside = server.lab.dir / "outside"
    outside.write_bytes(b"safe")
    os.chmod(outside, 0o666)
    os.symlink(outside, server.root / "link")
    assert server.error_of("link", WRQ)[0] in (0, 2)
    assert outside.read_bytes() == b"safe"


def test_a_full_disk_is_told_before_the_last_ack(servers):
    root = servers.lab.dir / "small"
    root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "small", root], check=True)
    servers.lab.cleanups.append(lambda: subprocess.run(["umount", "-l", root], check=True))
    server = servers.start("-c", "-p", root=root)
    with server.client() as c:
        with pytest.raises(ServerError) as e:
            c.put("up", b"x" * 200_000, blksize=8000)
        assert (e.value.code, e.value.text) == (3, "Disk full or allocation exceeded")
        assert list(root.iterdir()) == []
        c.put("small", b"x" * 1000)
    assert server.last_event(file="up")["reason"] == "disk-full"


def test_uploads_that_may_not_overwrite(servers):
    root = servers.root()
    server = servers.start(root=root, config=f'root = "{root}"; create = true; overwrite = false;')
    server.file("old", b"old", mode=0o666)
    assert server.error_of("old", WRQ) == (6, "File already exists")
    assert (root / "old").read_bytes() == b"old"
    with server.client() as c:
        c.put("new", b"new")
    assert server.error_of("new", WRQ) == (6, "File already exists")
    assert (root / "new").read_bytes() == b"new"


def test_umask(servers):
    server = servers.start("-c", "-p", "-U", "027")
    with server.client() as c:
        c.put("up", b"x")
    assert (server.root / "up").stat().st_mode & 0o7777 == 0o640
    server = servers.start("-c", port=6970)
    with server.client() as c:
        c.put("up", b"x")
    assert (server.root / "up").stat().st_mode & 0o7777 == 0o666


def test_uploads_run_as_the_user_we_became(servers):
    server = servers.start("-c", user="daemon")
    with server.client() as c:
        c.put("up", b"x")
    assert (server.root / "up").stat().st_uid == 1


def test_many_readers_share_one_descriptor(server):
    body = server.file("f")
    clients = [server.client() for _ in range(40)]
    for c in clients:
        c.ask(RRQ, "f")
        assert c.recv().op == DATA
    fds = [os.readlink(f"/proc/{server.proc.pid}/fd/{fd}")
           for fd in os.listdir(f"/proc/{server.proc.pid}/fd")]
    assert 1 <= fds.count(str(server.root / "f")) <= os.cpu_count()
    for c in clients:
        c.send(ack(1))
        assert c.recv().data == body[512:1024]
        c.sock.close()


def test_more_files_than_the_cache_holds(servers):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; cache = "1M"; workers = 1;')
    server.root = root
    bodies = {f"f{i}": server.file(f"f{i}") for i in range(8)}
    with server.client() as c:
        for name, body in bodies.items():
            assert c.get(name, blksize=8000, windowsize=8)[0] == body
    gauge = server.ask_control("stats")[0]["counters"]["tftpd_cache_memory"]
    assert gauge <= 1 << 20
    assert BIG * 8 > 1 << 20


def test_one_root_for_each_subnet(servers):
    a, b = servers.lab.dir / "a", servers.lab.dir / "b"
    for d in (a, b):
        d.mkdir()
        (d / "f").write_text(d.name)
    server = servers.start(host="*", config=f'''
        roots = ( {{ path = "{a}"; subnet = "192.0.2.0/24"; }},
                  {{ path = "{b}"; interface = "lo"; }} );''')
    with server.client(to="192.0.2.1") as c:
        c.sock.bind(("192.0.2.2", 0))
        assert c.get("f")[0] == b"a"
    with server.client(to="127.0.0.1") as c:
        assert c.get("/f")[0] == b"b"


def test_overlays(servers):
    root = servers.root()
    server = servers.start(host="*", config=f'''
        root = "{root}"; overlay = [ "hosts/${{mac}}", "hosts/${{ip}}", "hosts/${{iphex}}" ];''')
    server.root = root
    server.file("f", b"common")
    server.file("g", b"common")
    server.file("hosts/192.0.2.2/f", b"of 192.0.2.2")
    server.file("hosts/C0000202/g", b"of C0000202")
    server.file("hosts/127.0.0.1/f", b"of 127.0.0.1")
    for source, name, want in [("192.0.2.2", "f", b"of 192.0.2.2"), ("192.0.2.1", "f", b"common"),
                               ("192.0.2.2", "g", b"of C0000202"),
                               ("127.0.0.1", "f", b"of 127.0.0.1")]:
        with server.client(to=source) as c:
            c.sock.bind((source, 0))
            assert c.get(name)[0] == want


def test_overlays_by_mac(servers):
    far = servers.lab.netns("far")
    servers.lab.veth(servers.ns, "eth0", far, "eth0")
    servers.ns.addr("eth0", "198.51.100.1/24")
    far.addr("eth0", "198.51.100.2/24")
    root = servers.root()
    server = servers.start(host="198.51.100.1", config=f'''
        root = "{root}"; overlay = "hosts/${{mac}}";''')
    server.root = root
    server.file("f", b"common")
    server.file(f"hosts/{far.mac('eth0').replace(':', '-')}/f", b"yours")
    server.ns = far
    with server.client() as c:
        assert c.get("f")[0] == b"yours"


UUID = "4c4c4544-0042-4810-8053-b4c04f564231"


def test_overlays_by_uuid(servers):
    """A machine says its UUID by the first file that pxelinux asks for; port and worker change."""
    root = servers.root()
    server = servers.start(host="*", config=f'''
        root = "{root}"; workers = 4; overlay = [ "hosts/${{uuid}}", "hosts/${{mac}}" ];''')
    server.root = root
    server.file("f", b"common")
    server.file("g", b"common")
    server.file(f"hosts/{UUID}/f", b"of the uuid")
    server.file(f"hosts/{UUID}/pxelinux.cfg/{UUID.upper()}", b"menu")
    server.file("hosts/52-54-00-12-34-56/g", b"of the mac")

    def get(source, name):
        with server.client(to=source) as c:
            c.sock.bind((source, 0))
            return c.get(name)[0]

    assert get("192.0.2.2", "f") == b"common", "nothing is known yet"
    assert get("192.0.2.2", f"/pxelinux.cfg/{UUID.upper()}") == b"menu"
    with server.client(to="192.0.2.2") as c:
        c.sock.bind(("192.0.2.2", 0))
        c.ask(RRQ, "grub/grub.cfg-01-52-54-00-12-34-56")
        assert c.recv().code == 1, "a name that is not there tells as much"
    for _ in range(8):
        assert get("192.0.2.2", "f") == b"of the uuid"
        assert get("192.0.2.2", "g") == b"of the mac"
    assert get("192.0.2.1", "f") == b"common", "another address is another machine"
    with server.client(to="192.0.2.2") as c:
        c.sock.bind(("192.0.2.2", 0))
        c.ask(RRQ, f"pxelinux.cfg/{UUID[:-1]}2")
        assert c.recv().code == 1
    assert get("192.0.2.2", "f") == b"common", "another machine has this address now"
    assert get("192.0.2.2", "g") == b"common", "and what the first one said is not true of it"


def test_names_read_another_way_only_when_switched_on(servers):
    off = servers.start()
    off.file("Boot/BCD", b"bcd")
    assert off.error_of("\\Boot\\BCD") == (1, "File not found")
    assert off.error_of("boot/bcd") == (1, "File not found")
    on = servers.start(port=6970, config=f'''
        root = "{off.root}"; backslash = true; case_fold = true; trim = true;''')
    off.file("exact", b"exact")
    off.file("EXACT", b"other")
    with on.client() as c:
        for name in ("\\Boot\\BCD", "C:\\boot\\bcd", "boot/bcd", "/BOOT//BCD", b"Boot/BCD\xff\x01"):
            assert c.get(name)[0] == b"bcd", name
        assert c.get("exact")[0] == b"exact"
        assert c.get("EXACT")[0] == b"other"
    assert on.error_of("\\Boot\\..\\..\\etc\\passwd")[0] in (1, 2)


def test_near_misses_are_named(server):
    server.file("pxelinux.0", b"x")
    assert server.error_of("pxelinx.0")[0] == 1
    server.proc.wait_log(r"RRQ failed \S+ filename pxelinx.0: File not found "
                         r"\(did you mean pxelinux.0\?\)")
    assert server.last_event()["detail"] == "did you mean pxelinux.0?"
    server.error_of("nothing/like/it")
    assert "detail" not in server.last_event(file="nothing/like/it"), "the reason says it"


def test_control_bytes_never_reach_the_log(server):
    server.error_of(b"evil\n\x1b[31mname\x80")
    server.proc.wait_log(r"RRQ from 127.0.0.1 filename evil\\x0a\\x1b\[31mname\\x80$")
    assert "\x1b" not in server.proc.text()
    time.sleep(0.1)
    assert server.last_event()["reason"] == "not-found"
