# SPDX-License-Identifier: BSD-2-Clause
"""Clients that installers use: curl, wget, and what lpxelinux sends."""

import hashlib
import os
import subprocess

import pytest
from httplab import BIG, pattern, request
from lab import stock


def run(*argv, cwd=None, check=True):
    done = subprocess.run(list(map(str, argv)), cwd=cwd, capture_output=True, text=True, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def away(tmp_path):
    return tmp_path


def test_curl_gets_a_file_and_its_date(web, away):
    run(stock("curl"), "-sfR", "-o", away / "f", f"{web.url}/big.bin")
    assert (away / "f").read_bytes() == pattern(BIG)
    assert int(os.stat(away / "f").st_mtime) == int(os.stat(web.root / "big.bin").st_mtime)


def test_curl_resumes(web, away):
    (away / "f").write_bytes(pattern(BIG)[:1_000_000])
    run(stock("curl"), "-sf", "-C", "-", "-o", away / "f", f"{web.url}/big.bin")
    assert (away / "f").read_bytes() == pattern(BIG)


def test_curl_time_condition(web, away):
    run(stock("curl"), "-sfR", "-o", away / "f", f"{web.url}/k.bin")
    done = run(stock("curl"), "-sf", "-z", away / "f", "-o", away / "g", "-w", "%{http_code}", f"{web.url}/k.bin")
    assert done.stdout == "304"


def test_curl_head_compressed_and_upgrade(web):
    assert "200 OK" in run(stock("curl"), "-sfI", f"{web.url}/hello.txt").stdout
    assert run(stock("curl"), "-sf", "--compressed", f"{web.url}/hello.txt").stdout == "hello\n"
    assert run(stock("curl"), "-sf", "--http2", f"{web.url}/hello.txt").stdout == "hello\n"
    assert run(stock("curl"), "-sf", "-0", f"{web.url}/hello.txt").stdout == "hello\n"


def test_curl_upload_is_refused_readably(web, away):
    (away / "up").write_bytes(bytes(5_000_000))
    done = run(stock("curl"), "-s", "-o", away / "out", "-w", "%{http_code}", "-T", away / "up",
               f"{web.url}/new", check=False)
    assert done.stdout in ("405", "413")


def test_curl_many_parallel(web, away):
    urls = []
    for i in range(50):
        urls += ["-o", away / str(i), f"{web.url}/big.bin"]
    run(stock("curl"), "-sf", "--parallel", "--parallel-max", "50", *urls)
    assert len({hashlib.sha256((away / str(i)).read_bytes()).digest() for i in range(50)}) == 1


def test_wget_resumes_as_the_debian_installer_does(web, away):
    (away / "big.bin").write_bytes(pattern(BIG)[:2_000_000])
    run(stock("wget"), "-q", "-c", f"{web.url}/big.bin", cwd=away)
    assert (away / "big.bin").read_bytes() == pattern(BIG)
    done = run(stock("wget"), "-c", f"{web.url}/big.bin", cwd=away)
    assert "fully retrieved" in done.stderr


def test_wget_spider(web):
    assert run(stock("wget"), "-q", "--spider", f"{web.url}/hello.txt").returncode == 0
    assert run(stock("wget"), "-q", "--spider", f"{web.url}/nope", check=False).returncode != 0


def test_wget_mirrors_through_the_listings(own, away):
    for i in range(40):
        own.file(f"tree/{i % 4}/{i}.txt", f"{i}\n" * i)
    for name in ("a+b~1^2.rpm", "sp ace", "q?x", "h#x", "colon:x", "\u00e4"):
        own.file(f"tree/odd/{name}", name)
    web = own.start()
    run(stock("wget"), "-q", "-m", "-np", "-nH", "-R", "index.html*", "--restrict-file-names=nocontrol",
        f"{web.url}/tree/", cwd=away)
    def contents(top):
        return {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}
    assert contents(away / "tree") == contents(own.root / "tree")


def test_busybox_wget(web, away):
    run(stock("busybox"), "wget", "-q", "-O", away / "f", f"{web.url}/big.bin")
    assert (away / "f").read_bytes() == pattern(BIG)


def test_apt(own, away):
    """A flat repository: Release by date, 304, a package with %3a in its name, resumed."""
    apt = stock("apt-get")
    own.file("debs/x_1%3a1_all.deb", b"not really a package" * 5000)
    packages = ("Package: x\nVersion: 1:1\nArchitecture: all\nMaintainer: t\nDescription: d\n"
                "Filename: ./x_1%3a1_all.deb\nSize: {}\nSHA256: {}\n\n")
    deb = (own.root / "debs/x_1%3a1_all.deb").read_bytes()
    text = packages.format(len(deb), hashlib.sha256(deb).hexdigest())
    own.file("debs/Packages", text)
    own.file("debs/Release", "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n {} {} Packages\n".format(
        hashlib.sha256(text.encode()).hexdigest(), len(text)))
    web = own.start()
    for d in ("state/lists/partial", "cache/archives/partial", "etc"):
        (away / d).mkdir(parents=True)
    (away / "status").touch()
    (away / "sources.list").write_text(f"deb [trusted=yes] {web.url}/debs ./\n")
    opts = []
    for o in (f"Dir::State={away}/state", f"Dir::State::status={away}/status", f"Dir::Cache={away}/cache",
              f"Dir::Etc={away}/etc", f"Dir::Etc::sourcelist={away}/sources.list", "Dir::Etc::sourceparts=-",
              "APT::Sandbox::User=root", "Acquire::Languages=none"):
        opts += ["-o", o]
    run(apt, *opts, "update")
    run(apt, *opts, "update")
    assert "304" in web.proc.text()
    partial = away / "cache/archives/partial/x_1%3a1_all.deb"
    partial.write_bytes(deb[:30000])
    run(apt, *opts, "download", "x", cwd=away)
    got, = away.glob("x_*.deb")
    assert got.read_bytes() == deb


def test_lpxelinux(web):
    """HTTP/1.0, one connection a file, an inventory in the cookie."""
    r, = web.raw("GET /hello.txt HTTP/1.0\r\nHost: 10.0.0.1\r\nConnection: close\r\n"
                 "Cookie: _Syslinux_BOOTIF=01-52-54-00-12-34-56; _Syslinux_SYSUUID=x\r\n"
                 "User-Agent: Syslinux/6.04\r\n\r\n")
    assert (r.status, r.body) == (200, b"hello\n")


def test_a_captured_grub_request(web):
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: 10.9.0.1\r\nUser-Agent: GRUB 2.06\r\n\r\n")
        r = c.read_response()
        assert b"\r\nContent-Length: 6\r\n" in b"\r\n" + r.head + b"\r\n"
        c.send(request("/grub.cfg-01-52-54-00-12-34-56"))
        r = c.read_response()
        assert (r.status, r.body) == (404, b"")
