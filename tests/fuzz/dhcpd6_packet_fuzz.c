/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcpd6_packet_fuzz.c -- whole packets, lost records and time into dhcpd's DHCPv6 core with a
 * fixed configuration. Every packet ends in one event; no effect overflows; what is sent can be
 * parsed; nobody is given what another holds; what is committed can be read back. */
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/v6/core6.h"
#include "libpxecommon/proto/dhcp6_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char conf_text[] =
    "default-lease-time 600; option dhcp6.rapid-commit; option dhcp6.preference 3;\n"
    "option dhcp6.name-servers 2001:db8::53; option dhcp6.bootfile-url \"http://x/\";\n"
    "option dhcp6.user-class code 15 = string; prefix-length-mode prefer;\n"
    "option space acme code width 2 length width 2; option acme.x code 3 = text;\n"
    "option vsio.acme code 4242 = encapsulate acme; option acme.x \"hi\";\n"
    "class \"c\" { match if substring(option dhcp6.user-class, 2, 4) = \"iPXE\"; }\n"
    "class \"r\" { match if v6relay(1, option dhcp6.interface-id) = \"p\"; }\n"
    "host h { hardware ethernet 02:00:00:00:00:01; fixed-address6 2001:db8:1::9;\n"
    "  fixed-prefix6 2001:db8:b00::/40; }\n"
    "host u { host-identifier option dhcp6.client-id 00:04:00:01:02:03:04:05:06:07:08:09:0a:0b:"
    "0c:0d:0e:0f; fixed-address6 2001:db8:1::8; }\n"
    "host i { host-identifier v6relopt 1 dhcp6.interface-id \"q\"; fixed-address6 2001:db8:1::7; "
    "}\n"
    "subnet6 2001:db8:1::/64 { range6 2001:db8:1::10 2001:db8:1::13;\n"
    "  range6 2001:db8:1:0:1::/80 temporary;\n"
    "  prefix6 2001:db8:a00:: 2001:db8:a03:: /48; prefix6 2001:db8:a00:: 2001:db8:a00:300:: /56;\n"
    "  on commit { set count = \"v\"; log(info, leased-address); }\n"
    "  on expiry or release { log(info, count); execute(\"/bin/true\", option dhcp6.client-id); } }\n"
    "subnet6 2001:db8:2::/64 { pool6 { deny members of \"c\"; range6 2001:db8:2::/64; } }\n";

static const struct pxe_ip6 address = {{0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1}};
static const struct core6_iface eth0 = {.index = 1, .name = "eth0", .addr = &address, .naddr = 1};
static struct fx_list fx;
static struct lease_reader reader;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static const struct core6_iface *iface_of(void *arg, unsigned ifindex)
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

static struct core6 *make(void)
{
	static const uint8_t duid[] = {0, 3, 0, 1, 2, 2, 2, 2, 2, 2};
	struct core6_opts o = {.seed = {1, 2},
	    .server_port = 547,
	    .client_port = 546,
	    .hostname = "server",
	    .iface = iface_of};
	struct conf_input in = {.family = 6, .path = "conf", .read = read_conf};
	struct pxe_diag diag;
	struct conf *conf = NULL;
	struct core6 *c = NULL;

	pxe_diag_init(&diag);
	must(conf_parse(&in, &diag, &conf) == 0);
	pxe_diag_fini(&diag);
	must(core6_new(&o, &c) == 0);
	must(core6_configure(c, conf) == 0);
	core6_set_duid(c, (struct pxe_bytes){duid, sizeof(duid)});
	return c;
}

static void check_text(const char *text, size_t len)
{
	struct lease_entry e;

	must(len == strlen(text));
	lease_reader_init(&reader, text, len);
	lease_reader_next(&reader, &e);
	must(e.kind == LEASE_ENTRY_IA);
	lease_reader_next(&reader, &e);
	must(e.kind == LEASE_ENTRY_END);
}

/* How many events of packets the list holds. */
static size_t carry_out(struct core6 *c, bool ok)
{
	static struct pxe_dhcp6_chain chain;
	size_t events = 0;

	must(!fx.overflow);
	for (size_t i = 0; i < fx.n; i++) {
		const struct fx *e = &fx.v[i];

		if (e->kind == FX_COMMIT) {
			check_text(e->commit.text, e->commit.len);
			core6_committed(c, e->commit.ia, e->commit.version, ok);
		}
		if (e->when != FX_ALWAYS && (e->when == FX_IF_DURABLE) != ok)
			continue;
		if (e->kind == FX_SEND6)
			must(pxe_dhcp6_unwrap(e->send6.p, e->send6.len, &chain) == 0);
		if (e->kind == FX_EVENT && e->event.stage != PXE_STAGE_LEASE)
			events++;
	}
	return events;
}

/* Every lease is found by its address, and shelves count what there is. */
static void check_table(struct core6 *c)
{
	struct leases6 *t = core6_leases(c);
	const struct ia6 *ia = NULL;
	size_t cursor = 0, n = 0, offers = 0;
	uint64_t active = 0, counted = 0;

	while ((ia = ia6_walk(t, &cursor)) != NULL) {
		for (const struct lease6 *l = ia->first; l != NULL; l = l->next, n++) {
			must(l->ia == ia && lease6_find(t, &l->ip, l->len) == l);
			offers += l->state == LEASE_FREE;
			active += l->state == LEASE_ACTIVE && l->shelf != LEASE6_SHELF_NONE;
		}
	}
	for (size_t i = 0; i < t->nshelf; i++)
		counted += t->shelf[i].nactive;
	must(n == t->count && offers == t->offers && active == counted);
}

/* The input is a sequence of: one byte of what happens, and for a packet two of length. */
static void play(struct core6 *c, struct pxe_rd *rd)
{
	struct pxe_now now = {.wall_us = INT64_C(1795507200000000), .mono_us = 1000000};

	while (pxe_rd_left(rd) > 0) {
		uint8_t what = pxe_rd_u8(rd);
		bool ok = (what & 0x10) == 0;
		struct core6_in in = {.ifindex = 1 + (what >> 7), .from.port = 546};
		size_t len = 0;

		fx_reset(&fx);
		if ((what & 3) == 0) {
			now.wall_us += (int64_t)what * 20 * PXE_US_PER_S;
			now.mono_us += (int64_t)what * 20 * PXE_US_PER_S;
			core6_tick(c, &now, &fx);
			(void)carry_out(c, ok);
			continue;
		}
		len = pxe_rd_u16(rd) % 1500;
		if (len > pxe_rd_left(rd))
			len = pxe_rd_left(rd);
		in.data = pxe_rd_bytes(rd, len);
		in.len = len;
		in.from.ip = (struct pxe_ip){.family = 6, .v6 = {{0xfe, 0x80, [15] = 9}}};
		in.to = (struct pxe_ip){.family = 6, .v6 = {{0xff, 0x02, [13] = 1, [15] = 2}}};
		if ((what & 0x40) != 0)
			in.to.v6 = address;
		core6_packet(c, &in, &now, &fx);
		must(carry_out(c, ok) == 1);
	}
	check_table(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core6 *c = make();
	struct pxe_rd rd = pxe_rd_init(data, size);

	play(c, &rd);
	core6_free(c);
	return 0;
}
