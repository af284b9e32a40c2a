# SPDX-License-Identifier: BSD-2-Clause
"""Interfaces that come late, go, come back and change their addresses; reload."""

import signal
import threading
import time

import pytest
from lab import wait_for
from relaynet import OFFER, Link, message

QUIET = 0.4


def relays(net):
    """True once a request goes through."""
    return net.up(message(), 0.2) is not None


def test_late_interface(net):
    net.relay("--wait-interfaces", sides=("-id", "c7", "-iu", "u0"))
    assert net.up(message(), QUIET) is None
    net.lab.veth(net.client, "e7", net.router, "c7")
    net.router.addr("c7", "10.7.0.1/24")
    net.link = Link(net.client, "e7")
    wait_for(lambda: relays(net), 5, "relaying from the late interface")
    net.server.send(message(op=2, kind=OFFER, giaddr="10.7.0.1", yiaddr="10.7.0.5"), "10.7.0.1")
    assert net.link.receive().dst == "10.7.0.5"


def test_missing_interface_is_an_error_without_the_flag(net):
    relay = net.lab.daemon("relayd", "-d", "-id", "c7", "-iu", "u0", "10.2.0.9", ns=net.router)
    assert relay.wait() == 1
    assert "c7: no such interface" in relay.tail(1) and "c0" in relay.tail(1)


def test_removed_and_added_again_under_load(net):
    relay = net.relay()
    stop = threading.Event()

    def flood():
        xid = 0
        while not stop.is_set():
            xid += 1
            try:
                net.link.send(message(xid=xid))
            except OSError:
                pass  # while the link is gone
            time.sleep(0.001)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for _ in range(5):
            net.router.ip("link", "del", "c0")
            time.sleep(0.05)
            net.lab.veth(net.client, "e0", net.router, "c0")
            net.router.addr("c0", "10.1.0.1/24")
            net.link = Link(net.client, "e0")
            while net.server.receive(0) is not None:
                pass
            assert net.server.receive(5) is not None
    finally:
        stop.set()
        thread.join()
    relay.wait_log("c0 is gone; waiting for it to come back")
    assert relay.alive() and relay.stop() == 0


def test_changed_address(net):
    net.relay()
    assert net.up(message()).giaddr == "10.1.0.1"
    net.router.ip("addr", "del", "10.1.0.1/24", "dev", "c0")
    wait_for(lambda: not relays(net), 5, "silence without an address")
    net.router.ip("addr", "add", "10.1.5.1/24", "dev", "c0")
    wait_for(lambda: relays(net), 5, "relaying with the new address")
    assert net.up(message()).giaddr == "10.1.5.1"
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1"), QUIET) is None


def test_renamed_interface_is_another_one(net):
    net.relay("-a", sides=())
    assert b"c0" in net.up(message()).all(82)[0]
    net.router.ip("link", "set", "c0", "down")
    net.router.ip("link", "set", "c0", "name", "lan")
    net.router.addr("lan")
    wait_for(lambda: relays(net), 5, "relaying after the change")
    assert b"lan" in net.up(message()).all(82)[0]


def test_without_flags_every_interface_that_can_broadcast(net):
    net.relay(sides=())
    assert net.up(message()) is not None
    net.server.send(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5"), "10.1.0.1")
    assert net.link.receive() is not None
    names = [line for line in net.ask("interfaces") if '"name"' in line]
    assert any('"c0"' in n for n in names) and not any('"lo"' in n for n in names)


def test_many_interfaces(net):
    """More than a handful: lookups, memory, and one that is not the first."""
    net.client.run("sh", "-c", "for i in $(seq 200); do echo link add m$i type veth peer name "
                   f"r$i netns {net.router.name}; done | ip -batch -", timeout=120)
    net.router.run("sh", "-c", "for i in $(seq 200); do echo link set r$i up; "
                   "echo addr add 10.50.$i.1/24 dev r$i; done | ip -batch -", timeout=120)
    net.client.run("sh", "-c", "for i in $(seq 200); do echo link set m$i up; done | ip -batch -")
    net.relay("-a", sides=())
    link = Link(net.client, "m177")
    link.send(message())
    got = net.server.receive()
    assert got.giaddr == "10.50.177.1" and got.all(82) == [b"\1\4r177"]
    net.server.send(message(op=2, kind=OFFER, giaddr="10.50.177.1", yiaddr="10.50.177.9",
                            options=[(82, got.all(82)[0])]), "10.50.177.1")
    assert link.receive().dst == "10.50.177.9"


CONFIG = 'servers = ["10.2.0.9"];\ndownstream = ["c0"];\nupstream = ["u0"];\n'


@pytest.mark.parametrize("how", ["SIGHUP", "control"])
def test_reload(net, how):
    path = net.lab.file("relayd.cfg", CONFIG)
    relay = net.relay("--config", path, servers=(), sides=())
    assert net.up(message()).all(82) == []

    def reload():
        if how == "control":
            return net.ask("reload")
        relay.signal(signal.SIGHUP)
        return []

    net.lab.file("relayd.cfg", CONFIG + 'agent = true;\ncircuit_id = "new";\n')
    reload()
    relay.wait_log("configuration reloaded")
    assert net.up(message()).all(82) == [b"\1\3new"]
    # a broken file changes nothing and is told with its line
    net.lab.file("relayd.cfg", CONFIG + "agent = 7;\n")
    answer = reload()
    relay.wait_log(r"relayd.cfg:4")
    relay.wait_log("the old one stays")
    if how == "control":
        assert "error" in answer[-1] and "relayd.cfg:4" in answer[-1]
    assert net.up(message()).all(82) == [b"\1\3new"]
    assert relay.stop() == 0


@pytest.mark.parametrize("broken,cause", [
    (CONFIG.replace("10.2.0.9", "10.0.0.300"), "10.0.0.300"),
    (CONFIG.replace('"c0"', '"c7"'), "c7"),
    (CONFIG + 'circuit_id = "${what}";\n', "${ifname}")], ids=["server", "interface", "template"])
def test_reload_keeps_the_old_when_only_we_can_see_the_error(net, broken, cause):
    path = net.lab.file("relayd.cfg", CONFIG)
    relay = net.relay("--config", path, servers=(), sides=())
    net.lab.file("relayd.cfg", broken)
    assert "error" in net.ask("reload")[-1]
    assert cause in relay.text()
    assert net.up(message()) is not None
    assert net.down(message(op=2, kind=OFFER, giaddr="10.1.0.1", yiaddr="10.1.0.5")) is not None
