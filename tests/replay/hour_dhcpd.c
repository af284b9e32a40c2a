/* SPDX-License-Identifier: BSD-2-Clause */
/* hour_dhcpd.c -- an hour in the life of a server, on a clock of its own: does it grow?
 *
 * Each client renews every five minutes; one in twenty does not come back, its lease ends, and a
 * new client takes its place and needs an address. After half an hour every address has been in use
 * and memory must stay what it is. Also checked: everybody has one address, nobody shares one.
 *
 * $PXE_HOUR_CLIENTS says how many clients, 3000 otherwise; a million take some minutes and 1 GB. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/core/core.h"
#include "libpxecommon/base/err.h"

enum {
	LEASE_S = 600,
	RENEW_S = 300,
	HOUR_S = 3600,
	SETTLED_S = 2400,
	LEAVE_ONE_IN = 20,
	FIRST_ADDRESS = 0x0a000100, /* 10.0.1.0 */
	GROWTH_PERCENT = 2
};

struct hour {
	struct core *core;
	struct pxe_now now;
	struct fx_list fx;
	char conf[512];
	uint32_t n, npool;
	uint32_t *name;     /* who sits in a place now: grows with each one who left */
	struct pxe_ip4 *ip; /* what he was given, 0: nothing */
	uint32_t *holder;   /* by address: place + 1 */
	uint32_t next_name;
	uint64_t packets, acks, expired, bytes;
	struct core_iface iface;
	struct pxe_ip4 addr;
};

static void die(const char *what)
{
	(void)fprintf(stderr, "hour_dhcpd: %s\n", what);
	exit(EXIT_FAILURE);
}

/* Under ASan malloc's own figures are empty. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
	if (__sanitizer_get_current_allocated_bytes != NULL)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static const struct core_iface *iface_of(void *arg, unsigned ifindex)
{
	struct hour *h = arg;

	return ifindex == 1 ? &h->iface : NULL;
}

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	struct hour *h = arg;

	(void)path;
	*out_text = strdup(h->conf);
	*out_len = strlen(h->conf);
	return *out_text != NULL ? 0 : -ENOMEM;
}

static void open_core(struct hour *h)
{
	struct conf_input in = {.family = 4, .path = "conf", .read = read_conf, .arg = h};
	struct core_opts o = {.seed = {1, 2},
	    .server_port = 67,
	    .client_port = 68,
	    .hostname = "server",
	    .iface = iface_of,
	    .arg = h};
	struct pxe_ip4 last = {.v = FIRST_ADDRESS + h->npool - 1};
	struct conf *conf = NULL;
	struct pxe_diag diag;
	char text[PXE_IP4_STRLEN];

	(void)snprintf(h->conf, sizeof(h->conf),
	    "default-lease-time %d; max-lease-time %d; ping-check false; authoritative;\n"
	    "subnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.1.0 %s; }\n",
	    LEASE_S, LEASE_S, pxe_ip4_str(last, text));
	h->addr.v = 0x0a000001;
	h->iface = (struct core_iface){.index = 1,
	    .name = "eth0",
	    .ip = h->addr,
	    .addr = &h->addr,
	    .naddr = 1,
	    .mtu = 1500,
	    .can_link = true};
	pxe_diag_init(&diag);
	if (conf_parse(&in, &diag, &conf) != 0 || core_new(&o, &h->core) != 0 ||
	    core_configure(h->core, conf) != 0)
		die("the configuration is not taken");
	pxe_diag_fini(&diag);
}

/* ---- packets ---- */

/* What the core wants: records are on disk at once. The answer, if there is one. */
static bool carry_out(struct hour *h, struct pxe_dhcp_msg *out)
{
	bool answered = false;

	if (h->fx.overflow)
		die("the list of effects overflowed");
	for (size_t i = 0; i < h->fx.n; i++) {
		const struct fx *e = &h->fx.v[i];

		if (e->kind == FX_COMMIT) {
			h->bytes += e->commit.len;
			core_committed(h->core, e->commit.ip, e->commit.version, true);
		} else if (e->kind == FX_SEND && e->when != FX_IF_LOST) {
			answered = pxe_dhcp_parse(e->send.p, e->send.len, out) == 0;
		} else if (e->kind == FX_EVENT && e->event.reason == PXE_REASON_EXPIRED) {
			h->holder[e->event.ip.v4.v - FIRST_ADDRESS] = 0;
			h->expired++;
		}
	}
	fx_reset(&h->fx);
	return answered;
}

static bool ask(struct hour *h, uint32_t name, uint8_t type, struct pxe_ip4 ciaddr,
    struct pxe_ip4 requested, struct pxe_dhcp_msg *out)
{
	static struct pxe_dhcp_msg m;
	struct pxe_dhcp_encode_how how = {.max_len = 548, .min_len = PXE_DHCP_MIN_LEN};
	struct core_in in = {.ifindex = 1, .from = {.ip = {.family = 4}, .port = 68}};
	uint8_t buf[1024], uid[7] = {1, 2, 0};
	char host[24];
	int len = 0;

	for (unsigned i = 0; i < 4; i++)
		uid[3 + i] = (uint8_t)(name >> (24 - 8 * i));
	pxe_dhcp_init(&m);
	m.op = PXE_BOOTREQUEST;
	m.htype = 1;
	m.hlen = 6;
	m.xid = name;
	memcpy(m.chaddr, uid + 1, 6);
	m.ciaddr = ciaddr;
	(void)pxe_dhcp_set_u8(&m, 53, type);
	(void)pxe_dhcp_set(&m, 61, uid, sizeof(uid));
	(void)pxe_dhcp_set(&m, 12, host, (size_t)snprintf(host, sizeof(host), "client-%u", name));
	if (requested.v != 0)
		(void)pxe_dhcp_set_ip4(&m, 50, requested);
	len = pxe_dhcp_encode(&m, &how, buf, sizeof(buf), NULL);
	if (len < 0)
		die("a message does not fit");
	in.data = buf;
	in.len = (size_t)len;
	fx_reset(&h->fx);
	core_packet(h->core, &in, &h->now, &h->fx);
	h->packets++;
	return carry_out(h, out);
}

/* ---- clients ---- */

static void take(struct hour *h, uint32_t place, struct pxe_ip4 ip)
{
	uint32_t *holder = NULL;

	if (ip.v < FIRST_ADDRESS || ip.v - FIRST_ADDRESS >= h->npool)
		die("an address outside the range was given");
	holder = &h->holder[ip.v - FIRST_ADDRESS];
	if (*holder != 0 && *holder != place + 1)
		die("an address was given to two clients");
	*holder = place + 1;
	h->ip[place] = ip;
	h->acks++;
}

static void join(struct hour *h, uint32_t place)
{
	static struct pxe_dhcp_msg m;
	struct pxe_ip4 none = {0};

	h->name[place] = h->next_name++;
	if (!ask(h, h->name[place], PXE_DHCP_DISCOVER, none, none, &m) || m.type != PXE_DHCP_OFFER)
		die("a new client gets no offer");
	if (!ask(h, h->name[place], PXE_DHCP_REQUEST, none, m.yiaddr, &m) || m.type != PXE_DHCP_ACK)
		die("a new client gets no lease");
	take(h, place, m.yiaddr);
}

static void renew(struct hour *h, uint32_t place)
{
	static struct pxe_dhcp_msg m;

	if (!ask(h, h->name[place], PXE_DHCP_REQUEST, h->ip[place], (struct pxe_ip4){0}, &m) ||
	    m.type != PXE_DHCP_ACK || m.yiaddr.v != h->ip[place].v)
		die("a client cannot renew");
	take(h, place, m.yiaddr);
}

static void visit(struct hour *h, uint32_t place, unsigned round)
{
	if (round == 0 || (place * 2654435761u + round * 40503u) % 65536 < 65536 / LEAVE_ONE_IN) {
		if (round > 0) /* whose it was is nobody here any more; it ends by itself */
			h->holder[h->ip[place].v - FIRST_ADDRESS] = UINT32_MAX;
		join(h, place);
	} else {
		renew(h, place);
	}
}

static void tick(struct hour *h)
{
	static struct pxe_dhcp_msg m;

	while (core_deadline_us(h->core, &h->now) <= h->now.mono_us) {
		fx_reset(&h->fx);
		core_tick(h->core, &h->now, &h->fx);
		(void)carry_out(h, &m);
	}
}

static void report(const struct hour *h, unsigned second)
{
	(void)printf("%4u s: %zu leases, %zu kB, %llu packets, %llu ACKs, %llu expired\n", second,
	    core_leases(h->core)->count, allocated() / 1024, (unsigned long long)h->packets,
	    (unsigned long long)h->acks, (unsigned long long)h->expired);
	(void)fflush(stdout);
}

int main(void)
{
	static struct hour h;
	const char *env = getenv("PXE_HOUR_CLIENTS");
	uint64_t n = 3000;
	size_t settled = 0, end = 0;

	if (env != NULL && pxe_parse_u64(env, 100, 4000000, &n) != 0)
		die("PXE_HOUR_CLIENTS: a number from 100 to 4000000");
	h.n = (uint32_t)n;
	h.npool = h.n + h.n / 4;
	h.next_name = 1;
	h.now = (struct pxe_now){INT64_C(1795507200) * PXE_US_PER_S, 1000 * PXE_US_PER_S};
	h.name = calloc(h.n, sizeof(*h.name));
	h.ip = calloc(h.n, sizeof(*h.ip));
	h.holder = calloc(h.npool, sizeof(*h.holder));
	if (h.name == NULL || h.ip == NULL || h.holder == NULL)
		die("out of memory");
	open_core(&h);
	for (unsigned s = 0; s < HOUR_S; s++) {
		for (uint32_t place = s % RENEW_S; place < h.n; place += RENEW_S)
			visit(&h, place, s / RENEW_S);
		h.now.wall_us += PXE_US_PER_S;
		h.now.mono_us += PXE_US_PER_S;
		tick(&h);
		if ((s + 1) % 600 == 0)
			report(&h, s + 1);
		if (s + 1 == SETTLED_S)
			settled = allocated();
	}
	end = allocated();
	if (end > settled + settled * GROWTH_PERCENT / 100)
		die("memory grew in the last third of the hour");
	core_free(h.core);
	free(h.name);
	free(h.ip);
	free(h.holder);
	return EXIT_SUCCESS;
}
