# SPDX-License-Identifier: BSD-2-Clause
"""dhcpd -t on whole files: of real sites with the original's exit status, and our own good and bad ones."""

import csv
import re
import subprocess

import pytest
from lab import PROJECT, program

CORPUS = PROJECT.parent / "shared/corpus/dhcpd"
OURS = PROJECT / "tests/data/dhcpd.conf"


def check(path, *args, cwd=None):
    return subprocess.run([program("dhcpd"), "-t", *args, "-cf", path], cwd=cwd, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_corpus():
    if not CORPUS.is_dir():
        pytest.skip("there is no ../shared/corpus/dhcpd")
    with open(CORPUS / "verdicts.tsv", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = []
    for row in rows:
        done = check(row["file"], row["mode"], cwd=CORPUS)
        if done.returncode != int(row["exit"]):
            wrong.append(f"{row['file']}: {done.returncode}, ISC {row['exit']}: {done.stderr[-200:]}")
    assert len(rows) > 200 and not wrong, "\n".join(wrong)


def family(path):
    return "-6" if re.search(r"subnet6|range6|dhcp6\.", path.read_text(errors="replace")) else "-4"


@pytest.mark.parametrize("path", sorted((OURS / "good").glob("*.conf")), ids=lambda p: p.stem)
def test_good(path):
    done = check(path, family(path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((OURS / "bad").glob("*.conf")), ids=lambda p: p.stem)
def test_bad(path):
    done = check(path)
    assert done.returncode == 1
    assert re.search(r" line \d+: .* \[[a-z0-9-]+\]$", done.stderr, re.M), done.stderr
    assert re.search(r":\d+: error: ", done.stderr.splitlines()[-1]) or "line" in done.stderr.splitlines()[-1]


WARNS = """\
subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.10 192.0.2.20; option routers 10.1.1.1; }
host a { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.15; }
"""


def test_warnings_have_codes_and_are_silenced(lab):
    conf = lab.file("dhcpd.conf", WARNS)
    done = check(conf)
    assert done.returncode == 0
    assert f"{conf} line 1: " in done.stderr and "[router-off-link]" in done.stderr
    assert "[host-in-range]" in done.stderr
    done = check(conf, "--silence", "router-off-link")
    assert "[router-off-link]" not in done.stderr and "[host-in-range]" in done.stderr
    done = check(conf, "--silence", "router-off-link", "--silence", "host-in-range")
    assert " line " not in done.stderr
    cfg = lab.file("dhcpd.cfg", 'silence = ["host-in-range"];\n')
    done = check(conf, "--config", cfg)
    assert "[router-off-link]" in done.stderr and "[host-in-range]" not in done.stderr


def test_unknown_code_is_named(lab):
    done = check(lab.file("dhcpd.conf", WARNS), "--silence", "router-offlink")
    assert done.returncode == 0 and "did you mean router-off-link?" in done.stderr


def test_errors_cannot_be_silenced(lab):
    done = check(lab.file("dhcpd.conf", "bogus;\noption routers;\n"), "--silence", "syntax")
    assert done.returncode == 1 and done.stderr.count(" line ") >= 2


def test_manual_lists_every_warning():
    """The table of codes, the sources that use them and dhcpd(8) agree."""
    table = set(re.findall(r'^    \{"([a-z0-9-]+)",', (PROJECT / "dhcpd/conf/warning.c").read_text(), re.M))
    used = set()
    for source in (PROJECT / "dhcpd/conf").glob("*.c"):
        used |= set(re.findall(r'parse_warn\(\s*(?:b->)?p,[^"]*?"([a-z0-9-]+)",', source.read_text()))
    page = (PROJECT / "dhcpd/dhcpd.8").read_text()
    page = page[page.index(".Sh WARNINGS"):page.index(".Sh EXPLAIN")]
    assert used == table
    assert set(re.findall(r"^\.It Li (\S+)$", page, re.M)) == table
