# SPDX-License-Identifier: BSD-2-Clause
"""Map files: against tftp-hpa's own in.tftpd on the same rules and names, and what it lacks."""

import random
import re
import subprocess
import time

import pytest
from lab import program, stock
from tftplab import Client, request

NAMES = ["pxelinux.0", "/pxelinux.0", "boot/x", "C:\\Boot\\BCD", "ok/y", "a.pvt", "UPPER/Lower",
         "a#b", "aaa", "1-2-3", "x/../y", "grub//x.mod", "default", "abcabc"]

# 5.2 agrees with us on each of these; where it has a bug there is a test below instead.
RULES = {
    "sample": "ri ^[a-z]: \nrg \\\\ /\nrg \\# @\nrg /../ /..no../\ne ^ok/\nr ^[^/] /srv/\\0\na \\.pvt$\n",
    "groups": "r ^(.)(.*)$ \\2\\1\\9\n",
    "case": "r ^(.*)/(.*)$ \\U\\1\\E/\\L\\2\n",
    "address": "r ^.* \\i/\\x/\\0\n",
    "escapes": "r a \\\\\\ \\#\\q\n",
    "global": "rg b BB\nrg [0-9] n\n",
    "invert": "a~ ^[/a-zA-Z0-9] no\\ \\0\nr ^/ root\n",
    "modes": "rG ^p read-\nrP ^p write-\n",
    "exit": "re ^p x\nr ^ y\n",
    "messages": "a ^C: Windows\\ go\\ away\na ^aaa$\n",
    "anchors": "r 0$ zero\nr ^ <\nr $ >\n",
    "restart-free": "r ^/(.*) \\1\nrs ^// /\n",
}


def ours(lab, rules, names):
    path = lab.file("ours.map", rules)
    asked = lab.file("names", "\n".join(names) + "\n")
    done = subprocess.run([program("tftpd"), "-m", path, "--map-test", asked, "-s", "/"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [re.sub(r" \(line \d+\)$", "", x) for x in done.stdout.splitlines()]
    assert len(lines) == len(names)
    result = {}
    for name, line in zip(names, lines):
        assert line.startswith(name)
        result[name] = line[len(name):].removeprefix(" -> ").removeprefix(": refused: ")
    return result


def theirs(servers, rules, names):
    """What in.tftpd says in its log, and in the ERROR when it refuses."""
    path = servers.lab.file("theirs.map", rules)
    proc = servers.lab.stock_with_syslog(
        "in.tftpd", stock("in.tftpd"), "-L", "-a", "192.0.2.1:69", "-m", path, "-vvv", "-s",
        servers.root(), ns=servers.ns)
    proc.wait_udp(69)

    class Peer:
        ns, host, port = servers.ns, "192.0.2.1", 69

    result = {}
    for name in names:
        with Client(Peer) as c:
            c.raw(request(1, name))
            p = c.recv(5)
            assert p is not None and p.op == 5, (name, p)
            result[name] = p.text
            c.sock.close()
    time.sleep(0.3)
    log = proc.text()
    for name in names:
        m = re.search(rf"filename {re.escape(name)} remapped to (.*?)\s*$", log, re.M)
        refused = result[name] != "File not found"
        if m and not refused:
            result[name] = m.group(1)
        elif not refused:
            result[name] = name
    proc.stop()
    return result


@pytest.mark.parametrize("which", RULES)
def test_the_same_as_in_tftpd(servers, which):
    # Not every result can be opened by 5.2 (a name that is empty or climbs ends in another ERROR).
    want = theirs(servers, RULES[which], NAMES)
    got = ours(servers.lab, RULES[which], NAMES)
    assert got == want


def generated(seed):
    """Rules and names of one seed: what 5.2 has no bug in. Names end in zz, which no rule touches, so
    that none becomes empty; g only with what its replacement cannot match again."""
    luck = random.Random(seed)
    atoms = ["a", "b", "[abc]", "[0-2]", "c+", "a*b", "(a|b)c", "x?1", ".", "-", "_", "(.)(.)", "[^a0/]"]
    macros = ["", "\\0", "\\1", "\\2", "\\9", "\\i", "\\x", "Q", "\\U\\0\\E.", "\\L\\1", "/", "\\ ", "\\#"]
    rules = []
    for _ in range(luck.randint(2, 6)):
        regex = luck.choice(["", "^"]) + "".join(luck.choices(atoms, k=luck.randint(1, 3)))
        regex += luck.choice(["", "", "zz$"]) if "z" not in regex else ""
        kind = luck.random()
        if kind < 0.15:
            rules.append(f"rg {luck.choice(['a', '[0-2]', '-', 'b'])} {luck.choice(['Q', 'QR', '_'])}")
        elif kind < 0.75:
            flags = luck.choice(["", "i", "G", "P", "4", "6", "e"])
            rules.append(f"r{flags} {regex} {''.join(luck.choices(macros, k=luck.randint(0, 3)))}zz")
        elif kind < 0.9:
            rules.append(f"{luck.choice(['e', 'e~', 'eG', 'ei'])} {regex}")
        else:
            # The text of a~ is made from what an earlier rule has matched, or from nothing.
            rules.append(luck.choice([f"a {regex} no\\ \\0", f"ai {regex} no\\ \\0", f"a~ {regex}"]))
    names = ["".join(luck.choices("aabbccABC012xyzzQ-_/", k=luck.randint(1, 12))) + "zz"
             for _ in range(25)]
    return "\n".join(rules) + "\n", sorted(set(names))


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_same_as_in_tftpd_on_generated_rules(servers, seed):
    rules, names = generated(seed)
    assert ours(servers.lab, rules, names) == theirs(servers, rules, names), rules


def test_restart_starts_at_the_first_rule(servers):
    """5.2 goes on with the second."""
    assert ours(servers.lab, "r ^a b\nrs ^c a\n", ["c"]) == {"c": "b"}


def test_a_rule_that_matches_its_result_ends(servers):
    """5.2 spins for ever and leaves the process."""
    server = servers.start("-m", servers.lab.file("map", "rg a aa\n"))
    assert server.error_of("a") == (2, "Remap table failure")
    assert "Breaking loop" in server.proc.text()


def test_the_rules_own_text_is_sent(servers):
    server = servers.start("-m", servers.lab.file("map", "a ^secret.* ask\\ \\i\\ nicely\n"))
    assert server.error_of("secret") == (2, "ask 127.0.0.1 nicely")
    event = server.last_event()
    assert event["reason"] == "forbidden" and event["where"].endswith("map:1")


def test_try_the_file_of_this_client_first(servers):
    """E of the later versions: per-machine file when there is one, else the common one."""
    rules = servers.lab.file("map", "rE ^(.*)$ hosts/\\x/\\1\nr ^ common/\n")
    server = servers.start("-m", rules, host="*")
    server.file("hosts/7F000001/cfg", b"mine")
    server.file("common/cfg", b"common")
    with server.client(to="127.0.0.1") as c:
        assert c.get("cfg")[0] == b"mine"
    with server.client(to="192.0.2.1") as c:
        assert c.get("cfg")[0] == b"common"
    server.proc.wait_log(r"RRQ from 127.0.0.1 filename cfg remapped to hosts/7F000001/cfg$")


def test_ipv4_and_ipv6_rules(servers):
    rules = servers.lab.file("map", "r4 ^ four/\nr6 ^ six/\n")
    server = servers.start("-m", rules, host="*")
    server.file("four/f", b"4")
    server.file("six/f", b"6")
    for to, want in (("127.0.0.1", b"4"), ("::1", b"6")):
        with server.client(to=to) as c:
            assert c.get("f")[0] == want


def test_map_test_traces_with_vvv(servers):
    rules = servers.lab.file("map", "r a b\nre b c\n")
    names = servers.lab.file("names", "xa\n")
    done = subprocess.run([program("tftpd"), "-vvv", "-m", rules, "--map-test", names, "-s", "/"],
                          capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "  input: xa", "  rule 0: rewrite: xb", "  rule 1: rewrite: xc", "  rule 1: exit",
        "  done", "xa -> xc (line 2)"]
