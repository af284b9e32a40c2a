# SPDX-License-Identifier: BSD-2-Clause
"""bench_storm.py -- two hundred machines switched on at once: our three services, the stock three."""

import storm
from bench import each, show
from lab import stock

MACHINES = 200
COLUMNS = [("up", "came up", ".0f"), ("seconds", "all up, s", ".1f"), ("half", "half up, s", ".1f"),
           ("p99", "p99 s", ".1f"), ("mb_per_s", "MB/s", ".1f")]
LOWER = ("seconds", "half", "p99")


def ours(lab, ns, conf, leases, tftp_root, html):
    lab.daemon("dhcpd", "-d", "-cf", conf, "-lf", leases, "-pf", lab.dir / "dhcpd.pid", "eth0", ns=ns)
    lab.daemon("tftpd", "-L", "-s", tftp_root, ns=ns)
    lab.daemon("httpfsd", "--listen", f"{storm.SERVER}:80", "--root", html, ns=ns)


def classical(lab, ns, conf, leases, tftp_root, html):
    lab.spawn("isc-dhcpd", stock("dhcpd"), "-4", "-f", "-d", "-cf", conf, "-lf", leases, "-pf",
              lab.dir / "dhcpd.pid", "eth0", ns=ns)
    lab.stock_with_syslog("in.tftpd", stock("in.tftpd"), "-L", "-s", tftp_root, ns=ns)
    lab.spawn("nginx", stock("nginx"), "-c", lab.file("nginx.conf", (
        f"daemon off; error_log stderr; pid {lab.dir}/nginx.pid; events {{ }}\nhttp {{ access_log off; "
        f"sendfile on; server {{ listen {storm.SERVER}:80; root {html}; }} }}\n")), ns=ns)


def case(lab, start):
    server, wire, room = storm.network(lab)
    tftp_root, html = storm.files(lab)
    leases = lab.file("dhcp/dhcpd.leases", "")
    start(lab, server, lab.file("dhcpd.conf", storm.DHCPD_CONF), leases, tftp_root, html)
    for proc, port, kind in zip(lab.procs, (67, 69, 80), ("udp", "udp", "tcp")):
        getattr(proc, f"wait_{kind}")(port)
    machines, seconds = storm.run(wire, room, MACHINES)
    up = sorted(m.seconds for m in machines if not m.failed)
    for line in sorted({m.failed.split(": ", 1)[1] for m in machines if m.failed})[:3]:
        print(f"  {line}")
    return {"up": len(up), "seconds": seconds, "half": up[len(up) // 2] if up else None,
            "p99": up[len(up) * 99 // 100] if up else None,
            "mb_per_s": sum(m.bytes for m in machines) / 1e6 / seconds}


def run():
    rows = each({"ours": ours, "isc+hpa+nginx": classical}, case)
    show(f"storm: {MACHINES} machines at once, DHCP, then 0.4 MB by TFTP and 2 MB by HTTP each",
         COLUMNS, rows, lower=LOWER)
    return not rows.get("ours")
