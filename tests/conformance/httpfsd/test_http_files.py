# SPDX-License-Identifier: BSD-2-Clause
"""Names and files: nothing outside the root is served, and what changes under way is never faked."""

import hashlib
import json
import os
import socket
import threading
import time

import pytest
from httplab import BIG, control, pattern, request

TRAVERSAL = [
    "/../outside.txt", "/../../../../../../etc/passwd", "/sub/../../outside.txt", "/..", "/../",
    "/%2e%2e/outside.txt", "/%2E%2E/outside.txt", "/.%2e/outside.txt", "/%2e./outside.txt",
    "/sub/%2e%2e/%2e%2e/outside.txt", "//../outside.txt", "/./../outside.txt",
    "/%2e%2e%2foutside.txt", "/..%2foutside.txt", "/..%2Foutside.txt", "/%2foutside.txt",
    "/hello.txt%00", "/%00", "/hello.txt%00.html", "/..%00/outside.txt",
    "/%", "/%2", "/%zz", "/hello%", "/%u002e%u002e/outside.txt",
]
NOT_THERE = [
    "/..%5coutside.txt", "/..\\outside.txt", "/%252e%252e/outside.txt", "/%252e%252e%252foutside.txt",
    "/%c0%ae%c0%ae/outside.txt", "/%c0%af../outside.txt", "/..%c0%afoutside.txt", "/..;/outside.txt",
    "/%uff0e%uff0e/x".replace("%u", "%25u"), "/" + "a" * 256, "/" + "%61" * 256, "/hello.txt/", "/hello.txt/x",
    "/nope", "/sub/nope", "/hello.txt.", "/HELLO.TXT",
]


@pytest.mark.parametrize("target", TRAVERSAL)
def test_traversal_is_a_bad_request(web, target):
    r = web.ask(target)
    assert r.status == 400 and b"secret" not in r.body and b"root:" not in r.body


@pytest.mark.parametrize("target", NOT_THERE)
def test_not_there(web, target):
    assert web.ask(target).status in ((403,) if target.startswith("/..") else (404,))


@pytest.mark.parametrize("target,body", [
    ("/hello.txt", b"hello\n"), ("//hello.txt", b"hello\n"), ("/./hello.txt", b"hello\n"),
    ("/sub/../hello.txt", b"hello\n"), ("/nope/../hello.txt", b"hello\n"), ("///sub//..///hello.txt", b"hello\n"),
    ("/%68ello.txt", b"hello\n"), ("/hello%2Etxt", b"hello\n"), ("/hello%2etxt?x", b"hello\n"),
    ("/hello.txt?../../x", b"hello\n"),
    ("/repo/a%2bb~1%5e2:3%253a.rpm", b"odd\n"), ("/repo/a+b%7e1^2%3A3%253a.rpm", b"odd\n"),
    ("/repo/sp%20ace.txt", b"space\n"), ("/repo/%C3%A4.txt", b"umlaut\n"), ("/repo/\xc3\xa4.txt", b"umlaut\n"),
])
def test_names_are_decoded_exactly_once(web, target, body):
    """dnf sends %2b and raw ~, apt %253a for a %3a in the name; GRUB does not encode at all."""
    r = web.ask(target)
    assert (r.status, r.body) == (200, body)


def test_plus_is_no_blank(web):
    assert web.ask("/repo/sp+ace.txt").status == 404


@pytest.mark.parametrize("target,status", [
    ("/.treeinfo", 200), ("/.secret", 403), ("/.git/config", 403), ("/.git/", 403), ("/%2esecret", 403)])
def test_dotfiles(web, target, status):
    assert web.ask(target).status == status


def test_path_and_line_limits(web):
    assert web.ask("/" + "d/" * 2500).status in (404, 414)
    assert web.ask("/" + "a" * 5000).status in (404, 414)
    assert web.ask("/" + "x" * 9000).status == 414
    assert web.still_serves()


# --- directories

@pytest.mark.parametrize("target,location", [
    ("/sub", "/sub/"), ("/sub?x=1&y=/2", "/sub/?x=1&y=/2"), ("//sub", "/sub/"), ("/list/a", "/list/a/"),
    ("/./sub", "/sub/"), ("/repo/../sub", "/sub/"), ("http://evil/sub", "/sub/"), ("/%73ub", "/sub/")])
def test_directory_redirect_is_by_path_only(web, target, location):
    """EDK2 and GRUB send Host without the port; and //host/ must never become a redirect to it."""
    r = web.ask(target)
    assert (r.status, r.get("Location")) == (301, location)


def test_redirect_encodes(own):
    own.file("a b%c/x", "x")
    own.file("n\nl/x", "x")
    web = own.start()
    assert web.ask("/a%20b%25c").get("Location") == "/a%20b%25c/"
    r = web.ask("/n%0Al")
    assert r.get("Location") == "/n%0Al/" and len(r.fields) == 4


def test_no_file_is_ever_redirected(web):
    for t in ("/EFI/BOOT/BOOTX64.EFI", "//EFI/BOOT/BOOTX64.EFI", "//EFI//BOOT/BOOTX64.EFI"):
        assert web.ask(t).status == 200


def test_index_file(web):
    r = web.ask("/sub/")
    assert (r.status, r.body, r.get("Content-Type")) == (200, b"<p>index</p>\n", "text/html")


# --- links and special files

def test_symlinks_beneath(own):
    own.fill()
    own.lab.file("outside.txt", "secret\n")
    os.symlink("hello.txt", own.root / "in")
    os.symlink("../outside.txt", own.root / "out")
    os.symlink("/etc/passwd", own.root / "abs")
    os.symlink("..", own.root / "up")
    os.symlink("loop", own.root / "loop")
    os.symlink("list", own.root / "dir")
    web = own.start()
    assert web.ask("/in").body == b"hello\n"
    assert web.ask("/dir/b.txt").body == b"b\n"
    for t in ("/out", "/abs", "/up/outside.txt", "/loop"):
        assert web.ask(t).status == 403, t
    # Whoever set the tree up must learn why, from the log and from the event.
    web.log_line(rf'refused "out" of {own.root}: a symbolic link leads out of the mount\'s directory; '
                 r'symlinks = "follow" would allow it')
    web.log_line(r'refused "loop" of .*: too many symbolic links, or a loop of them$')
    said = {e.get("file"): e.get("detail") for e in map(json.loads, control(own, "events"))}
    assert said["/out"] == "a symbolic link leads out of the mount's directory"
    assert said["/loop"] == "too many symbolic links, or a loop of them"
    listing = web.ask("/").body.decode()
    assert ">in<" in listing and ">dir/<" in listing
    assert not any(f">{n}<" in listing for n in ("out", "abs", "up", "loop"))


def test_symlinks_follow_and_none(own):
    own.fill()
    own.lab.file("outside.txt", "secret\n")
    os.symlink("hello.txt", own.root / "in")
    os.symlink("../outside.txt", own.root / "out")
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = "/follow"; dir = "{own.root}"; symlinks = "follow"; }},
                   {{ at = "/none"; dir = "{own.root}"; symlinks = "none"; }} );""")
    assert web.ask("/follow/out").body == b"secret\n"
    assert web.ask("/follow/in").body == b"hello\n"
    assert web.ask("/none/in").status == 403
    web.log_line(r'refused "none/in" of .*: a symbolic link, where symlinks is "none"$')
    assert web.ask("/none/hello.txt").status == 200
    assert b">in<" not in web.ask("/none/").body


def test_a_link_swapped_behind_an_open_file(own):
    """The descriptor cache must not keep serving, nor follow, a name that now leads out."""
    own.fill()
    own.lab.file("outside.txt", "secret\n")
    web = own.start()
    assert web.ask("/hello.txt").body == b"hello\n"
    os.unlink(own.root / "hello.txt")
    os.symlink("../outside.txt", own.root / "hello.txt")
    assert web.ask("/hello.txt").status == 403


def test_special_files_do_not_hang(own):
    own.fill()
    os.mkfifo(own.root / "fifo")
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(own.root / "sock"))
    if os.geteuid() == 0:
        os.mknod(own.root / "zero", 0o20666, os.makedev(1, 5))
    web = own.start()
    for name in ("fifo", "sock", "zero"):
        if (own.root / name).exists():
            assert web.ask("/" + name).status == 403, name
    assert b"fifo" not in web.ask("/").body
    s.close()


def test_unreadable(own):
    own.fill()
    os.chmod(own.root / "k.bin", 0)
    os.chmod(own.root / "list", 0o700)
    web = own.start("--user", "nobody")
    assert web.ask("/hello.txt").status == 200
    assert web.ask("/k.bin").status == 403
    assert web.ask("/list/b.txt").status == 403
    assert web.ask("/list/").status == 403


# --- files that change

def test_replaced_file_is_seen_at_once(own):
    path = own.file("f", "0")
    web = own.start()
    with web.connect() as c:
        for i in range(200):
            new = own.root / "f.new"
            new.write_text(str(i))
            os.rename(new, path)
            c.send(request("/f"))
            assert c.read_response().body == str(i).encode()


def test_rewritten_file_is_seen_at_once_also_with_its_old_date(own):
    path = own.file("f", "000")
    web = own.start()
    st = os.stat(path)
    with web.connect() as c:
        for i in range(200):
            with open(path, "r+") as f:
                f.write("%03d" % i)
            os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
            c.send(request("/f"))
            assert c.read_response().body == b"%03d" % i


def test_deleted_and_forbidden_are_seen_at_once(own):
    path = own.file("f", "x")
    web = own.start("--user", "nobody")
    with web.connect() as c:
        for _ in range(20):
            c.send(request("/f"))
            assert c.read_response().status == 200
            os.chmod(path, 0)
            c.send(request("/f"))
            assert c.read_response().status == 403
            os.unlink(path)
            c.send(request("/f"))
            assert c.read_response().status == 404
            own.file("f", "x")


def test_pipelined_request_after_a_change(own):
    """Each request of a pipeline is looked up anew."""
    path = own.file("f", "old")
    web = own.start()
    with web.connect() as c:
        c.send(request("/f") * 3)
        for _ in range(3):
            assert c.read_response().body == b"old"
        path.write_text("new")
        c.send(request("/f") * 3)
        for _ in range(3):
            assert c.read_response().body == b"new"


def slow_get(web, target):
    """A download that has begun, of a file larger than all socket buffers."""
    c = web.connect()
    c.send(request(target))
    c.sock.recv(1000)
    return c


def drain(c):
    total = 0
    try:
        while True:
            n = len(c.sock.recv(1 << 20))
            if n == 0:
                return total
            total += n
    except ConnectionResetError:
        return total


def test_truncated_file_closes_that_connection_only(own):
    """The missing bytes must not be made up."""
    size = 200 << 20
    path = own.root / "huge"
    with open(path, "wb") as f:
        f.truncate(size)
    own.file("hello.txt", "hello\n")
    web = own.start()
    c = slow_get(web, "/huge")
    other = web.connect()
    os.truncate(path, 1000)
    got = drain(c)
    assert got < size
    other.send(request("/hello.txt"))
    assert other.read_response().body == b"hello\n"
    web.log_line(r'"GET /huge HTTP/1.1" 200 \d+')


def test_growing_file_keeps_to_its_length(own):
    path = own.file("log", pattern(BIG))
    web = own.start()
    with web.connect() as c:
        c.send(request("/log"))
        c.sock.recv(100, socket.MSG_PEEK)
        with open(path, "ab") as f:
            f.write(b"more" * 100000)
        r = c.read_response()
        assert r.body == pattern(BIG)
        c.send(request("/log"))
        assert len(c.read_response().body) == BIG + 400000


def test_deleted_file_is_sent_to_its_end(own):
    path = own.root / "huge"
    with open(path, "wb") as f:
        f.truncate(100 << 20)
    web = own.start()
    c = slow_get(web, "/huge")
    os.unlink(path)
    c.sock.shutdown(socket.SHUT_WR)
    assert drain(c) > (100 << 20) - 1000


def test_replaced_under_load_is_old_or_new_never_mixed(own):
    """Downloads race with renames; each body's checksum is one of the versions'."""
    versions = [bytes([65 + i]) * 500_000 for i in range(8)]
    sums = {hashlib.sha256(v).hexdigest() for v in versions}
    path = own.file("f", versions[0])
    web = own.start()
    stop, bad, done = threading.Event(), [], []

    def load():
        while not stop.is_set():
            r = web.ask("/f")
            done.append(1)
            if r.status != 200 or hashlib.sha256(r.body).hexdigest() not in sums:
                bad.append(r)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for t in threads:
        t.start()
    end = time.monotonic() + 2
    i = 0
    while time.monotonic() < end:
        i += 1
        new = own.root / "f.new"
        new.write_bytes(versions[i % 8])
        os.rename(new, path)
    stop.set()
    for t in threads:
        t.join()
    assert not bad and len(done) > 20


def test_sparse_file_past_4_gib(own):
    """64-bit lengths and offsets, for images that are served whole."""
    path = own.root / "dvd.iso"
    size = (5 << 30) + 7
    with open(path, "wb") as f:
        f.truncate(size)
        f.seek(size - 7)
        f.write(b"the end")
    web = own.start()
    r = web.ask("/dvd.iso", fields={"Range": "bytes=-7"})
    assert (r.body, r.get("Content-Range")) == (b"the end", f"bytes {size - 7}-{size - 1}/{size}")
    with web.connect() as c:
        c.send(request("/dvd.iso", "HEAD"))
        assert c.read_response("HEAD").get("Content-Length") == str(size)


def evict(path):
    """Out of the page cache; false when some of it stays (tmpfs)."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def test_cold_files_are_read_off_the_loop(own):
    """What must come from a disk is read by a thread of the pool, and arrives whole."""
    own.fill()
    web = own.start(workers=1)
    for target in ("/big.bin", "/k.bin", "/hello.txt"):
        evict(own.root / target[1:])
        with web.connect() as c:
            c.send(request(target) + request(target, fields={"Range": "bytes=1-5"}) +
                   request(target, fields={"Range": "bytes=0-0,2-2"}))
            whole = c.read_response().body
            assert whole == (own.root / target[1:]).read_bytes()
            assert c.read_response().body == whole[1:6]
            assert c.read_response().status == 206
    cold = [line for line in control(own, "metrics") if line.startswith("httpfsd_cold_reads_total")]
    if cold == ["httpfsd_cold_reads_total 0"]:
        pytest.skip("this file system keeps everything in memory")


def test_no_descriptor_cache_serves_the_same(own):
    own.fill()
    web = own.start(config="limits: { open_files = 0; };")
    for _ in range(3):
        assert web.ask("/big.bin").body == pattern(BIG)
        assert web.still_serves()


def test_more_files_than_the_cache_holds(own):
    for i in range(300):
        own.file(f"n/{i}", str(i))
    web = own.start("--workers", "1", config="limits: { open_files = 32; };")
    for _ in range(2):
        with web.connect() as c:
            c.send("".join(request(f"/n/{i}") for i in range(300)))
            for i in range(300):
                assert c.read_response().body == str(i).encode()
    fds = os.listdir(f"/proc/{web.proc.pid}/fd")
    assert len(fds) < 80
