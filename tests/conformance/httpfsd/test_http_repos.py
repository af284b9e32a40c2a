# SPDX-License-Identifier: BSD-2-Clause
"""Package managers with a repository in a directory and in an ISO image."""

import os
import shutil
import subprocess

import pytest

SPEC = """
Name: lab-a+b
Version: 1~rc1^git2
Release: 1
Summary: test
License: BSD
BuildArch: noarch
%description
test
%install
mkdir -p %{buildroot}/opt/lab
echo installed > %{buildroot}/opt/lab/hello
%files
/opt/lab/hello
"""


def need(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        pytest.skip(f"needs {' '.join(missing)}")


def run(*argv, **kwargs):
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=120, **kwargs)
    assert done.returncode == 0, f"{argv[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def serve(own, where, repo):
    """A server with repo at /repo."""
    if where == "directory":
        return own.start("--root", f"/repo={repo}", root=False)
    image = own.lab.dir / "repo.iso"
    run("xorriso", "-as", "mkisofs", "-R", "-o", image, repo)
    return own.start("--root", f"/repo={image}", root=False)


@pytest.fixture(params=["directory", "image"])
def where(request):
    need("xorriso")
    return request.param


def test_dnf_installs(own, where):
    need("dnf", "createrepo_c", "rpmbuild")
    top, repo, root = own.lab.dir / "rpm", own.lab.dir / "repo", own.lab.dir / "installroot"
    repo.mkdir()
    run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", "--define", f"_rpmdir {repo}",
        own.lab.file("lab.spec", SPEC))
    run("createrepo_c", "-q", repo)
    web = serve(own, where, repo)
    conf = own.lab.file("dnf.conf", f"[main]\nreposdir=/nonexistent\nplugins=0\ngpgcheck=0\ncachedir={own.lab.dir}/cache\n"
                                    f"logdir={own.lab.dir}/log\n[lab]\nname=lab\nbaseurl={web.url}/repo\n")
    run("dnf", "-y", "-c", conf, f"--installroot={root}", "--releasever=1", "--nodocs", "install", "lab-a+b")
    assert (root / "opt/lab/hello").read_text() == "installed\n"
    web.log_line(r'"GET /repo/noarch/lab-a\S*\.rpm HTTP/1\.1" 20[06] ')


def test_apt_downloads(own, where):
    need("apt-get", "dpkg-deb", "dpkg-scanpackages")
    repo, apt = own.lab.dir / "repo", own.lab.dir / "apt"
    for i in range(20):
        tree = own.lab.dir / f"deb{i}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(f"Package: lab{i}\nVersion: 1:1.{i}~rc+b1\nArchitecture: all\n"
                                             "Maintainer: lab <lab@example.net>\nDescription: test\n")
        (tree / "data").write_bytes(os.urandom(5000))
        repo.mkdir(exist_ok=True)
        run("dpkg-deb", "--build", "--root-owner-group", tree, repo / f"lab{i}_1%3a1.{i}~rc+b1_all.deb")
    (repo / "Packages").write_text(run("dpkg-scanpackages", ".", cwd=repo))
    web = serve(own, where, repo)
    for d in ("lists/partial", "cache/archives/partial", "etc", "state", "got"):
        (apt / d).mkdir(parents=True)
    (apt / "status").write_text("")
    (apt / "etc/sources.list").write_text(f"deb [trusted=yes] {web.url}/repo ./\n")
    options = [f"-oDir::{k}={v}" for k, v in {
        "State": apt / "state", "State::Lists": apt / "lists", "State::status": apt / "status", "Cache": apt / "cache",
        "Etc": apt / "etc", "Etc::sourcelist": apt / "etc/sources.list", "Etc::sourceparts": "-"}.items()]
    options.append("-oAPT::Sandbox::User=root")
    run("apt-get", "-q", *options, "update")
    names = [f"lab{i}" for i in range(20)]
    run("apt-get", "-q", *options, "download", *names, cwd=apt / "got")
    sent = {p.read_bytes() for p in repo.glob("*.deb")}
    assert {p.read_bytes() for p in (apt / "got").glob("*.deb")} == sent and len(sent) == 20
