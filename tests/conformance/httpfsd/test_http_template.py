# SPDX-License-Identifier: BSD-2-Clause
"""Answer files filled for the machine that asks."""

import pytest

from httplab import control

CONFIG = """
mounts = ( { at = "/"; dir = "%s"; }, { at = "/ks"; dir = "%s/ks"; template = true; cache_control = "max-age=9"; } );
machines = (
  { mac = "52:54:00:00:00:01"; ip = "192.0.2.1"; uuid = "00112233-4455-6677-8899-AABBCCDDEEFF"; hostname = "one";
    arch = "x86_64"; vars = [ "disk=/dev/vda", "note=", "eq=a=b" ]; },
  { mac = "52-54-00-00-00-02"; hostname = "two"; vars = [ "disk=/dev/sdb" ]; },
  { ip = "127.0.0.1"; hostname = "local"; vars = "disk=/dev/nvme0n1"; }
);
"""
WHOLE = "m=${mac} i=${ip} u=${uuid} h=${hostname} a=${arch} d=${host.disk} n=[${host.note}] e=${host.eq}\n"


@pytest.fixture
def web(own):
    own.fill()
    own.file("ks/all.ks", WHOLE)
    own.file("ks/disk.ks", "disk ${host.disk}\n")
    own.file("ks/name.cfg", "name=${hostname} $${HOME} ${mac}\n")
    own.file("ks/arch.cfg", "${arch} ${ip}")
    own.file("ks/bad.ks", "lang en\n\nurl ${repo}\n")
    own.file("ks/outer.ks", "a\n${include:sub/inner.ks}b\n${include:/plain.ks}")
    own.file("ks/sub/inner.ks", "inner ${include:more.ks}")
    own.file("ks/sub/more.ks", "more ${host.disk}\n")
    own.file("ks/plain.ks", "plain\n")
    own.file("ks/deep.ks", "x${include:deep.ks}")
    own.file("ks/out.ks", "${include:../hello.txt}")
    own.file("ks/lost.ks", "1\n${include:none.ks}")
    own.file("ks/sub/badinc.ks", "${include:../bad.ks}")
    own.file("ks/huge.ks", b"x" * (1 << 20) + b"yz")
    own.file("ks/grow.ks", b"x" * 600_000 + b"${include:plain600.ks}")
    own.file("ks/plain600.ks", b"y" * 600_000)
    return own.start(config=CONFIG % (own.root, own.root), root=False)


def test_by_query(web):
    want = (b"m=52:54:00:00:00:01 i=192.0.2.1 u=00112233-4455-6677-8899-aabbccddeeff h=one a=x86_64 d=/dev/vda n=[] "
            b"e=a=b\n")
    for query in ("mac=52:54:00:00:00:01", "mac=52-54-00-00-00-01", "x=y&mac=52%3A54%3a00%3A00%3A00%3A01",
                  "uuid=00112233-4455-6677-8899-aabbccddeeff", "hostname=ONE"):
        r = web.ask(f"/ks/all.ks?{query}")
        assert (r.status, r.body) == (200, want), query
        assert r.get("Content-Length") == str(len(want))


def test_by_anacondas_header_and_by_address(web):
    r = web.ask("/ks/disk.ks", fields={"X-RHN-Provisioning-MAC-0": "eth0 52:54:00:00:00:02"})
    assert r.body == b"disk /dev/sdb\n"
    assert web.ask("/ks/disk.ks").body == b"disk /dev/nvme0n1\n"
    # who says who it is, is not looked up by its address first
    assert web.ask("/ks/disk.ks?mac=52:54:00:00:00:01").body == b"disk /dev/vda\n"


def test_what_the_request_says_fills_what_the_table_does_not(web):
    r = web.ask("/ks/name.cfg?mac=52:54:00:00:00:09")
    assert r.body == b"name=local ${HOME} 52:54:00:00:00:09\n"
    assert web.ask("/ks/arch.cfg?mac=52:54:00:00:00:02&arch=aarch64").body == b"aarch64 127.0.0.1"
    assert web.ask("/ks/arch.cfg?mac=52:54:00:00:00:01&arch=aarch64").body == b"x86_64 192.0.2.1"
    assert web.ask("/ks/arch.cfg?mac=52:54:00:00:00:02").status == 500
    assert web.ask("/ks/name.cfg?mac=52:54:00:00:00:02&hostname=other").body.startswith(b"name=two ")


def test_another_machine_of_that_name_is_not_it(web):
    assert web.ask("/ks/disk.ks?hostname=one").body == b"disk /dev/vda\n"
    assert web.ask("/ks/disk.ks?hostname=one&mac=52:54:00:00:00:09").body == b"disk /dev/nvme0n1\n"


def test_a_client_cannot_bring_text_of_its_own(web):
    for name in ("a%0Ab", "a%20b", "%24%7Bmac%7D", "a;b", "a%27", "x" * 300):
        assert web.ask(f"/ks/name.cfg?hostname={name}&mac=52:54:00:00:00:09").body.startswith(b"name=local "), name
    assert web.ask("/ks/name.cfg?mac=nonsense").status == 500


def test_no_cache_keeps_it(web):
    a = web.ask("/ks/disk.ks?mac=52:54:00:00:00:01")
    b = web.ask("/ks/disk.ks?mac=52:54:00:00:00:02")
    assert a.get("Cache-Control") == "no-store" and a.get("Last-Modified") is None
    assert a.get("ETag") != b.get("ETag")
    assert web.ask("/ks/disk.ks?mac=52:54:00:00:00:01", fields={"If-None-Match": a.get("ETag")}).status == 304
    assert web.ask("/ks/disk.ks?mac=52:54:00:00:00:02", fields={"If-None-Match": a.get("ETag")}).status == 200
    assert web.ask("/ks/disk.ks", fields={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}).status == 200
    assert web.ask("/ks/disk.ks", fields={"Range": "bytes=5-8"}).body == b"/dev"
    head = web.ask("/ks/disk.ks?mac=52:54:00:00:00:01", method="HEAD")
    assert head.get("Content-Length") == a.get("Content-Length") == "14"


def test_includes(web):
    r = web.ask("/ks/outer.ks?mac=52:54:00:00:00:01")
    assert r.body == b"a\ninner more /dev/vda\nb\nplain\n"


@pytest.mark.parametrize("path,why", [
    ("bad.ks", "bad.ks:3: no value for ${repo} of this machine"),
    ("sub/badinc.ks", "bad.ks:3: no value for ${repo}"),
    ("deep.ks", "deep.ks:1: files include each other more than 8 deep"),
    ("out.ks", "out.ks:1: cannot include ../hello.txt: path leaves the root"),
    ("lost.ks", "lost.ks:2: cannot include none.ks: No such file or directory"),
    ("huge.ks", "huge.ks: does not fit"),
    ("grow.ks", "the answer becomes too large"),
])
def test_errors_name_their_place(web, path, why):
    r = web.ask(f"/ks/{path}")
    assert r.status == 500 and r.body.startswith(b"# ") and r.body.count(b"\n") == 1
    assert why in r.body.decode()
    web.log_line(f'cannot serve "ks/{path}": ')
    assert why in web.proc.text()


def test_unknown_machine_is_an_error_and_no_empty_string(web):
    r = web.ask("/ks/all.ks?mac=52:54:00:00:00:02")
    assert r.status == 500 and b"all.ks:1: no value for ${uuid} of this machine" in r.body


def test_other_mounts_are_left_alone(web, own):
    own.file("raw.ks", "${mac}")
    assert web.ask("/raw.ks").body == b"${mac}"
    assert web.ask("/ks/none.ks").status == 404 and b"disk.ks" in web.ask("/ks/").body


def test_pipelined_and_reloaded(web, own):
    queries = ["mac=52:54:00:00:00:01", "mac=52:54:00:00:00:02", ""] * 5
    with web.connect() as c:
        c.send("".join(f"GET /ks/disk.ks?{q} HTTP/1.1\r\nHost: t\r\n\r\n" for q in queries))
        assert [c.read_response().body for _ in queries] == [b"disk /dev/vda\n", b"disk /dev/sdb\n",
                                                             b"disk /dev/nvme0n1\n"] * 5
    own.lab.file("httpfsd.cfg", CONFIG.replace("/dev/vda", "/dev/new") % (own.root, own.root))
    control(own, "reload")
    assert web.ask("/ks/disk.ks?mac=52:54:00:00:00:01").body == b"disk /dev/new\n"


@pytest.mark.parametrize("machine,why", [
    ('{ mac = "zz"; }', ':3: error: mac: "zz" is not a hardware address'),
    ('{ ip = "1.2.3"; }', ':3: error: ip: "1.2.3" is not an address'),
    ('{ uuid = "12"; }', ':3: error: uuid: "12" is not a UUID'),
    ('{ arch = "x"; }', ':3: error: a machine needs one of "mac", "uuid", "hostname" and "ip"'),
    ('{ hostname = "x"; vars = "novalue"; }', ':3: error: vars: "novalue" is not NAME=VALUE'),
])
def test_broken_table_names_its_line(own, machine, why):
    own.fill()
    proc = own.start(config=f'mounts = ( {{ at = "/"; dir = "{own.root}"; template = true; }} );\n'
                            f"machines = (\n{machine} );", root=False, wait=False)
    assert proc.wait(20) == 1
    assert why in proc.text().splitlines()[-1]
