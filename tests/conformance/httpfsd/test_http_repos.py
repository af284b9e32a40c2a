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


def test_apt_installs(own, where):
    need("apt-get", "dpkg-deb", "dpkg-scanpackages")
    repo, apt = own.lab.dir / "repo", own.lab.dir / "apt"
    for i in range(20):
        tree = own.lab.dir / f"deb{i}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(f"Package: lab{i}\nVersion: 1:1.{i}~rc+b1\nArchitecture: all\n"
                                             "Maintainer: lab <lab@example.net>\nDescription: test\n")
        (tree / f"opt/lab{i}").mkdir(parents=True)
        (tree / f"opt/lab{i}/data").write_bytes(os.urandom(5000))
        repo.mkdir(exist_ok=True)
        run("dpkg-deb", "--build", "--root-owner-group", tree, repo / f"lab{i}_1%3a1.{i}~rc+b1_all.deb")
    (repo / "Packages").write_text(run("dpkg-scanpackages", ".", cwd=repo))
    web = serve(own, where, repo)
    for d in ("lists/partial", "cache/archives/partial", "etc", "log", "root/var/lib/dpkg/updates",
              "root/var/lib/dpkg/info"):
        (apt / d).mkdir(parents=True)
    status = apt / "root/var/lib/dpkg/status"
    status.write_text("")
    (apt / "etc/sources.list").write_text(f"deb [trusted=yes] {web.url}/repo ./\n")
    # dpkg's --root would chroot for its triggers; what it may not touch is named one by one.
    options = [f"-o{k}={v}" for k, v in {
        "Dir::State": apt / "state", "Dir::State::Lists": apt / "lists", "Dir::State::status": status,
        "Dir::Cache": apt / "cache", "Dir::Etc": apt / "etc", "Dir::Log": apt / "log",
        "Dir::Etc::sourcelist": apt / "etc/sources.list", "Dir::Etc::sourceparts": "-",
        "APT::Sandbox::User": "root", "DPkg::Use-Pty": "0"}.items()]
    options += [f"-oDPkg::Options::={o}" for o in (
        f"--admindir={status.parent}", f"--instdir={apt}/root", f"--log={apt}/dpkg.log")]
    run("apt-get", "-q", *options, "update")
    names = [f"lab{i}" for i in range(20)]
    run("apt-get", "-q", "-y", *options, "install", *names)
    for i in range(20):
        assert (apt / f"root/opt/lab{i}/data").read_bytes() == (own.lab.dir / f"deb{i}/opt/lab{i}/data").read_bytes()
    installed = run("dpkg-query", f"--admindir={status.parent}", "-W", "-f", "${Package} ${Status}\\n").splitlines()
    assert sorted(installed) == sorted(f"{n} install ok installed" for n in names)
