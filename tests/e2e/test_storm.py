# SPDX-License-Identifier: BSD-2-Clause
"""Two hundred machines in one network are switched on at once: every one comes up."""

import storm
from lab import Lab
from netboot import UIDS


def test_two_hundred_machines_at_once(capsys):
    with Lab("storm") as lab:
        server, wire, room = storm.network(lab)
        tftp_root, html = storm.files(lab)
        dhcp = lab.dir / "dhcp"
        dhcp.mkdir()
        lab.daemon("dhcpd", "-d", "-cf", lab.file("dhcpd.conf", storm.DHCPD_CONF), "-lf",
                   dhcp / "dhcpd.leases", "-pf", lab.dir / "dhcpd.pid", "eth0",
                   ns=server).wait_udp(67)
        lab.daemon("tftpd", "-L", "-u", UIDS["tftpd"], "-s", tftp_root, ns=server).wait_udp(69)
        lab.daemon("httpfsd", "--user", UIDS["httpfsd"], "--listen", f"{storm.SERVER}:80", "--root",
                   html, ns=server).wait_tcp(80)
        machines, seconds = storm.run(wire, room, 200)
        with capsys.disabled():
            print("\nstorm:", storm.summary(machines, seconds))
        assert [m.failed for m in machines if m.failed] == []
        assert len({m.ip for m in machines}) == 200
        for proc in lab.procs:
            assert proc.stop() == 0, proc.tail()
