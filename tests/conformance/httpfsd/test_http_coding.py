# SPDX-License-Identifier: BSD-2-Clause
"""Compressed siblings: only where a mount says so, never of archives, and never mistaken for the
file itself by a cache or a resuming client."""

import gzip
import os
import subprocess
import time

import pytest

TEXT = b"".join(b"line %d\n" % i for i in range(5000))
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.fixture
def web(own):
    own.fill()
    own.file("page.html", TEXT)
    own.file("page.html.gz", PACKED)
    own.file("page.html.br", b"brotli it says\n")
    own.file("tool.tar", TEXT)
    own.file("tool.tar.gz", PACKED)
    own.file("alone.txt", "alone\n")
    own.file("stale.txt", "new\n", age_s=10)
    own.file("stale.txt.gz", PACKED, age_s=1000)
    own.file("odd.txt", "odd\n")
    os.mkdir(own.root / "odd.txt.gz")
    own.file("doc/index.html", TEXT)
    own.file("doc/index.html.gz", PACKED)
    return own.start(root=False, config=f"""mounts = (
        {{ at = "/on"; dir = "{own.root}"; precompressed = true; }},
        {{ at = "/off"; dir = "{own.root}"; }} );""")


def ask(web, path, accept=None, method="GET", **fields):
    fields = {k.replace("_", "-"): v for k, v in fields.items()}
    return web.ask(path, method, {**({"Accept-Encoding": accept} if accept else {}), **fields})


def test_by_accept_encoding(web):
    plain, packed = ask(web, "/on/page.html"), ask(web, "/on/page.html", "gzip")
    assert plain.body == TEXT and plain.get("Content-Encoding") is None
    assert packed.body == PACKED and packed.get("Content-Encoding") == "gzip"
    assert packed.get("Content-Length") == str(len(PACKED))
    assert packed.get("Content-Type") == plain.get("Content-Type") == "text/html"
    assert plain.get("Vary") == packed.get("Vary") == "Accept-Encoding"
    assert plain.get("ETag") != packed.get("ETag")
    assert ask(web, "/on/page.html", "gzip, br").get("Content-Encoding") == "br"
    assert ask(web, "/on/page.html", "gzip, br;q=0.5").get("Content-Encoding") == "gzip"
    assert ask(web, "/on/page.html", "gzip;q=0").body == TEXT
    head = ask(web, "/on/page.html", "gzip", "HEAD")
    assert [f for f in head.fields if f[0] != "Date"] == [f for f in packed.fields if f[0] != "Date"]


def test_off_unless_said(web):
    r = ask(web, "/off/page.html", "gzip, br")
    assert r.body == TEXT and r.get("Vary") is None and r.get("Content-Encoding") is None


def test_archives_and_the_sibling_itself_are_never_coded(web):
    r = ask(web, "/on/tool.tar", "gzip")
    assert r.body == TEXT and r.get("Content-Encoding") is None and r.get("Vary") is None
    r = ask(web, "/on/page.html.gz", "gzip")
    assert r.body == PACKED and r.get("Content-Encoding") is None
    assert r.get("Content-Type") == "application/gzip"
    assert r.get("ETag") != ask(web, "/on/page.html", "gzip").get("ETag")


def test_no_sibling_or_a_stale_one(web, own):
    assert ask(web, "/on/alone.txt", "gzip").body == b"alone\n"
    assert ask(web, "/on/stale.txt", "gzip").body == b"new\n"
    assert ask(web, "/on/odd.txt", "gzip").body == b"odd\n"
    assert ask(web, "/on/nothing", "gzip").status == 404
    # It comes, is newer than its file, and goes: seen at once.
    own.file("alone.txt.gz", PACKED, age_s=0)
    assert ask(web, "/on/alone.txt", "gzip").body == PACKED
    (own.root / "alone.txt.gz").unlink()
    assert ask(web, "/on/alone.txt", "gzip").body == b"alone\n"
    own.file("alone.txt.gz", PACKED, age_s=0)
    assert ask(web, "/on/alone.txt", "gzip").body == PACKED
    os.utime(own.root / "alone.txt", (time.time() + 5,) * 2)
    assert ask(web, "/on/alone.txt", "gzip").body == b"alone\n"


def test_index_file(web):
    assert ask(web, "/on/doc/", "gzip").body == PACKED
    assert ask(web, "/on/doc/").body == TEXT


def test_ranges_are_of_what_is_sent(web):
    r = ask(web, "/on/page.html", "gzip", Range="bytes=5-14")
    assert r.status == 206 and r.body == PACKED[5:15] and r.get("Content-Encoding") == "gzip"
    assert r.get("Content-Range") == f"bytes 5-14/{len(PACKED)}"
    r = ask(web, "/on/page.html", "gzip", Range=f"bytes={len(PACKED)}-")
    assert r.status == 416 and r.get("Content-Range") == f"bytes */{len(PACKED)}"
    # A client that has the plain file's tag must not get a piece of the other.
    tag = ask(web, "/on/page.html").get("ETag")
    r = ask(web, "/on/page.html", "gzip", Range="bytes=5-14", If_Range=tag)
    assert r.status == 200 and r.body == PACKED
    r = ask(web, "/on/page.html", "gzip", Range="bytes=0-1,5-9")
    assert r.status == 200 and r.body == PACKED and r.get("Content-Encoding") == "gzip"


def test_conditions_are_about_what_would_be_sent(web):
    plain, packed = (ask(web, "/on/page.html", e).get("ETag") for e in (None, "gzip"))
    r = ask(web, "/on/page.html", "gzip", If_None_Match=packed)
    assert r.status == 304 and r.get("Vary") == "Accept-Encoding" and r.get("Content-Encoding") is None
    assert ask(web, "/on/page.html", "gzip", If_None_Match=plain).status == 200
    assert ask(web, "/on/page.html", If_None_Match=packed).status == 200
    assert ask(web, "/on/page.html", "gzip", If_Match=plain).status == 412


def test_curl_unpacks(web, own):
    out = own.lab.dir / "out"
    subprocess.run(["curl", "-sSf", "--compressed", "-o", out, f"{web.url}/on/doc/"], check=True, timeout=60)
    assert out.read_bytes() == TEXT


def test_only_directories_can_have_them(own):
    own.fill()
    proc = own.start(root=False, wait=False, config=f"""mounts = (
        {{ at = "/"; images = "{own.root}"; precompressed = true; }} );""")
    assert proc.wait() == 1
    assert 'only the files of a "dir"' in proc.tail() and "httpfsd.cfg:2" in proc.tail()
