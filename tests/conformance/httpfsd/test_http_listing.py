# SPDX-License-Identifier: BSD-2-Clause
"""Directory listings: for people, for programs, and with names that mean harm."""

import html.parser
import json
import os
import shutil
import subprocess
import urllib.parse

import pytest

HOSTILE = ["<script>alert(1)<br>", "javascript:alert(1)", "a\nb", "quote\"'&", "#hash", "q?uery", "100%25",
           " lead", "tab\there", "\u00e4\u4e2d", "//x".replace("/", "\\"), "x:y", "..hidden", "a" * 255]


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])


def links(body):
    p = Links()
    p.feed(body.decode("utf-8"))
    return p


def test_listing(web):
    r = web.ask("/list/")
    assert (r.status, r.get("Content-Type")) == (200, "text/html; charset=utf-8")
    p = links(r.body)
    assert p.links[3:] == ["../", "a/", "b.txt"]  # behind the three for sorting
    assert "default-src 'none'" in r.get("Content-Security-Policy")


def test_root_listing_hides_dotfiles_but_those_of_installers(web):
    names = links(web.ask("/").body).links
    assert ".treeinfo" in names and ".secret" not in names and ".git/" not in names
    assert "../" not in names


def test_every_link_leads_to_its_file(own):
    for i, name in enumerate(n for n in HOSTILE if not n.startswith(".")):
        own.file(name, str(i))
    raw = os.fsencode(own.root) + b"/bad\xff\xfe"
    with open(raw, "wb") as f:
        f.write(b"raw")
    web = own.start()
    r = web.ask("/")
    p = links(r.body)
    assert "script" not in p.tags
    bodies = set()
    for link in p.links[3:]:
        url = urllib.parse.urljoin("http://h/", link)
        assert url.startswith("http://h/"), link
        got = web.ask(url[len("http://h"):])
        assert got.status == 200, link
        bodies.add(got.body)
    assert bodies == {str(i).encode() for i in range(len(HOSTILE) - 1)} | {b"raw"}
    r.body.decode("utf-8")  # well-formed whatever the names are


def test_json(own):
    own.file("b.txt", "bb")
    own.file("a/x", "x")
    own.file("<x>\n", "")
    web = own.start()
    r = web.ask("/?format=json")
    assert r.get("Content-Type") == "application/json"
    entries = json.loads(r.body)
    assert [(e["name"], e["type"], e.get("size")) for e in entries] == [
        ("a", "directory", None), ("<x>\n", "file", 0), ("b.txt", "file", 2)]
    assert entries[2]["mtime"].endswith("GMT")


def test_json_also_where_there_is_an_index(web):
    entries = json.loads(web.ask("/sub/?format=json").body)
    assert [e["name"] for e in entries] == ["index.html"]


@pytest.mark.parametrize("query,order", [
    ("", ["z/", "1", "2", "3"]), ("?C=N;O=D", ["z/", "3", "2", "1"]), ("?C=S;O=A", ["z/", "3", "1", "2"]),
    ("?C=M&O=D", ["z/", "3", "2", "1"]), ("?C=S;O=D", ["z/", "2", "1", "3"])])
def test_sorting(own, query, order):
    own.file("1", "xx", age_s=3000)
    own.file("2", "xxx", age_s=2000)
    own.file("3", "x", age_s=1000)
    own.file("z/f", "")
    assert links(own.start().ask("/" + query).body).links[3:] == order


def test_off(own):
    own.fill()
    web = own.start(root=False, config=f'mounts = ( {{ at = "/"; dir = "{own.root}"; listing = false; }} );')
    assert web.ask("/list/").status == 403
    assert web.ask("/sub/").status == 200


def test_too_many_entries(own):
    for i in range(20):
        own.file(f"d/{i}", "")
    web = own.start(config="limits: { listing_entries = 10; };")
    assert web.ask("/d/").status == 403
    assert web.ask("/d/3").status == 200


def test_large_listing(own):
    (own.root / "pool").mkdir()
    for i in range(1500):
        (own.root / "pool" / f"package-{i:05d}_1.0-1_amd64.deb").touch()
    web = own.start()
    r = web.ask("/pool/")
    assert len(links(r.body).links) == 1504


def test_mounts_show_up_in_their_parent(own):
    own.fill()
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = "/"; dir = "{own.root}/list"; }},
                   {{ at = ["/centos", "/el/9"]; dir = "{own.root}/repo"; }} );""")
    assert links(web.ask("/").body).links[3:] == ["a/", "centos/", "b.txt"]


def test_where_nothing_is_mounted_the_mounts_are_listed(own):
    own.fill()
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = ["/centos", "/el/9", "/el/8/os"]; dir = "{own.root}/repo"; }},
                   {{ at = "/el/hidden"; dir = "{own.root}/list"; listing = false; }},
                   {{ at = "/far"; dir = "{own.root}/list"; allow = "192.0.2.0/24"; }} );""")
    assert links(web.ask("/").body).links[3:] == ["centos/", "el/"]
    assert links(web.ask("/el/").body).links[-2:] == ["8/", "9/"]
    assert [e["name"] for e in json.loads(web.ask("/el/?format=json").body)] == ["8", "9"]
    r = web.ask("/el")
    assert r.status == 301 and r.get("Location") == "/el/"
    head = web.ask("/el/8/", "HEAD")
    assert head.status == 200 and head.get("Content-Length") == web.ask("/el/8/").get("Content-Length")
    for gone in ("/nothing", "/el/7/", "/elf/", "/e", "/index.html"):
        assert web.ask(gone).status == 404, gone


def test_no_index_of_mounts_when_all_are_unlisted(own):
    own.fill()
    web = own.start(root=False, config=f"""
        mounts = ( {{ at = "/ks"; dir = "{own.root}/list"; listing = false; }} );""")
    assert web.ask("/").status == 404
    assert web.ask("/ks/b.txt").status == 200


BROWSER = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; it is too large to be installed for this one test")
def test_a_browser_sees_names_and_runs_nothing(own):
    """What Chromium makes of the page: each name a link to its file, no script run, no element more."""
    names = [n for n in HOSTILE if n != "..hidden" and "\t" not in n]
    names += ["<img src=x onerror=document.title='pwned'>",
              "'><script>document.title='pwned'<", "<h2>"]
    for name in names:
        (own.root / name).write_bytes(b"x")
    web = own.start()
    profile = own.lab.dir / "profile"
    dom = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
                          "--virtual-time-budget=2000", "--dump-dom", f"{web.url}/"],
                         capture_output=True, timeout=120).stdout
    page = links(dom)
    assert "pwned" not in dom.decode().split("</title>")[0]
    assert not page.tags & {"img", "script", "h2"}
    found = {urllib.parse.unquote(h.removeprefix("./")) for h in page.links[3:]}
    assert found == set(names)
