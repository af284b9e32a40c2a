# SPDX-License-Identifier: BSD-2-Clause
"""Files inside ISO images, without mounting them."""

import os
import random
import shutil
import subprocess

import pytest
from lab import wait_for
from tftplab import BIG, ERROR, RRQ, WRQ, ack

pytestmark = pytest.mark.skipif(not shutil.which("xorriso"), reason="needs xorriso")

FILES = {"install.amd/vmlinuz": random.Random(7).randbytes(BIG), "boot/grub/Grub.cfg": b"menu\n" * 300,
         "empty": b"", "a name longer than plain ones may be.txt": b"long\n"}


def make(lab, out, files=None, flags=("-R",)):
    """An image with these files and some links, which appears at once as a whole."""
    tree = lab.dir / f"tree{out.name}"
    shutil.rmtree(tree, ignore_errors=True)
    for name, content in (files or FILES).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)
    if files is None:
        (tree / "link").symlink_to("boot/grub/Grub.cfg")
        (tree / "boot/up").symlink_to("../install.amd/vmlinuz")
        (tree / "boot/absolute").symlink_to("/install.amd/vmlinuz")
        (tree / "boot/out").symlink_to("../../../../etc/passwd")
    part = out.with_suffix(".part")
    subprocess.run(["xorriso", "-as", "mkisofs", *flags, "-V", "TEST", "-o", part, tree], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(part, 0o644)
    os.rename(part, out)
    return out


def start(servers, mounts, more=""):
    root = servers.root()
    server = servers.start(config=f'root = "{root}"; mounts = ( {mounts} ); {more}')
    server.root = root
    return server


@pytest.fixture
def folder(servers):
    path = servers.lab.dir / "images"
    path.mkdir()
    os.chmod(path, 0o755)
    return path


@pytest.fixture
def iso(servers, folder):
    """A server with one image in a folder at /iso."""
    make(servers.lab, folder / "deb.iso")
    return start(servers, f'{{ at = "/iso"; images = "{folder}"; }}')


@pytest.mark.parametrize("options", [{}, {"blksize": 1468, "windowsize": 16, "tsize": 0}])
def test_every_file_is_the_one_that_was_put_in(iso, options):
    for name, content in FILES.items():
        with iso.client() as c:
            body, granted = c.get(f"/iso/deb.iso/{name}", **options)
            assert body == content, name
            assert not options or granted["tsize"] == str(len(content))
    assert iso.last_event(reason="ok")["file"].startswith("/iso/deb.iso/")


def test_netascii_reads_through_the_image(iso):
    with iso.client() as c:
        assert c.get("iso/deb.iso/boot/grub/Grub.cfg", "netascii")[0] == b"menu\r\n" * 300


def test_two_files_of_one_image_do_not_mix(servers, folder):
    files = {f"f{i}": bytes([i]) * 5000 for i in range(8)}  # of one size: only the place differs
    make(servers.lab, folder / "a.iso", files)
    server = start(servers, f'{{ at = "/iso"; images = "{folder}"; }}', "workers = 1;")
    with server.client() as held:
        held.ask(RRQ, "/iso/a.iso/f1")
        held.recv()
        for i in range(8):
            with server.client() as c:
                assert c.get(f"/iso/a.iso/f{i}")[0] == files[f"f{i}"]


@pytest.mark.parametrize("flags", [("-J", "-joliet-long"), ()])
def test_names_without_rock_ridge(servers, folder, flags):
    make(servers.lab, folder / "a.ISO", {"boot/grub.cfg": b"x" * 700}, ("-quiet", *flags))
    server = start(servers, f'{{ at = "/iso"; images = "{folder}"; }}')
    with server.client() as c:
        assert c.get("/iso/a.ISO/boot/grub.cfg")[0] == b"x" * 700


@pytest.mark.parametrize("policy,good,bad", [
    ("in-root", ["link", "boot/up", "boot/absolute"], {"boot/out": 1}),
    ("beneath", ["link", "boot/up"], {"boot/out": 2, "boot/absolute": 2}),
    ("none", [], {"link": 2, "boot/up": 2}),
    ("follow", ["link", "boot/up", "boot/absolute"], {"boot/out": 1})])
def test_links_stay_in_their_image(servers, folder, policy, good, bad):
    make(servers.lab, folder / "deb.iso")
    server = start(servers, f'{{ at = "/iso"; images = "{folder}"; }}', f'symlinks = "{policy}";')
    for name in good:
        with server.client() as c:
            want = "boot/grub/Grub.cfg" if name == "link" else "install.amd/vmlinuz"
            assert c.get(f"/iso/deb.iso/{name}")[0] == FILES[want]
    for name, code in bad.items():
        assert server.error_of(f"/iso/deb.iso/{name}")[0] == code, name


def test_names_that_lead_nowhere(iso):
    for name in ("/iso/deb.iso/nothing", "/iso/other.iso/f", "/iso/nothing", "/iso/deb.iso/empty/f"):
        assert iso.error_of(name) == (1, "File not found"), name
    for name in ("/iso", "/iso/", "/iso/deb.iso", "/iso/deb.iso/boot"):
        code, text = iso.error_of(name)
        assert code in (0, 2) and "directory" in text.lower(), (name, code, text)
    assert iso.error_of("/iso/deb.iso/../../../etc/passwd")[0] == 2
    # The root is another place: what climbs out of the mount is looked for there.
    iso.file("f", b"of the root")
    with iso.client() as c:
        assert c.get("/iso/deb.iso/../../f")[0] == b"of the root"
        assert c.get("/f")[0] == b"of the root"
    iso.file("isolinux", b"not below the mount")
    with iso.client() as c:
        assert c.get("/isolinux")[0] == b"not below the mount"


def test_other_files_of_the_folder_are_not_served(iso, folder):
    for name in ("secret.txt", ".hidden.iso", ".iso"):
        (folder / name).write_bytes(b"no")
        assert iso.error_of(f"/iso/{name}")[0] == 1, name


def test_uploads_are_refused(servers, folder):
    make(servers.lab, folder / "deb.iso")
    server = start(servers, f'{{ at = "/iso"; images = "{folder}"; }}', "create = true; permissive = true;")
    assert server.error_of("/iso/deb.iso/new", op=WRQ) == (2, "Images are read-only")


def test_images_come_go_and_are_replaced(servers, iso, folder):
    assert iso.error_of("/iso/new.iso/f")[0] == 1
    make(servers.lab, folder / "new.iso", {"f": b"1" * 600})
    with iso.client() as old:
        old.ask(RRQ, "/iso/new.iso/f")
        assert old.recv().data == b"1" * 512
        make(servers.lab, folder / "new.iso", {"g": b"x", "f": b"2" * 700})
        with iso.client() as c:
            assert c.get("/iso/new.iso/f")[0] == b"2" * 700
        os.unlink(folder / "new.iso")
        assert iso.error_of("/iso/new.iso/f")[0] == 1
        old.send(ack(1))  # who reads the first one gets it to its end
        while (p := old.recv()).block == 1:
            pass  # repeated, because all that has taken its time
        assert p.data == b"1" * 88
        old.send(ack(2))
    fds = f"/proc/{iso.proc.pid}/fd"
    wait_for(lambda: not any("new.iso" in os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)), 5,
             "the removed image to be closed")


def test_a_damaged_image_is_a_clear_error(servers, iso, folder):
    whole = (folder / "deb.iso").read_bytes()
    (folder / "short.iso").write_bytes(whole[:len(whole) // 2])  # its big file is cut
    (folder / "rubbish.iso").write_bytes(b"\xff" * 100_000)
    for name in ("short.iso", "rubbish.iso"):
        os.chmod(folder / name, 0o644)
        for _ in range(2):
            code, text = iso.error_of(f"/iso/{name}/install.amd/vmlinuz")
            assert (code, text) == (0, "The image with this file cannot be read"), name
        assert f"{name}" in iso.proc.text()
    assert "rubbish.iso cannot be served: " in iso.proc.text()
    assert iso.last_event(reason="io-error")["file"] == "/iso/rubbish.iso/install.amd/vmlinuz"
    with iso.client() as c:
        assert c.get("/iso/deb.iso/install.amd/vmlinuz")[0] == FILES["install.amd/vmlinuz"]


def test_an_image_that_is_cut_while_it_is_read(iso, folder):
    with iso.client() as c:
        c.ask(RRQ, "/iso/deb.iso/install.amd/vmlinuz", blksize=65464)
        c.recv()
        os.truncate(folder / "deb.iso", 100_000)
        c.send(ack(0))
        for block in range(1, 6):
            p = c.recv()
            if p.op == ERROR:
                break
            c.send(ack(block))
        assert p.op == ERROR and "changed" in p.text, p
    assert iso.last_event(reason="file-changed")


def test_one_image_and_the_longest_mount_wins(servers, folder):
    one = make(servers.lab, folder / "one.iso", {"f": b"one"})
    two = make(servers.lab, folder / "two.iso", {"f": b"two"})
    server = start(servers, f'{{ at = "/d"; image = "{one}"; }}, {{ at = "/d/sub/"; image = "{two}"; }}')
    with server.client() as c:
        assert c.get("d/f")[0] == b"one"
        assert c.get("/d/sub/f")[0] == b"two"
        os.rename(two, one)
        assert c.get("/d/f")[0] == b"two"
    assert server.error_of("/d/sub/f")[0] == 1


def test_images_must_be_readable_by_the_world(servers, iso, folder):
    os.chmod(folder / "deb.iso", 0o640)
    os.chown(folder / "deb.iso", 0, 65534)  # nobody's group may read it
    assert iso.error_of("/iso/deb.iso/empty") == (2, "File must have global read permissions")
    os.chmod(folder / "deb.iso", 0o600)
    with iso.client() as c:  # what was opened before stays open, what is new is not
        c.ask(RRQ, "/iso/deb.iso/empty")
        assert c.recv().op == 5


@pytest.mark.parametrize("mount,words", [
    ('at = "/"; images = "/tmp"', 'mount at /: a path below /'),
    ('at = "iso"; images = "/tmp"', 'mount at iso: a path below /'),
    ('at = "/iso"', "either image or images"),
    ('at = "/iso"; image = "/a"; images = "/b"', "either image or images"),
    ('at = "/iso"; images = "/nonexistent"', "folder of images /nonexistent: No such file"),
    ('at = "/iso"; image = "/nonexistent.iso"', "image /nonexistent.iso: No such file"),
    ('at = "/iso"; image = "/etc/services"', "image /etc/services cannot be served: ")])
def test_a_mount_that_cannot_be_is_said_at_the_start(servers, mount, words):
    path = servers.lab.file("bad.cfg", f'root = "/tmp"; mounts = ( {{ {mount}; }} );\n')
    status, last = servers.fails("-L", "-a", "127.0.0.1", "--config", path)
    assert status == 1 and words in last, last


@pytest.mark.parametrize("asked,meant", [
    ("/iso/deb.iso/install.amd/vmlinux", "vmlinuz"), ("/iso/deb.iso/bot", "boot"),
    ("/iso/dep.iso", "deb.iso")])
def test_near_misses_are_named(iso, asked, meant):
    assert iso.error_of(asked)[0] == 1
    assert iso.last_event(file=asked)["detail"] == f"did you mean {meant}?"


def test_near_misses_in_an_image_of_its_own(servers, folder):
    image = make(servers.lab, folder / "one.iso")
    server = start(servers, f'{{ at = "/cd"; image = "{image}"; }}')
    assert server.error_of("/cd/boot/grub/grub.cfg")[0] == 1
    assert server.last_event(file="/cd/boot/grub/grub.cfg")["detail"] == "did you mean Grub.cfg?"
    assert server.error_of("/cd/none/at/all")[0] == 1
