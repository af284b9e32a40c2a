# SPDX-License-Identifier: BSD-2-Clause
"""RFC 9110, semantics: methods, validators, preconditions, ranges, and heads boot loaders can read."""

import email.utils
import os
import re
import time

import pytest
from httplab import BIG, DATE, pattern, request

K = pattern(1000)


def http_date(t):
    return email.utils.formatdate(t, usegmt=True)


@pytest.fixture(scope="module")
def validators(web):
    r = web.ask("/k.bin")
    return r.get("ETag"), r.get("Last-Modified"), email.utils.parsedate_to_datetime(
        r.get("Last-Modified")).timestamp()


def test_head_order_for_boot_loaders(web):
    """GRUB loses the line behind the status line of some answers: never Content-Length."""
    for target, fields in (("/hello.txt", {}), ("/nope", {}), ("/list/", {}), ("/sub", {}),
                           ("/k.bin", {"Range": "bytes=0-9"}), ("/k.bin", {"Range": "bytes=0-0,5-6"}),
                           ("/k.bin", {"Range": "bytes=5000-"})):
        r = web.ask(target, fields=fields)
        names = [n for n, _ in r.fields]
        assert names[0] == "Server" and names[1] == "Date"
        assert re.fullmatch(DATE, r.get("Date"))


def test_6_6_1_date_is_now(web):
    r = web.ask("/hello.txt")
    assert abs(email.utils.parsedate_to_datetime(r.get("Date")).timestamp() - time.time()) < 3


def test_8_8_last_modified_and_etag(web):
    r = web.ask("/hello.txt")
    st = os.stat(web.root / "hello.txt")
    assert r.get("Last-Modified") == http_date(int(st.st_mtime))
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"', r.get("ETag"))
    assert r.get("Accept-Ranges") == "bytes"


def test_8_8_2_1_last_modified_is_never_in_the_future(own):
    own.file("soon.txt", "x", age_s=-5000)
    r = own.start().ask("/soon.txt")
    assert email.utils.parsedate_to_datetime(r.get("Last-Modified")).timestamp() <= time.time()


def test_8_8_3_etag_changes_within_a_second(own):
    path = own.file("f.txt", "one")
    web = own.start()
    tags = set()
    for i in range(20):
        path.write_text("%03d" % i)
        r = web.ask("/f.txt")
        assert r.body == b"%03d" % i
        tags.add(r.get("ETag"))
        time.sleep(0.02)
    assert len(tags) == 20


@pytest.mark.parametrize("target", ["/hello.txt", "/big.bin", "/empty", "/nope", "/list/", "/sub", "/sub/",
                                    "/.secret"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_9_3_2_head_is_get_without_body(web, target, accept):
    with web.connect() as c:
        c.send(request(target, "HEAD", {"Accept": accept}))
        head = c.read_response("HEAD")
        c.send(request(target, "GET", {"Accept": accept}))
        get = c.read_response()
        assert head.status == get.status
        assert [f for f in head.fields if f[0] != "Date"] == [f for f in get.fields if f[0] != "Date"]
        assert int(head.get("Content-Length")) == len(get.body)


@pytest.mark.parametrize("target", ["*", "/", "/hello.txt", "/nope"])
def test_9_3_7_options(web, target):
    with web.connect() as c:
        for _ in range(2):
            c.send(request(target, "OPTIONS"))
            r = c.read_response()
            assert (r.status, r.get("Allow"), r.body) == (200, "GET, HEAD, OPTIONS", b"")


@pytest.mark.parametrize("accept,has_body", [("*/*", False), (None, False), ("text/plain", False),
                                             ("text/html", True),
                                             ("application/xhtml+xml, text/html;q=0.9", True)])
def test_errors_are_empty_unless_html_is_wanted(web, accept, has_body):
    """GRUB runs the body of a 404 as its configuration file."""
    r = web.ask("/nope", fields={"Accept": accept} if accept else {})
    assert r.status == 404 and bool(r.body) == has_body
    assert (r.get("Content-Type") is not None) == has_body


def test_uefi_head_then_get_on_one_connection(web):
    """EDK2's two requests, as captured."""
    edk2 = "Host: 10.9.0.1\r\nAccept: */*\r\nUser-Agent: UefiHttpBoot/1.0\r\n\r\n"
    with web.connect() as c:
        c.send("HEAD /EFI/BOOT/BOOTX64.EFI HTTP/1.1\r\n" + edk2)
        r = c.read_response("HEAD")
        assert (r.get("Content-Type"), r.get("Content-Length")) == ("application/efi", "1000")
        c.send("GET /EFI/BOOT/BOOTX64.EFI HTTP/1.1\r\n" + edk2)
        assert len(c.read_response().body) == 1000


def test_uefi_resume(web, validators):
    """EDK2 resumes with Range and If-Match, and compares the total of Content-Range."""
    tag, _, _ = validators
    assert tag.startswith('"')
    r = web.ask("/k.bin", fields={"Range": "bytes=100-999", "If-Match": tag})
    assert (r.status, r.get("Content-Range"), r.body) == (206, "bytes 100-999/1000", K[100:])
    r = web.ask("/k.bin", fields={"Range": "bytes=100-999", "If-Match": '"other"'})
    assert r.status == 412


def test_ipxe_sanboot_pattern(web):
    """2 KiB ranges one after another on one connection."""
    data = pattern(BIG)
    with web.connect() as c:
        for off in range(0, 2048 * 200, 2048):
            c.send(request("/big.bin", fields={"Range": f"bytes={off}-{off + 2047}",
                                               "Connection": "keep-alive"}))
            r = c.read_response()
            assert (r.status, r.get("Connection")) == (206, "keep-alive")
            assert r.body == data[off:off + 2048]


def test_grub_seeks_by_new_connections(web):
    """It asks for the tail and drops the old connection in the middle: no error in the log."""
    data = pattern(BIG)
    with web.connect() as c:
        c.send(request("/big.bin"))
        c.sock.recv(1000)
    r = web.ask("/big.bin", fields={"Range": "bytes=2999000-"})
    assert (r.status, r.body) == (206, data[2999000:])
    assert "error" not in web.proc.text()


CONDITIONS = [
    # RFC 9110 13.2.2: fields, status; @ is the tag, = the date, < before it, > after it
    ({"If-Match": "@"}, 200),
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"x", @'}, 200),
    ({"If-Match": '"x"'}, 412),
    ({"If-Match": "W/@"}, 412),
    ({"If-Unmodified-Since": "="}, 200),
    ({"If-Unmodified-Since": ">"}, 200),
    ({"If-Unmodified-Since": "<"}, 412),
    ({"If-Match": "@", "If-Unmodified-Since": "<"}, 200),
    ({"If-Match": '"x"', "If-Unmodified-Since": ">"}, 412),
    ({"If-None-Match": "@"}, 304),
    ({"If-None-Match": "W/@"}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"x"'}, 200),
    ({"If-None-Match": '"x"', "If-Modified-Since": ">"}, 200),
    ({"If-None-Match": "@", "If-Modified-Since": "<"}, 304),
    ({"If-Modified-Since": "="}, 304),
    ({"If-Modified-Since": ">"}, 304),
    ({"If-Modified-Since": "<"}, 200),
    ({"If-Modified-Since": "yesterday"}, 200),
    ({"If-Unmodified-Since": "yesterday"}, 200),
    ({"If-Match": "@", "If-None-Match": "@"}, 304),
    ({"If-Match": '"x"', "If-None-Match": "@"}, 412),
    ({"If-Unmodified-Since": "<", "If-None-Match": "@"}, 412),
    ({"Range": "bytes=0-9", "If-None-Match": "@"}, 304),
    ({"Range": "bytes=0-9", "If-Unmodified-Since": "<"}, 412),
    ({"Range": "bytes=0-9", "If-Range": "@"}, 206),
    ({"Range": "bytes=0-9", "If-Range": "="}, 206),
    ({"Range": "bytes=0-9", "If-Range": ">"}, 200),
    ({"Range": "bytes=0-9", "If-Range": "<"}, 200),
    ({"Range": "bytes=0-9", "If-Range": '"x"'}, 200),
    ({"Range": "bytes=0-9", "If-Range": "W/@"}, 200),
    ({"If-Range": "@"}, 200),
]


@pytest.mark.parametrize("fields,status", CONDITIONS, ids=lambda v: str(v))
@pytest.mark.parametrize("form", ["imf", "rfc850", "asctime"])
def test_13_preconditions(web, validators, fields, status, form):
    tag, _, t = validators

    def date(offset):
        g = time.gmtime(t + offset)
        if form == "imf":
            return time.strftime("%a, %d %b %Y %H:%M:%S GMT", g)
        if form == "rfc850":
            return time.strftime("%A, %d-%b-%y %H:%M:%S GMT", g)
        return time.strftime("%a %b ", g) + f"{g.tm_mday:2d} " + time.strftime("%H:%M:%S %Y", g)

    put = {"=": date(0), "<": date(-1), ">": date(1)}
    fields = {n: put.get(v, v.replace("@", tag)) for n, v in fields.items()}
    with web.connect() as c:
        c.send(request("/k.bin", fields=fields))
        r = c.read_response()
        assert r.status == status
        if status == 304:
            assert r.get("ETag") == tag and r.get("Content-Length") is None
        elif status == 200:
            assert r.body == K
        c.send(request("/hello.txt"))
        assert c.read_response().body == b"hello\n"  # framing held


def test_13_1_5_if_range_date_is_weak_within_its_second(own):
    """apt resumes by date; a file may change twice in a second, so that second must be over."""
    own.file("now.bin", K, age_s=0)
    web = own.start()
    first = web.ask("/now.bin").get("Last-Modified")
    r = web.ask("/now.bin", fields={"Range": "bytes=0-9", "If-Range": first})
    same = web.ask("/now.bin").get("Date") == first
    assert r.status == (200 if same else 206) or not same
    time.sleep(2.1)
    assert web.ask("/now.bin", fields={"Range": "bytes=0-9", "If-Range": first}).status == 206


RANGES = [
    ("bytes=0-", 0, 1000), ("bytes=0-0", 0, 1), ("bytes=500-599", 500, 600), ("bytes=999-", 999, 1000),
    ("bytes=-1", 999, 1000), ("bytes=-1000", 0, 1000), ("bytes=-5000", 0, 1000),
    ("bytes=990-5000", 990, 1000), ("Bytes=1-2", 1, 3), ("bytes= 1-2", 1, 3), ("bytes=1-2,", 1, 3),
    ("bytes=10-18446744073709551615", 10, 1000), ("bytes=10-18446744073709551616", 10, 1000),
    ("bytes=10-9223372036854775808", 10, 1000), ("bytes=10-" + "9" * 200, 10, 1000),
    ("bytes=-" + "9" * 200, 0, 1000), ("bytes=5000-,10-19", 10, 20),
]


@pytest.mark.parametrize("value,first,end", RANGES)
def test_14_1_single_range(web, value, first, end):
    r = web.ask("/k.bin", fields={"Range": value})
    assert (r.status, r.body) == (206, K[first:end])
    assert r.get("Content-Range") == f"bytes {first}-{end - 1}/1000"


@pytest.mark.parametrize("value", ["bytes=1000-", "bytes=-0", "bytes=18446744073709551616-",
                                   "bytes=" + "9" * 200 + "-", "bytes=1000-,2000-2001"])
def test_14_1_unsatisfiable(web, value):
    with web.connect() as c:
        c.send(request("/k.bin", fields={"Range": value}))
        r = c.read_response()
        assert (r.status, r.get("Content-Range")) == (416, "bytes */1000")
        c.send(request("/hello.txt"))
        assert c.read_response().body == b"hello\n"


@pytest.mark.parametrize("value", ["bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes=0x1-2", "lines=1-2",
                                   "bytes=1-2x", "bytes 1-2", "1-2", "bytes=--1", "bytes=1-2;3-4"])
def test_14_2_malformed_or_unknown_is_ignored(web, value):
    r = web.ask("/k.bin", fields={"Range": value})
    assert (r.status, r.body) == (200, K)


def test_14_2_range_on_head_is_ignored(web):
    with web.connect() as c:
        c.send(request("/k.bin", "HEAD", {"Range": "bytes=0-9"}))
        r = c.read_response("HEAD")
        assert (r.status, r.get("Content-Length"), r.get("Content-Range")) == (200, "1000", None)


def test_14_empty_file(web):
    assert web.ask("/empty").body == b""
    r = web.ask("/empty", fields={"Range": "bytes=0-"})
    assert (r.status, r.get("Content-Range")) == (416, "bytes */0")


def parts(r):
    """Body parts of a multipart/byteranges response: (first, last, total, bytes)."""
    m = re.fullmatch(r"multipart/byteranges; boundary=([0-9A-Za-z]+)", r.get("Content-Type"))
    mark = b"\r\n--" + m.group(1).encode()
    pieces = r.body.split(mark)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n"
    out = []
    for piece in pieces[1:-1]:
        head, body = piece.split(b"\r\n\r\n", 1)
        m = re.search(rb"\r\nContent-Range: bytes (\d+)-(\d+)/(\d+)$", head)
        assert b"\r\nContent-Type: application/octet-stream" in head
        out.append((int(m.group(1)), int(m.group(2)), int(m.group(3)), body))
    return out


@pytest.mark.parametrize("value", ["0-0,999-999", "0-9,5-14", "900-,-10", "500-599,0-99", "0-0,2-2,4-4"])
def test_14_6_multipart(web, value):
    r = web.ask("/k.bin", fields={"Range": "bytes=" + value})
    assert r.status == 206 and r.get("Content-Range") is None
    got = parts(r)
    assert len(got) == value.count(",") + 1
    for first, last, total, body in got:
        assert total == 1000 and body == K[first:last + 1]


def test_14_6_zchunk_asks_for_255_ranges(web):
    data = pattern(BIG)
    ranges = [(i * 10000, i * 10000 + 50 + i) for i in range(255)]
    r = web.ask("/big.bin", fields={"Range": "bytes=" + ",".join(f"{a}-{b}" for a, b in ranges)})
    assert r.status == 206
    got = parts(r)
    assert [(a, b) for a, b, _, _ in got] == ranges
    assert all(body == data[a:b + 1] for a, b, _, body in got)


def test_14_6_large_parts(web):
    data = pattern(BIG)
    with web.connect() as c:
        c.send(request("/big.bin", fields={"Range": "bytes=0-1499999,1500000-2999999"}))
        time.sleep(0.3)  # let its buffers fill
        got = parts(c.read_response())
        assert [body for *_, body in got] == [data[:1500000], data[1500000:3000000]]


def test_17_15_overlapping_ranges_do_not_amplify(web):
    """Apache-killer: many times the whole file."""
    r = web.ask("/k.bin", fields={"Range": "bytes=" + ",".join(["0-"] * 200)})
    assert (r.status, len(r.body)) == (200, 1000)
    r = web.ask("/k.bin", fields={"Range": "bytes=" + ",".join(f"{i}-{i}" for i in range(257))})
    assert (r.status, len(r.body)) == (200, 1000)


@pytest.mark.parametrize("name,kind", [
    ("x.efi", "application/efi"), ("x.iso", "application/x-iso9660-image"),
    ("initrd.img", "application/octet-stream"), ("vmlinuz", "application/octet-stream"),
    ("a.rpm", "application/x-rpm"), ("a.deb", "application/vnd.debian.binary-package"),
    ("repomd.xml", "application/xml"), ("Packages.gz", "application/gzip"), ("ks.cfg", "text/plain"),
    ("index.html", "text/html"), ("Packages.xz", "application/x-xz"), ("a.zst", "application/zstd")])
def test_8_3_types_and_no_content_encoding(own, name, kind):
    """Clients unpack what is marked gzip and then fail the checksum: archives are never marked."""
    own.file(name, b"\x1f\x8b" + bytes(50))
    r = own.start().ask("/" + name, fields={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert r.get("Content-Type") == kind
    assert r.get("Content-Encoding") is None and len(r.body) == 52
