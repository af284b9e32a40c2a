# SPDX-License-Identifier: BSD-2-Clause
"""twingen.py -- configurations and packets for the twin test, drawn from a seed.

Everything that a site's file can say about an answer is in it: definitions of options of every type,
spaces, classes and subclasses, groups, shared networks, pools with permits, hosts by hardware address,
identifier and host-identifier, conditions, switches, computed values, append, prepend and default,
spawned classes."""

import random

from dhcp4 import BROADCAST

NETS = {1: "one", 2: "both, first subnet", 3: "both, second subnet", 4: "grouped"}
MACS = [f"02:00:00:00:00:{n:02x}" for n in range(1, 13)]
VENDORS = [b"PXEClient:Arch:00000:UNDI:002001", b"PXEClient:Arch:00007:UNDI:003016", b"MSFT 5.0",
           b"HTTPClient:Arch:00016:UNDI:003001", b"ciscopnp", b"pxeclient"]
USERS = [b"iPXE", b"gPXE", b"\x04iPXE"]
CIRCUITS = [b"port1", b"port2", b"\x00\x04\x00\x07"]

# What is defined: code, name, type, values as text.
DEFINED = [
    (200, "d-bool", "boolean", ["true", "false", "on"]),
    (201, "d-u8", "unsigned integer 8", ["0", "7", "255"]),
    (202, "d-s16", "signed integer 16", ["-1", "300", "-32768"]),
    (203, "d-u32", "unsigned integer 32", ["0", "4294967295", "0x10"]),
    (204, "d-ip", "ip-address", ["192.0.2.7", "10.9.8.7"]),
    (205, "d-text", "text", ['"some text"', '""', '"a\\"b\\\\c"']),
    (206, "d-string", "string", ['"bytes"', "01:02:ff", "0"]),
    (207, "d-ips", "array of ip-address", ["10.0.0.1", "10.0.0.1, 10.0.0.2, 10.0.0.3"]),
    (208, "d-u16s", "array of unsigned integer 16", ["1", "1, 2, 65535"]),
    (209, "d-rec", "{ unsigned integer 8, ip-address }", ["3 10.1.1.1"]),
    (210, "d-recs", "array of { integer 32, ip-address }", ["-5 10.1.1.1", "1 10.1.1.1, 2 10.1.1.2"]),
    (211, "d-names", "domain-list", ['"a.example"', '"a.example", "b.example"']),
    (212, "d-last", "{ unsigned integer 8, array of ip-address }", ["1 10.0.0.1", "2 10.0.0.1, 10.0.0.2"]),
]
BUILT_IN = [
    (3, "routers", ["10.1.0.1", "10.1.0.1, 10.1.0.2"]), (6, "domain-name-servers", ["10.0.0.53", "10.0.0.53, 10.0.0.54"]),
    (12, "host-name", ['"named"']), (15, "domain-name", ['"example.org"', '"a.example"']),
    (17, "root-path", ['"/srv/root"']), (26, "interface-mtu", ["1400"]), (19, "ip-forwarding", ["on", "false"]),
    (28, "broadcast-address", ["10.1.255.255"]), (33, "static-routes", ["10.7.0.1 10.1.0.1"]),
    (42, "ntp-servers", ["10.0.0.5"]), (43, "vendor-encapsulated-options", ["01:01:ff"]),
    (2, "time-offset", ["-3600"]), (66, "tftp-server-name", ['"tftp.example"']),
    (67, "bootfile-name", ['"by-option.0"']), (119, "domain-search", ['"a.example", "b.a.example"']),
    (60, "vendor-class-identifier", ['"PXEClient"']), (116, "auto-config", None), (1, "subnet-mask", ["255.255.0.0"]),
    (44, "netbios-name-servers", ["10.0.0.9"]), (46, "netbios-node-type", ["8"]), (252, None, None),
]
BUILT_IN = [b for b in BUILT_IN if b[2]]
OPTIONS = [(code, name, values) for code, name, _, values in DEFINED] + BUILT_IN
CODES = [o[0] for o in OPTIONS] + [51, 54, 58, 59, 61, 81, 121, 220, 43]

# Early renewals of a lease have a test of their own: ISC goes on with a lease though the relay's port changed.
PRELUDE = """\
authoritative; ping-check false; default-lease-time 1200; max-lease-time 7200; min-lease-time 60;
ddns-update-style none; dhcp-cache-threshold 0;
option space V;
option V.one code 1 = unsigned integer 8;
option V.two code 2 = text;
option V.three code 3 = array of ip-address;
option space W;
option W.a code 1 = ip-address;
option W.b code 9 = string;
option d-encap code 220 = encapsulate W;
option arch code 93 = unsigned integer 16;
option user code 77 = string;
"""


class Conf:
    """The text of one configuration."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.pools = {}  # of a network: permits of pools without statements, and the first such pool
        self.same = {}  # pool: another that ISC takes for the same
        text = PRELUDE + "".join(f"option {name} code {code} = {kind};\n" for code, name, kind, _ in DEFINED)
        self.text = text + self.stmts(3) + self.classes() + self.networks() + self.hosts()

    # -- expressions

    def condition(self, depth=0):
        rng = self.rng
        simple = [
            "option arch = 00:07", "exists user", "known", "exists agent.circuit-id",
            'substring(option vendor-class-identifier, 0, 9) = "PXEClient"',
            'option vendor-class-identifier ~= "^PXE"', 'option vendor-class-identifier ~~ "^pxec"',
            f'option agent.circuit-id = "{rng.choice(["port1", "port2"])}"',
            'suffix(option user, 4) = "iPXE"', "extract-int(option arch, 16) = 7",
            f"hardware = 1:{rng.choice(MACS)}", f"packet(24, 4) = 0a:0{rng.choice('124')}:00:01",
            "option arch = option arch", 'option user != "gPXE"', "static",
            'lcase(substring(option vendor-class-identifier, 0, 4)) = "msft"',
            f'binary-to-ascii(16, 8, ":", substring(hardware, 1, 6)) = "2:0:0:0:0:{rng.randrange(1, 13):x}"',
            "exists dhcp-client-identifier", f"option dhcp-message-type = {rng.choice('138')}",
        ]
        pick, word = rng.random(), rng.choice(["and", "or"])
        if depth == 0 and pick < 0.15:  # ISC takes a parenthesis behind `if` for the whole condition
            return f"not ({self.condition(1)})"
        if depth == 0 and pick < 0.3:
            return f"{rng.choice(simple[:8])} {word} ({self.condition(1)})"
        if pick < 0.4:
            return f"{rng.choice(simple[:8])} {word} {rng.choice(simple[:8])}"
        return rng.choice(simple)

    def data(self):
        rng = self.rng
        return rng.choice([
            'concat("a-", option host-name)', 'pick-first-value(option host-name, option user, "none")',
            'binary-to-ascii(16, 8, "-", substring(hardware, 1, 6))', 'concat("x", binary-to-ascii(10, 8, ".", leased-address))',
            'ucase("mixed Case")', "host-decl-name", "encode-int(258, 16)", 'reverse(1, "abc")',
            'suffix(option vendor-class-identifier, 6)', "config-option domain-name", '"plain"',
            'concat(option agent.circuit-id, "/", option agent.remote-id)',
            'pick-first-value(config-option root-path, "no root")',
            'binary-to-ascii(10, 16, ",", option arch)', "substring(packet(28, 6), 3, 3)", "mine"])

    # -- statements

    def option(self):
        rng = self.rng
        code, name, values = rng.choice(OPTIONS)
        word = rng.choices(["option", "supersede", "default", "append", "prepend"], [12, 1, 2, 2, 2])[0]
        return f"{word} {name} {rng.choice(values)};"

    def set(self):
        return f'set mine = {self.rng.choice([chr(34) + "v" + chr(34), "option user", "option host-name"])};'

    def stmt(self, depth):
        rng, what = self.rng, self.rng.random()
        if what < 0.45:
            return self.option()
        if what < 0.53:
            data = self.data()
            name = rng.choice(["host-name", "root-path", "d-text", "d-string", "domain-name"])
            if data == "mine":  # in options, ISC sees no variable of this client
                data = '"not mine"'
            if "config-option" in data:  # ISC never comes back from an option computed from itself
                name = "d-text"
            return f"option {name} = {data};"
        if what < 0.60:
            if rng.random() < 0.5:
                return f'filename "boot-{rng.randrange(9)}.0";'
            data = self.data()
            return (self.set() + " " if data == "mine" else "") + f'filename = concat("p/", {data});'
        if what < 0.65:
            return f"next-server 10.0.0.{rng.randrange(1, 9)};"
        if what < 0.67:
            return f'server-name "srv{rng.randrange(9)}";'
        if what < 0.72:
            return f"{rng.choice(['default', 'max', 'min'])}-lease-time {rng.choice([60, 300, 900, 5000, 86400])};"
        if what < 0.76:
            return rng.choice(["option V.one 5;", 'option V.two "vv";', "option V.three 10.0.0.1, 10.0.0.2;",
                               "vendor-option-space V;", "option W.a 10.0.0.3;", "option W.b 01:02;"])
        if what < 0.79:
            return rng.choice(["use-host-decl-names on;", "always-broadcast on;", "use-lease-addr-for-default-route on;",
                               "option dhcp-renewal-time 30;", "option dhcp-rebinding-time 50;", "echo-client-id on;",
                               "option dhcp-parameter-request-list 1, 3, 15, 67;", "min-secs 0;"])
        if what < 0.82:
            text = self.set()
            # asked at once: ISC remembers from a DISCOVER to the REQUEST what was set
            if rng.random() < 0.3:
                text += f" if {rng.choice(['defined(mine)', 'mine = ' + chr(34) + 'v' + chr(34)])} {{ {self.option()} }}"
            return text
        if depth <= 0:
            return self.option()
        if what < 0.95:
            text = f"if {self.condition()} {{ {self.body(depth - 1)} }}"
            if rng.random() < 0.4:
                text += f" elsif {self.condition()} {{ {self.body(depth - 1)} }}"
            if rng.random() < 0.5:
                text += f" else {{ {self.body(depth - 1)} }}"
            return text
        return (f"switch (extract-int(option arch, 16)) {{ case 0: {self.body(0)} break; "
                f"case 7: {self.body(0)} break; default: {self.body(0)} }}")

    def stmts(self, most, depth=2, end="\n", least=0):
        return "".join(self.stmt(depth) + end for _ in range(self.rng.randint(least, most)))

    def body(self, depth):  # ISC 4.4.3 crashes on an empty one
        return self.stmts(2, depth, " ", 1)

    # -- declarations

    def classes(self):
        rng = self.rng
        heads = ['match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";',
                 f"match if {self.condition().replace('static', 'exists user').replace('known', 'exists user')};",
                 "match option vendor-class-identifier;", "match hardware;", "match if exists agent.circuit-id;"]
        names = ["pxe", "some", "vendor", "mac", "relayed"]
        if rng.random() < 0.5:
            heads.append(f"spawn with {rng.choice(['option agent.circuit-id', 'hardware', 'option user'])};")
            names.append("spawned")
        order = list(range(len(heads)))
        rng.shuffle(order)
        text = ""
        for i in order:
            text += f'class "{names[i]}" {{ {heads[i]}\n{self.stmts(3)}}}\n'
        text += f'subclass "vendor" "MSFT 5.0" {{ {self.stmts(2)} }}\nsubclass "vendor" "ciscopnp";\n'
        for mac in rng.sample(MACS, 4):
            text += f'subclass "mac" 1:{mac}' + (f" {{ {self.stmts(2)} }}\n" if rng.random() < 0.6 else ";\n")
        return text

    def pool(self, net, at, permit=""):
        rng = self.rng
        permit = permit or rng.choice(["", "", 'allow members of "pxe";', 'deny members of "pxe";', "allow known-clients;",
                             "deny unknown-clients;", 'deny members of "vendor";', "allow unknown-clients;",
                             'allow members of "mac"; allow members of "relayed";'])
        body = self.stmts(2)
        if not body:
            first = self.pools.setdefault((net, permit), at)
            self.same[f"10.{net}.{at}"] = f"10.{net}.{first}"
        return f"pool {{ range 10.{net}.{at}.0 10.{net}.{at}.250; {permit}\n{body}}}\n"

    def place(self, yiaddr):
        """The pool of a dynamic address; a fixed one as it is."""
        net, third = yiaddr.rsplit(".", 1)[0], yiaddr.split(".")[2]
        return f"pool {self.same.get(net, net)}" if third in ("10", "20", "21", "22") else yiaddr

    def subnet(self, net, permit=""):
        rng = self.rng
        body = self.stmts(3)
        if permit:
            body += self.pool(net, 20, permit)
        elif rng.random() < 0.5:
            body += f"range 10.{net}.10.0 10.{net}.10.250;\n"
        else:
            body += self.pool(net, 20) + self.pool(net, 21) + (self.pool(net, 22) if rng.random() < 0.5 else "")
        return f"subnet 10.{net}.0.0 netmask 255.255.0.0 {{\n{body}}}\n"

    def networks(self):
        rng = self.rng
        # which subnet's pool comes first is not asked here, and so no client may have both
        name = rng.choice(["pxe", "vendor", "mac", "relayed"])
        both = [f'{word} members of "{name}";' for word in rng.sample(["allow", "deny"], 2)]
        return ("subnet 10.0.0.0 netmask 255.255.0.0 { }\n" + self.subnet(1) +
                f'shared-network both {{\n{self.stmts(2)}{self.subnet(2, both[0])}{self.subnet(3, both[1])}}}\n' +
                f"group {{\n{self.stmts(2)}{self.subnet(4)}}}\n")

    def hosts(self):
        rng = self.rng
        text, number = "", 0
        for mac in rng.sample(MACS, 7):
            number += 1
            key = f"hardware ethernet {mac};"
            fixed = f"fixed-address 10.{rng.choice([1, 2, 4])}.0.{50 + number};" if rng.random() < 0.5 else ""
            host = f"host h{number} {{ {key} {fixed}\n{self.stmts(2)}}}\n"
            if rng.random() < 0.4:
                host = f"group {{\n{self.stmts(2)}{host}}}\n"
            text += host
        text += "host sentinel { hardware ethernet 02:00:00:ff:ff:ff; fixed-address 10.0.0.66; }\n"
        text += f'host byid {{ option dhcp-client-identifier "node-a"; {self.stmts(2)} }}\n'
        text += f'host byrelay {{ host-identifier option agent.remote-id "rem-a"; {self.stmts(2)} }}\n'
        return text


def identifier_of(mac, rng, number):
    """A client has the same identifier all the time, or none. With ISC an offer to an identifier takes the lease
    away from the MAC that has it without one, and ours gives the MAC's lease to the identifier: lives of leases."""
    names = [b"node-a", b"\x01" + bytes.fromhex(mac.replace(":", ""))]
    if mac in MACS:
        return ([*names] + [None] * 4)[(MACS.index(mac) + number // 1000) % 6]
    return rng.choice(names) if rng.random() < 0.15 else None


def packet(rng, number):
    """Keywords for message() and its options: a client, what it says, through which relay."""
    mac = rng.choice(MACS) if rng.random() < 0.55 else "02:00:00:01:%02x:%02x" % (number >> 8 & 255, number & 255)
    options = []
    if rng.random() < 0.6:
        options.append((60, rng.choice(VENDORS)))
    if rng.random() < 0.5:
        options.append((93, rng.choice([b"\0\0", b"\0\7", b"\0\x09", b"\0\x10"])))
    if rng.random() < 0.3:
        options.append((77, rng.choice(USERS)))
    if rng.random() < 0.4:
        options.append((12, b"client-%d" % rng.randrange(3)))
    identifier = identifier_of(mac, rng, number)
    if identifier:
        options.append((61, identifier))
    if rng.random() < 0.15:
        options.append((51, rng.choice([30, 500, 5000, 0xffffffff]).to_bytes(4, "big")))
    if rng.random() < 0.8:
        options.append((55, bytes(rng.sample(CODES, rng.randrange(3, 25)))))
    options.append((57, (1400).to_bytes(2, "big")))
    if rng.random() < 0.5:
        agent = b""
        if rng.random() < 0.8:
            value = rng.choice(CIRCUITS)
            agent += bytes([1, len(value)]) + value
        if rng.random() < 0.5 or not agent:
            value = rng.choice([b"rem-a", b"rem-b"])
            agent += bytes([2, len(value)]) + value
        options.append((82, agent))
    return {"mac": mac, "giaddr": f"10.{rng.choice([1, 2, 2, 3, 4, 4, 9])}.0.1", "hops": 1,
            "flags": rng.choice([0, BROADCAST]), "options": options}
