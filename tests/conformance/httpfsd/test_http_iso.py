# SPDX-License-Identifier: BSD-2-Clause
"""Files inside ISO images, served without mounting them."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from httplab import DATE, control, pattern

pytestmark = pytest.mark.skipif(not (shutil.which("xorriso") and shutil.which("genisoimage")),
                                reason="needs xorriso and genisoimage")
MAKERS = {"xorriso": ["xorriso", "-as", "mkisofs"], "genisoimage": ["genisoimage", "-quiet"]}
DEEP = "/".join(f"d{i}" for i in range(1, 12))


def tree(own, name="tree"):
    """Files that an image is made of: name to bytes."""
    files = {"hello.txt": b"hello\n", "big.bin": pattern(3_000_017), "empty": b"", ".treeinfo": b"[general]\n",
             ".secret": b"no\n", "sub/index.html": b"<p>index</p>\n", "pkg/a+b~1^2.rpm": b"odd\n",
             "EFI/BOOT/BOOTX64.EFI": b"MZ" + bytes(998), f"{DEEP}/deep.txt": b"deep\n",
             "a name that is longer than any plain name may be, by far.txt": b"long\n"}
    root = own.lab.dir / name
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    os.utime(root / "hello.txt", (1_500_000_000, 1_500_000_000))
    os.symlink("../hello.txt", root / "sub/link.txt")
    os.symlink("sub", root / "sublink")
    os.symlink("../../../etc/passwd", root / "sub/outside")
    return root, files


def make(out, root, maker="xorriso", flags=("-R", "-J", "-joliet-long"), extra=()):
    flags = [f for f in flags if f != "-D"]
    subprocess.run([*MAKERS[maker], *flags, "-V", "TESTDISC", "-o", str(out) + ".part", *extra, str(root)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(str(out) + ".part", 0o644)
    os.rename(str(out) + ".part", out)
    return out


def soon(ask, want, timeout=10):
    end = time.monotonic() + timeout
    while True:
        got = ask()
        if got == want or time.monotonic() > end:
            return got
        time.sleep(0.05)


@pytest.fixture(params=MAKERS)
def disc(request, own):
    root, files = tree(own)
    image = make(own.lab.dir / "disc.iso", root, request.param)
    web = own.start(config=f'mounts = ( {{ at = "/"; image = "{image}"; }} );', root=False)
    web.files, web.image, web.own = files, image, own
    return web


def test_every_file_is_the_one_that_was_put_in(disc):
    for name, content in disc.files.items():
        r = disc.ask("/" + name.replace(" ", "%20"))
        if name == ".secret":
            assert r.status == 403
            continue
        assert (r.status, r.body == content) == (200, True), name
    assert disc.ask("/EFI/BOOT/BOOTX64.EFI").get("Content-Type") == "application/efi"
    disc.log_line(r'serving image .*disc\.iso, "TESTDISC"')


def test_ranges(disc):
    big = disc.files["big.bin"]
    for spec, want in [("0-0", big[:1]), ("1000000-1999999", big[1000000:2000000]), ("-17", big[-17:]),
                       ("2999999-", big[2999999:])]:
        r = disc.ask("/big.bin", fields={"Range": f"bytes={spec}"})
        assert (r.status, r.body == want) == (206, True), spec
    assert disc.ask("/big.bin", fields={"Range": "bytes=3000017-"}).status == 416
    r = disc.ask("/big.bin", fields={"Range": "bytes=5-9,2000000-2000009"})
    assert r.status == 206 and big[5:10] in r.body and big[2000000:2000010] in r.body


def test_date_of_the_record_and_etag(disc):
    r = disc.ask("/hello.txt")
    assert r.get("Last-Modified") == "Fri, 14 Jul 2017 02:40:00 GMT"
    assert re.fullmatch(DATE, disc.ask("/big.bin").get("Last-Modified"))
    tag = r.get("ETag")
    assert re.fullmatch(r'"[0-9a-f-]+"', tag)
    assert tag != disc.ask("/big.bin").get("ETag")
    assert disc.ask("/hello.txt", fields={"If-None-Match": tag}).status == 304
    assert disc.ask("/hello.txt", fields={"If-Modified-Since": r.get("Last-Modified")}).status == 304
    assert disc.ask("/hello.txt", fields={"If-Match": '"other"'}).status == 412
    assert disc.ask("/hello.txt", method="HEAD").get("Content-Length") == "6"


def test_listing_redirect_and_index(disc):
    names = [e["name"] for e in __import__("json").loads(disc.ask("/?format=json").body)]
    assert {"hello.txt", "big.bin", "sub", "sublink", ".treeinfo", "EFI"} <= set(names)
    assert ".secret" not in names
    assert disc.ask("/sub").status == 301 and disc.ask("/sub").get("Location") == "/sub/"
    assert disc.ask("/sub/").body == b"<p>index</p>\n"
    assert disc.ask("/sub/index.html/").status == 404
    assert b"BOOTX64.EFI" in disc.ask("/EFI/BOOT/").body
    for path in ("/nothing", "/sub/nothing", "/hello.txt/x", "/hello.txt/", "/nothing/"):
        assert disc.ask(path).status == 404, path


def test_pipelined_requests_are_answered_in_order(disc):
    """Each is looked up off the loop; none may overtake."""
    names = ["hello.txt", "sub/", "nothing", "big.bin", "empty", "hello.txt"] * 3
    with disc.connect() as c:
        c.send("".join(f"GET /{n} HTTP/1.1\r\nHost: t\r\n\r\n" for n in names))
        got = [c.read_response() for _ in names]
    assert [r.status for r in got] == [200, 200, 404, 200, 200, 200] * 3
    assert [len(r.body) for r in got[:6]] == [6, 13, 0, 3_000_017, 0, 6]


def test_symlinks_stay_in_the_image(own):
    root, _ = tree(own)
    image = make(own.lab.dir / "disc.iso", root)
    web = own.start(root=False, config="mounts = ( " + ", ".join(
        f'{{ at = "/{p}"; image = "{image}"; symlinks = "{p}"; }}' for p in ("beneath", "follow", "none")) + " );")
    for policy, link, through, outside in [("beneath", 200, 200, 403), ("follow", 200, 200, 404),
                                           ("none", 403, 403, 403)]:
        assert web.ask(f"/{policy}/sub/link.txt").status == link, policy
        assert web.ask(f"/{policy}/sublink/link.txt").status == through, policy
        assert web.ask(f"/{policy}/sub/outside").status == outside, policy
    assert b"link.txt" in web.ask("/beneath/sub/?format=json").body
    assert b"link.txt" not in web.ask("/none/sub/?format=json").body
    assert b"outside" not in web.ask("/beneath/sub/?format=json").body


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("flags,path", [(("-J",), "/big.bin"), (("-iso-level", "1"), "/big.bin")])
def test_joliet_and_plain_names(own, maker, flags, path):
    root = own.lab.dir / "tree"
    root.mkdir()
    (root / "big.bin").write_bytes(pattern(100_001))
    web = own.start(make(own.lab.dir / "disc.iso", root, maker, flags), root=False)
    assert web.ask(path).body == pattern(100_001)
    assert web.ask("/").status == 200


def test_file_in_two_pieces_that_do_not_adjoin(own):
    """What a file over 4 GiB is, without its size: two records of one name, the first with the flag
    of more to come (ECMA-119 9.1.6)."""
    root = own.lab.dir / "tree"
    root.mkdir()
    whole = pattern(4096 * 3 + 1000)
    (root / "p1").write_bytes(whole[:8192])
    (root / "p2").write_bytes(whole[8192:])
    image = make(own.lab.dir / "disc.iso", root, "genisoimage", ("-iso-level", "1"))
    raw = bytearray(image.read_bytes())
    first, second = raw.index(b"P1.;1"), raw.index(b"P2.;1")
    old, new = (int.from_bytes(raw[at - 31:at - 27], "little") * 2048 for at in (first, second))
    # move the second piece to the end of the image, a hole between it and the first
    moved = len(raw) + 4096
    raw += bytes(4096) + raw[new:new + 6144]
    raw[second - 31:second - 23] = (moved // 2048).to_bytes(4, "little") + (moved // 2048).to_bytes(4, "big")
    raw[new:new + 4096] = b"x" * 4096
    raw[first - 8] |= 0x80
    raw[second:second + 5] = b"P1.;1"
    assert raw[old:old + 8] == b"0000000\n"
    image.write_bytes(raw)
    web = own.start(image, root=False)
    assert web.ask("/p1").body == whole
    for a, b in [(0, 0), (8191, 8192), (8000, 9000), (8192, len(whole) - 1), (100, 200)]:
        assert web.ask("/p1", fields={"Range": f"bytes={a}-{b}"}).body == whole[a:b + 1], (a, b)
    r = web.ask("/p1", fields={"Range": "bytes=8190-8193,10-12,9000-9002"})
    assert all(part in r.body for part in (whole[8190:8194], whole[10:13], whole[9000:9003]))


def test_file_past_4_gib_in_two_extents(own):
    """As mkisofs lays out a file of 5 GiB: an extent of 4 GiB less a block, and the rest right behind
    it (ECMA-119 9.1.4: a record's length has 32 bits). The image is sparse: made here, by hand, from
    one with two small files."""
    root = own.lab.dir / "tree"
    root.mkdir()
    for name in ("p1", "p2"):
        (root / name).write_bytes(name.encode() * 1024)
    (root / "small.txt").write_bytes(b"small\n")
    image = make(own.lab.dir / "disc.iso", root, "genisoimage", ("-iso-level", "1"))
    raw = bytearray(image.read_bytes())
    first, rest = 0xFFFFF800, (1 << 30) + 4711
    start = (len(raw) + 2047) // 2048 * 2048
    for name, at, length in ((b"P1.;1", start, first), (b"P2.;1", start + first, rest)):
        record = raw.index(name) - 33
        for offset, value in ((2, at // 2048), (10, length)):
            raw[record + offset:record + offset + 8] = value.to_bytes(4, "little") + value.to_bytes(4, "big")
    raw[raw.index(b"P1.;1") - 8] |= 0x80
    at = raw.index(b"P2.;1")
    raw[at:at + 5] = b"P1.;1"
    size = first + rest
    marks = {0: b"the beginning", first - 5: b"over the edge", 1 << 32: b"past 4 GiB", size - 7: b"the end"}
    with open(image, "r+b") as f:
        f.write(raw)
        f.truncate(start + size)
        for at, mark in marks.items():
            f.seek(start + at)
            f.write(mark)
    web = own.start(image, root=False)
    assert web.ask("/p1", "HEAD").get("Content-Length") == str(size)
    for at, mark in marks.items():
        r = web.ask("/p1", fields={"Range": f"bytes={at}-{at + len(mark) - 1}"})
        assert (r.status, r.body) == (206, mark), at
        assert r.get("Content-Range") == f"bytes {at}-{at + len(mark) - 1}/{size}"
    assert web.ask("/p1", fields={"Range": "bytes=-7"}).body == b"the end"
    assert web.ask("/p1", fields={"Range": f"bytes={size}-"}).status == 416
    got = web.ask("/p1", fields={"Range": f"bytes={first - 3_000_000}-{first + 2_999_999}"}).body
    assert len(got) == 6_000_000 and got[2_999_995:3_000_008] == b"over the edge"
    assert web.ask("/small.txt").body == b"small\n"
    sizes = {e["name"]: e["size"] for e in json.loads(web.ask("/?format=json").body)}
    assert sizes["p1"] == size


def test_images_of_a_folder_come_and_go(own):
    root, files = tree(own)
    isos = own.lab.dir / "isos"
    isos.mkdir()
    make(isos / "one.iso", root)
    web = own.start(config=f'mounts = ( {{ at = "/iso"; images = "{isos}"; }} );', root=False)
    assert b'href="one.iso/"' in web.ask("/iso/").body
    assert web.ask("/iso/one.iso").get("Location") == "/iso/one.iso/"
    assert web.ask("/iso/one.iso/hello.txt").body == b"hello\n"
    assert web.ask("/iso/one.iso/sub/").body == b"<p>index</p>\n"
    assert web.ask("/iso/two.iso/hello.txt").status == 404
    (root / "hello.txt").write_bytes(b"other\n")
    make(isos / "two.iso", root, "genisoimage")
    assert soon(lambda: web.ask("/iso/two.iso/hello.txt").body, b"other\n") == b"other\n"
    tag = web.ask("/iso/one.iso/hello.txt").get("ETag")
    make(isos / "one.iso", root)  # replaced under its name
    assert soon(lambda: web.ask("/iso/one.iso/hello.txt").body, b"other\n") == b"other\n"
    assert web.ask("/iso/one.iso/hello.txt").get("ETag") != tag
    (isos / "one.iso").unlink()
    assert soon(lambda: web.ask("/iso/one.iso/hello.txt").status, 404) == 404
    assert b"one.iso" not in web.ask("/iso/").body
    web.log_line(r"image one\.iso is gone")


def test_image_that_goes_is_sent_to_its_end(own):
    root, files = tree(own)
    isos = own.lab.dir / "isos"
    isos.mkdir()
    make(isos / "one.iso", root)
    web = own.start(root=False,
                    config=f'mounts = ( {{ at = "/"; images = "{isos}"; rate = "2M"; }} );')
    with web.connect() as c:
        c.send("GET /one.iso/big.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        c._more()
        (isos / "one.iso").unlink()
        assert soon(lambda: web.ask("/one.iso/hello.txt").status, 404) == 404
        assert c.read_response().body == files["big.bin"]


def test_single_image_is_replaced_vanishes_and_comes_back(own):
    root, files = tree(own)
    image = make(own.lab.dir / "disc.iso", root)
    web = own.start(image, root=False)
    assert web.ask("/hello.txt").body == b"hello\n"
    (root / "hello.txt").write_bytes(b"newer\n")
    make(image, root)
    assert web.ask("/hello.txt").body == b"newer\n"
    image.rename(own.lab.dir / "away")
    assert web.ask("/hello.txt").status == 404
    (own.lab.dir / "away").rename(image)
    assert web.ask("/hello.txt").body == b"newer\n"


def test_what_is_no_image_in_a_folder_is_said(own):
    root, _ = tree(own)
    isos = own.lab.dir / "isos"
    isos.mkdir()
    (isos / "bad.iso").write_bytes(b"not an image" * 9000)
    make(isos / "good.iso", root)
    web = own.start(config=f'mounts = ( {{ at = "/"; images = "{isos}"; }} );', root=False)
    web.log_line(r"image bad\.iso cannot be served: ")
    r = web.ask("/bad.iso/hello.txt")
    assert r.status == 500 and r.body.startswith(b"# image cannot be served: ") and r.get("Content-Type").startswith("text/plain")
    assert web.ask("/good.iso/hello.txt").body == b"hello\n"
    assert b"bad.iso" not in web.ask("/").body
    web.log_line(r'cannot serve "bad\.iso/hello\.txt": image cannot be served')


def test_damaged_directory_spoils_only_itself(own):
    root, _ = tree(own)
    image = make(own.lab.dir / "disc.iso", root, "genisoimage", ("-R",))
    raw = bytearray(image.read_bytes())
    at = raw.index(b"\x05EMPTY"[1:] + b".;1")  # the plain name of a record in the root
    raw[at - 31:at - 23] = b"\xff" * 4 + b"\xff" * 4  # its extent lies nowhere
    raw[at - 23:at - 19] = (5000).to_bytes(4, "little")
    image.write_bytes(raw)
    web = own.start(image, root=False)
    r = web.ask("/empty")
    assert r.status == 500 and r.body.startswith(b"# ")
    assert web.ask("/hello.txt").body == b"hello\n"
    assert b"hello.txt" in web.ask("/").body
    web.log_line(r'cannot serve "empty": ')


def test_truncated_image(own):
    root, _ = tree(own)
    image = make(own.lab.dir / "disc.iso", root)
    whole = image.read_bytes()
    image.write_bytes(whole[:len(whole) // 3])
    web = own.start(image, root=False)
    web.log_line(r"shorter than its volume")
    statuses = {web.ask(f"/{n}").status for n in ("big.bin", "hello.txt", "pkg/a+b~1^2.rpm", "empty")}
    assert 500 in statuses and statuses <= {200, 500}


@pytest.mark.skipif(not shutil.which("mkzftree"), reason="needs zisofs-tools")
def test_zisofs_is_refused_with_a_reason(own):
    root = own.lab.dir / "tree"
    root.mkdir()
    (root / "zeros").write_bytes(bytes(500_000))
    (root / "hello.txt").write_bytes(b"hello\n")
    subprocess.run(["mkzftree", root, own.lab.dir / "packed"], check=True)
    web = own.start(make(own.lab.dir / "disc.iso", own.lab.dir / "packed", "genisoimage", ("-R", "-z")), root=False)
    r = web.ask("/zeros")
    assert r.status == 500 and b"zisofs" in r.body
    assert web.ask("/hello.txt").body == b"hello\n"


def test_broken_settings_name_their_place(own):
    for mount, why in [('{ at = "/"; }', 'exactly one of "dir", "image" and "images"'),
                       ('{ at = "/"; dir = "/"; image = "/x"; }', 'exactly one of "dir", "image" and "images"'),
                       ('{ at = "/"; image = "/nonexistent.iso"; }', "cannot serve image /nonexistent.iso: "),
                       ('{ at = "/"; image = "/etc/passwd"; }', "cannot serve image /etc/passwd: "),
                       ('{ at = "/"; images = "/nonexistent"; }', "cannot serve folder of images /nonexistent: ")]:
        proc = own.start(config=f"mounts = ( {mount} );", root=False, wait=False)
        assert proc.wait(20) == 1
        assert why in proc.text().splitlines()[-1], proc.text()


def test_reload_while_an_image_is_read(own):
    root, files = tree(own)
    isos = own.lab.dir / "isos"
    isos.mkdir()
    make(isos / "one.iso", root)
    web = own.start(config=f'mounts = ( {{ at = "/"; images = "{isos}"; }} );', root=False)
    with web.connect() as c:
        for _ in range(5):
            c.send("GET /one.iso/big.bin HTTP/1.1\r\nHost: t\r\n\r\n")
            control(own, "reload")
            assert c.read_response().body == files["big.bin"]
    make(isos / "late.iso", root)  # the new watch works
    assert soon(lambda: web.ask("/late.iso/hello.txt").status, 200) == 200


def test_mount_with_password_and_networks(own):
    root, _ = tree(own)
    image = make(own.lab.dir / "disc.iso", root)
    users = own.lab.file("users", "u:" + subprocess.run(["openssl", "passwd", "-6", "-salt", "abc", "pw"], check=True,
                                                       capture_output=True, text=True).stdout)
    web = own.start(root=False, config=f'mounts = ( {{ at = "/a"; image = "{image}"; auth_file = "{users}"; }}, '
                                       f'{{ at = "/b"; image = "{image}"; deny = "127.0.0.0/8"; }} );')
    assert web.ask("/a/hello.txt").status == 401
    assert web.ask("/a/hello.txt", fields={"Authorization": "Basic dTpwdw=="}).body == b"hello\n"
    assert web.ask("/b/hello.txt").status == 403


def test_wget_mirrors_an_image(disc):
    if not shutil.which("wget"):
        pytest.skip("needs wget")
    out = disc.own.lab.dir / "mirror"
    subprocess.run(["wget", "-q", "-r", "-l", "inf", "-nH", "-np", "-P", out, disc.url + "/"], check=False)

    def sums(base, names):
        return {n: hashlib.sha256((base / n).read_bytes()).hexdigest() for n in names}

    names = [n for n in disc.files if n not in (".secret", "sub/index.html")]
    assert sums(out, names) == sums(disc.own.lab.dir / "tree", names)
