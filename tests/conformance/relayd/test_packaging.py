# SPDX-License-Identifier: BSD-2-Clause
"""What is shipped with relayd is accepted by it: example files, and the flags OpenWrt's script makes."""

import re
import subprocess
from pathlib import Path

import pytest
from lab import program

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
EXAMPLES = sorted((PACKAGING / "examples" / "relayd").glob("*.cfg"))
SCRIPT = PACKAGING / "openwrt" / "files" / "pxe-relayd.init"

# What stands in for OpenWrt's shell library: configuration from a file of shell variables,
# procd's command printed one argument a line.
LIBRARY = r"""
config_load() { :; }
config_foreach() { for s in $SECTIONS; do "$1" "$s"; done; }
config_get() { eval "$1=\${${2}_$3:-$4}"; }
config_get_bool() { eval "$1=\${${2}_$3:-$4}"; }
config_list_foreach() {
	eval "set -- \"\${${1}_$2}\" \"$3\" $4"
	for v in $1; do "$2" "$v" $3; done
}
network_get_device() { case $2 in guest) eval "$1=br-guest" ;; lan) eval "$1=br-lan" ;; esac; }
logger() { echo "LOG $*" >&2; }
procd_open_instance() { echo "INSTANCE $1"; }
procd_set_param() { [ "$1" != command ] || { shift; printf 'ARG %s\n' "$@"; }; }
procd_append_param() { shift; printf 'ARG %s\n' "$@"; }
procd_close_instance() { :; }
procd_add_reload_trigger() { echo "TRIGGER config $*"; }
procd_add_reload_interface_trigger() { echo "TRIGGER network $1"; }
"""


def check(*args):
    return subprocess.run([program("relayd"), "-t", *map(str, args)], text=True, timeout=20,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_there_is_an_example_a_deployment():
    assert {p.stem for p in EXAMPLES} >= {"home-router", "leaf-link-selection", "vrf", "leaf6"}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda p: p.stem)
def test_example_is_accepted(file):
    done = check(*(["-6"] if "lower =" in file.read_text() else []), "--config", file)
    assert done.returncode == 0, done.stderr


def test_example_with_an_error_is_not(tmp_path):
    broken = tmp_path / "broken.cfg"
    broken.write_text(EXAMPLES[0].read_text() + "no_such_setting = 1;\n")
    assert check("--config", broken).returncode == 1


def script(call, **settings):
    """Run a function of the script under a configuration; what it told procd and the log."""
    sections = sorted({name.split("__")[0] for name in settings})
    text = LIBRARY + f'SECTIONS="{" ".join(sections)}"\n' + "".join(
        f"{name.replace('__', '_')}='{value}'\n" for name, value in settings.items())
    body = SCRIPT.read_text().replace(". /lib/functions/network.sh", ":")
    text += body + f"\n{call}\n"
    done = subprocess.run(["sh", "-c", text], text=True, stdout=subprocess.PIPE, timeout=20,
                          stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return done


def commands(**settings):
    """Command lines that the script gives to procd, by section."""
    made = {}
    for line in script("start_service", **settings).stdout.splitlines():
        word, value = line.split(" ", 1)
        if word == "INSTANCE":
            section = made[value] = []
        else:
            section.append(value)
    return made


def test_openwrt_section_becomes_flags():
    made = commands(a__server="192.0.2.1 192.0.2.2", a__downstream_network="guest",
                    a__upstream_network="lan", a__agent="1", a__circuit_id="${hostname} x",
                    a__server_policy="first-alive")
    assert made["a"][:2] == ["/usr/sbin/pxe-relayd", "-4"]
    text = " ".join(made["a"])
    assert "-id br-guest" in text and "-iu br-lan" in text and "--agent" in text
    assert "--circuit-id ${hostname} x" in text and text.endswith("192.0.2.1 192.0.2.2")
    assert check(*made["a"][1:]).returncode == 0


def test_openwrt_family_6_and_disabled():
    made = commands(a__enabled="0", a__server="192.0.2.1", b__family="6",
                    b__downstream_network="guest", b__upstream_network="lan")
    assert set(made) == {"b"}
    done = check(*made["b"][1:])
    assert done.returncode == 0, done.stderr


def test_openwrt_waits_for_its_networks():
    """With a side missing relayd would serve every interface."""
    settings = dict(a__server="192.0.2.1", a__downstream_network="guest late", a__upstream_network="lan")
    assert commands(**settings) == {}
    assert "a waits for network late" in script("start_service", **settings).stderr
    told = script("service_triggers", **settings, b__upstream_network="wan").stdout.splitlines()
    assert told == ["TRIGGER config pxe-relayd network", "TRIGGER network guest", "TRIGGER network late",
                    "TRIGGER network lan", "TRIGGER network wan"]


def test_openwrt_knows_only_settings_that_exist():
    """Each name in the script's three lists is a flag of relayd."""
    for kind in ("OPTIONS", "LISTS", "SWITCHES"):
        names = re.search(rf'{kind}="([^"]*)"', SCRIPT.read_text()).group(1).split()
        assert names
        for name in names:
            done = check(f"--{name.replace('_', '-')}=", "192.0.2.1")
            assert "Unknown command" not in done.stderr, name
