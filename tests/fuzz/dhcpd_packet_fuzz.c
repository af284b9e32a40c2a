/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcpd_packet_fuzz.c -- whole packets, probes, lost records and time into dhcpd's core with a
 * fixed configuration. Every packet ends in one event; no effect overflows; what is sent can be
 * parsed. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char conf_text[] =
    "authoritative; default-lease-time 600; max-lease-time 7200;\n"
    "option space PXE; option PXE.menu code 10 = { unsigned integer 8, text };\n"
    "option arch code 93 = unsigned integer 16;\n"
    "class \"pxe\" { match if substring(option vendor-class-identifier, 0, 9) = \"PXEClient\";\n"
    "  vendor-option-space PXE; option PXE.menu 0 \"hi\"; lease limit 3; }\n"
    "class \"port\" { match option agent.circuit-id; }\n"
    "class \"each\" { spawn with option agent.remote-id; lease limit 1; }\n"
    "allow leasequery; option rapid-commit; log-threshold-high 50;\n"
    "subclass \"port\" \"p1\" { option domain-name \"p1\"; }\n"
    "host h { hardware ethernet 02:00:00:00:00:01; fixed-address 192.0.2.9, 198.51.100.9; }\n"
    "host i { host-identifier option agent.remote-id \"r\"; filename \"i\"; }\n"
    "subnet 192.0.2.0 netmask 255.255.255.0 {\n"
    "  range dynamic-bootp 192.0.2.10 192.0.2.12; option routers 192.0.2.1;\n"
    "  if option arch = 00:07 { filename \"x.efi\"; } else { filename \"pxelinux.0\"; }\n"
    "  on commit { set ip = binary-to-ascii(10, 8, \".\", leased-address); log(ip);\n"
    "    execute(\"/bin/true\", option host-name); }\n"
    "  on expiry or release { log(ip); }\n"
    "}\n"
    "subnet 198.51.100.0 netmask 255.255.255.0 {\n"
    "  pool { deny members of \"pxe\"; range 198.51.100.10 198.51.100.12; }\n"
    "  pool { allow known-clients; range 198.51.100.20; ping-check false; }\n"
    "  ignore-client-uids true; echo-client-id true; always-broadcast true; }\n";

static const struct pxe_ip4 address = {0xc0000201};
static const struct core_iface eth0 = {.index = 1,
    .name = "eth0",
    .ip = {0xc0000201},
    .addr = &address,
    .naddr = 1,
    .mtu = 1500,
    .can_link = true};

static struct fx_list fx;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	(void)arg;
	return ifindex == 1 ? &eth0 : NULL;
}

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	(void)arg;
	(void)path;
	*out_text = strdup(conf_text);
	*out_len = sizeof(conf_text) - 1;
	return *out_text != NULL ? 0 : -12;
}

static struct core *make(void)
{
	struct core_opts o = {.seed = {1, 2},
	    .server_port = 67,
	    .client_port = 68,
	    .hostname = "server",
	    .iface = iface_of};
	struct conf_input in = {.family = 4, .path = "conf", .read = read_conf};
	struct pxe_diag diag;
	struct conf *conf = NULL;
	struct core *c = NULL;

	pxe_diag_init(&diag);
	must(conf_parse(&in, &diag, &conf) == 0);
	pxe_diag_fini(&diag);
	must(core_new(&o, &c) == 0);
	must(core_configure(c, conf) == 0);
	return c;
}

/* How many events of packets the list holds; probes are remembered, records committed or lost. */
static size_t carry_out(struct core *c, bool ok, struct pxe_ip4 *probe)
{
	static struct pxe_dhcp_msg m;
	size_t events = 0;

	must(!fx.overflow);
	for (size_t i = 0; i < fx.n; i++) {
		const struct fx *e = &fx.v[i];

		if (e->kind == FX_COMMIT) {
			must(e->commit.len == strlen(e->commit.text));
			core_committed(c, e->commit.ip, e->commit.version, ok);
		}
		if (e->when != FX_ALWAYS && (e->when == FX_IF_DURABLE) != ok)
			continue;
		if (e->kind == FX_SEND)
			must(pxe_dhcp_parse(e->send.p, e->send.len, &m) == 0 &&
			     e->send.len >= 300 && e->send.len <= 1472);
		if (e->kind == FX_PROBE)
			*probe = e->probe.ip;
		if (e->kind == FX_EVENT && e->event.stage != PXE_STAGE_LEASE)
			events++;
	}
	return events;
}

/* The input is a sequence of: one byte of what happens, and for a packet two of length. */
static void play(struct core *c, struct pxe_rd *rd)
{
	struct pxe_now now = {.wall_us = INT64_C(1795507200000000), .mono_us = 1000000};
	struct pxe_ip4 probe = {0};

	while (pxe_rd_left(rd) > 0) {
		uint8_t what = pxe_rd_u8(rd);
		bool ok = (what & 0x10) == 0;

		fx_reset(&fx);
		if ((what & 3) == 0) {
			now.wall_us += (int64_t)what * 20 * PXE_US_PER_S;
			if ((what & 0x08) == 0) /* else the clock was set */
				now.mono_us += (int64_t)what * 20 * PXE_US_PER_S;
			core_tick(c, &now, &fx);
			(void)carry_out(c, ok, &probe);
		} else if ((what & 3) == 1 && probe.v != 0) {
			core_probed(c, probe, (what & 0x20) != 0, &now, &fx);
			probe.v = 0;
			(void)carry_out(c, ok, &probe);
		} else {
			size_t len = pxe_rd_u16(rd) % 1500;
			struct core_in in = {.ifindex = 1 + (what >> 7)};
			struct pxe_ip4 asked = {0};
			size_t events = 0;

			if (len > pxe_rd_left(rd))
				len = pxe_rd_left(rd);
			in.data = pxe_rd_bytes(rd, len);
			in.len = len;
			in.from.ip.family = 4;
			in.from.ip.v4.v = (what & 0x40) != 0 ? 0xc0000263u : 0;
			in.from.port = 68;
			core_packet(c, &in, &now, &fx);
			events = carry_out(c, ok, &asked);
			must(events == (asked.v != 0 ? 0u : 1u));
			if (asked.v != 0)
				probe = asked;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core *c = make();
	struct pxe_rd rd = pxe_rd_init(data, size);

	play(c, &rd);
	core_free(c);
	return 0;
}
