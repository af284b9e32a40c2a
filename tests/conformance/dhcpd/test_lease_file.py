# SPDX-License-Identifier: BSD-2-Clause
"""The lease file: durable, recovered, rewritten, readable by ISC's own server and by others' tools."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pytest
from dhcp4 import ACK, DISCOVER, OFFER, REQUEST
from dhcpnet import CONF, read_leases
from lab import stock, wait_for

RECORD = """lease 192.0.2.{n} {{
  starts 2 2026/11/24 08:00:00;
  ends never;
  cltt 2 2026/11/24 08:00:00;
  binding state active;
  next binding state free;
  rewind binding state free;
  hardware ethernet 02:00:00:00:00:{n:02x};
  client-hostname "n{n}";
}}
"""


def put(net, text):
    net.leases.write_text(text)


def hold(net, n):
    """Does the server know that this client holds this address?"""
    ack = net.ask(REQUEST, mac=f"02:00:00:00:00:{n:02x}", options=[(50, f"192.0.2.{n}")])
    other = net.ask(REQUEST, mac="02:00:00:00:ff:ff", options=[(50, f"192.0.2.{n}")])
    return ack.kind == ACK and other.kind != ACK


def test_created_when_missing(net):
    server = net.start()
    server.wait_log("does not exist and is created")
    assert net.leases.exists()
    assert net.lease().yiaddr in read_leases(net.leases)


def test_backup_is_used_when_the_file_is_gone(net):
    (net.leases.parent / "dhcpd.leases~").write_text(RECORD.format(n=101))
    server = net.start()
    server.wait_log("its backup .* was read instead")
    assert hold(net, 101)


def test_survives_a_restart(net):
    server = net.start()
    first = net.lease(options=[(12, b"kept"), (61, b"\x00id\"\\\xff")])
    assert server.stop() == 0
    before = read_leases(net.leases)[first.yiaddr]
    net.start()
    after = read_leases(net.leases)[first.yiaddr]
    assert after == before
    assert after["uid"] == r'"\000id\"\\\377"'
    again = net.ask(DISCOVER, options=[(61, b"\x00id\"\\\xff")])
    assert again.kind == OFFER and again.yiaddr == first.yiaddr


@pytest.mark.parametrize("cut", [2, 3, 20, 60, 120, 200])
def test_torn_last_record(net, cut):
    put(net, RECORD.format(n=101) + RECORD.format(n=102)[:-cut])
    server = net.start()
    server.wait_log("the last entry was cut short and is dropped")
    assert hold(net, 101)
    assert "192.0.2.102" not in read_leases(net.leases)


def test_damage_is_stepped_over_and_kept(net):
    put(net, RECORD.format(n=101) + "rubbish \"\0\n;;;}\n" + RECORD.format(n=102) +
        "lease 192.0.2.103 {\n  ends tomorrow;\n}\n" + RECORD.format(n=104))
    server = net.start()
    server.wait_log(r"Corrupt lease file - possible data loss! 2 entries could not be read, 3 could")
    saved = re.search(r"kept as (\S+)", server.text()).group(1)
    assert "rubbish" in open(saved).read()
    assert all(hold(net, n) for n in (101, 102, 104))


def test_entries_of_others_are_kept(net):
    put(net, 'server-duid "\\000\\001";\nhost dyn { dynamic; hardware ethernet 1:2:3:4:5:6; }\n' +
        RECORD.format(n=101))
    net.start()
    text = net.leases.read_text()
    assert 'server-duid "\\000\\001";' in text and "host dyn { dynamic;" in text


OMAPI = """group "lab" {
  dynamic;
  option host-name "of-the-group";
}
host one {
  dynamic;
  hardware ethernet 02:00:00:00:00:01;
  fixed-address 192.0.2.201;
  group "lab";
        supersede server.filename = "one.0";
        supersede server.next-server = 0a:28:00:01;
}
host gone {
  dynamic;
  hardware ethernet 02:00:00:00:00:02;
  fixed-address 192.0.2.202;
}
host gone {
  dynamic;
  deleted;
}
"""


def test_hosts_of_the_lease_file_are_served(net):
    """What omshell made for ISC's server: given out, kept over restart and reload, no more once deleted."""
    put(net, OMAPI + RECORD.format(n=101))
    server = net.start()
    for _ in range(2):
        offer = net.ask(DISCOVER, mac="02:00:00:00:00:01")
        assert offer.yiaddr == "192.0.2.201" and offer.siaddr == "10.40.0.1"
        assert offer.file.startswith(b"one.0\0") and offer.get(12) == b"of-the-group"
        assert net.ask(DISCOVER, mac="02:00:00:00:00:02").yiaddr != "192.0.2.202"
        assert hold(net, 101)
        server.signal(signal.SIGHUP)
        server.wait_log("configuration .* reloaded")
    server.stop()
    server = net.start()
    assert net.ask(DISCOVER, mac="02:00:00:00:00:01").yiaddr == "192.0.2.201"


def test_a_host_of_the_lease_file_that_cannot_be_served(net):
    """It is said, and the rest is served."""
    put(net, "host bad { dynamic; no-such-thing 3; }\n" + RECORD.format(n=101))
    server = net.start()
    server.wait_log(r"hosts and groups of \S+ are not used: \S*dhcpd\.leases:1:")
    assert hold(net, 101)
    assert "host bad {" in net.leases.read_text()


def test_rewritten_beside_the_service(net):
    """New inode, old file kept as ~, nothing lost of what came meanwhile."""
    server = net.start()
    macs = [f"02:00:00:00:01:{n:02x}" for n in range(20)]
    held = {net.lease(mac=mac).yiaddr: mac for mac in macs[:10]}
    inode = os.stat(net.leases).st_ino
    size = net.leases.stat().st_size
    net.command("rewrite")
    held |= {net.lease(mac=mac).yiaddr: mac for mac in macs[10:]}
    server.wait_log(r"(?s)Wrote 0 leases.*Wrote \d+ leases to leases file\.")
    assert os.stat(net.leases).st_ino != inode
    assert (net.leases.parent / "dhcpd.leases~").stat().st_ino == inode
    assert size > 0 and not list(net.leases.parent.glob("dhcpd.leases.[0-9]*"))
    server.popen.kill()
    server.wait()
    leases = read_leases(net.leases)
    assert {ip: rec["hardware ethernet"] for ip, rec in leases.items()} == held


def test_isc_reads_what_we_write(net):
    server = net.start()
    ip = net.lease(options=[(12, b"name"), (60, b"PXEClient:Arch:00000:UNDI:002001"),
                            (61, b"\x01\x02\"\\")]).yiaddr
    server.stop()
    conf = net.lab.file("isc.conf", CONF.split("subnet 198")[0])
    done = subprocess.run([stock("dhcpd"), "-T", "-cf", str(conf), "-lf", str(net.leases)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    assert "line" not in done.stdout.replace("online", ""), done.stdout
    isc = net.lab.spawn("isc-dhcpd", stock("dhcpd"), "-d", "-cf", conf, "-lf", net.leases, "--no-pid",
                        "s0", ns=net.server)
    isc.wait_log(r"(?s)Wrote 1 leases to leases file.*Server starting service")
    offer = net.ask(DISCOVER, options=[(61, b"\x01\x02\"\\")], timeout=4)
    assert offer.yiaddr == ip


def test_disk_full(net):
    """No ACK without a record; one line in the log; service goes on when there is room again."""
    state = net.leases.parent
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(state)], check=True)
    try:
        server = net.start()
        net.lease(mac="02:00:00:00:00:01")
        filler = state / "filler"
        with open(filler, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while out.write(b"x" * 4096):
                pass
        # what is left of the last page of the lease file
        refused = 0
        for n in range(2, 60):
            offer = net.ask(DISCOVER, mac=f"02:00:00:00:00:{n:02x}", timeout=1)
            if offer is None:
                break
            got = net.ask(REQUEST, mac=f"02:00:00:00:00:{n:02x}", timeout=0.3,
                          options=[(50, offer.yiaddr), (54, offer.get(54))])
            if got is None:
                refused += 1
                if refused == 3:
                    break
            else:
                assert got.yiaddr in net.leases.read_text()
        assert refused == 3
        server.wait_log("No space left on device; no lease is given until it can be written")
        assert len(re.findall("no lease is given", server.text())) == 1
        server.wait_log("database update failed")
        filler.unlink()
        got = net.ask(REQUEST, mac=f"02:00:00:00:00:{n:02x}", options=[(50, offer.yiaddr)])
        assert got.kind == ACK
        server.wait_log("can be written again")
        assert read_leases(net.leases)[offer.yiaddr]["binding state"] == "active"
        server.stop()
    finally:
        net.lab.close()
        subprocess.run(["umount", str(state)], check=False)


def test_no_ack_before_the_sync_returned(net):
    """The order of system calls: pwrite, fdatasync, and only then the frame with the ACK."""
    server = net.start()
    trace = net.lab.dir / "trace"
    tracer = net.lab.spawn("strace", stock("strace"), "-f", "-p", server.pid, "-o", trace, "-e",
                           "trace=pwrite64,fdatasync,sendmmsg,sendmsg,sendto")
    wait_for(lambda: trace.exists() and "attached" in tracer.text(), 10, "strace attached")
    net.lease()
    wait_for(lambda: "fdatasync" in trace.read_text(), 5, "a sync")
    tracer.stop()
    lines = trace.read_text().splitlines()
    write = next(i for i, line in enumerate(lines) if "pwrite64" in line and "lease 192.0.2" in line)
    synced = next(i for i, line in enumerate(lines) if i > write and "fdatasync" in line and "= 0" in line)
    sends = [i for i, line in enumerate(lines) if "send" in line]
    assert any(i < write for i in sends)       # the OFFER
    assert not any(write < i < synced for i in sends)
    assert any(i > synced for i in sends)      # the ACK


def test_local_time_and_hex_ids(net):
    conf = "lease-id-format hex; db-time-format local;\n" + CONF
    net.start(conf=conf, env={"TZ": "UTC-2"})
    net.lease(options=[(61, b"\x01ab")])
    text = net.leases.read_text()
    assert "  uid 01:61:62;\n" in text
    seconds, comment = re.search(r"  starts epoch (\d+); # (.*)\n", text).groups()
    assert comment == time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(int(seconds) + 7200))


def test_a_large_file_is_served_before_it_is_rewritten(net):
    """What is given meanwhile is in the new file too."""
    conf = CONF.replace("subnet 198.51.100.0", "subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.0 10.9.255.255; }\n"
                        "subnet 198.51.100.0")
    record = RECORD.replace("192.0.2.{n}", "10.0.{a}.{b}").replace("{n:02x}", "{a:02x}").replace('"n{n}"', '"' + "n" * 90 + '"')
    whole = "".join(record.format(a=n >> 8, b=n & 255) for n in range(55000))
    assert len(whole) > 17 << 20
    put(net, whole)
    server = net.start(conf=conf)
    ip = net.lease().yiaddr
    server.wait_log("(?s)Server starting service.*Wrote 5500[01] leases to leases file", timeout=60)
    leases = read_leases(net.leases)
    assert ip in leases and len(leases) == 55001
