# SPDX-License-Identifier: BSD-2-Clause
"""Real firmware boots through relayd -a, from the pool that option 82 chooses for its port."""

import ipaddress
import re

from lab import Lab
from netboot import NetBoot, answer_hash

PORT = "rack7/lan0"
POOLS = """
    pool {{ allow members of "port"; range {0}201 {0}210; }}
    pool {{ deny members of "port"; range {0}101 {0}110; }}"""


class PortBoot(NetBoot):
    """As a provider or a data centre has it: what is plugged in there gets these addresses."""

    def files(self):
        super().files()
        plain = self.conf.read_text()
        pooled = re.sub(r"range (\S+\.)\d+ \S+;", lambda m: POOLS.format(m.group(1)), plain)
        assert pooled != plain
        self.lab.file("dhcpd.conf", f'class "port" {{ match if option agent.circuit-id = "{PORT}"; }}\n' + pooled)

    def _ours_relayd(self):
        return self.lab.daemon("relayd", "-4", "-d", "--no-pid", "-a", "--circuit-id", "rack7/${ifname}", "-id",
                               "lan0", "-iu", "wan0", "192.0.2.1", ns=self.router).wait_udp(67)


def test_boot_from_the_pool_of_a_port():
    seen = []
    with Lab("e2e") as lab:
        machine = PortBoot(lab, "bios", relay=True, guest=True)
        machine.network()
        machine.files()
        machine.start()
        machine.boot()
        assert machine.follow(lambda step, event: seen.append(event)) is None
        assert machine.end() == answer_hash()
        acked = [e["ip"] for e in seen if e["daemon"] == "dhcpd" and e["stage"] == "ack"]
        assert acked
        pool = {ipaddress.ip_address(f"198.51.100.{i}") for i in range(201, 211)}
        assert {ipaddress.ip_address(ip) for ip in acked} <= pool
        relay = machine.procs["relayd"]
        relay.wait_log(r"Adding \d+-byte relay agent option")
        for name, proc in machine.procs.items():
            assert proc.stop() == 0, f"{name} did not end well: {proc.tail()}"
