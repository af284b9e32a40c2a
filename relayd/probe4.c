/* SPDX-License-Identifier: BSD-2-Clause */
/* probe4.c -- the probe of DHCPv4: a DISCOVER to every server of both groups. */
#include "relayd/probe4.h"

#include <errno.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_msg.h"
#include "relayd/relayd.h"

enum { OPT_PARAMETERS = 55, OPT_BOOT_FILE = 67, OPT_NII = 94, OPT_END = 255 };

static struct port *find_port(struct relayd *d, const char *ifname)
{
	for (size_t i = 0; i < d->relay.ports.n; i++) {
		struct port *port = &d->relay.ports.v[i];

		if (port->is_down && port->ip.v != 0 &&
		    (ifname[0] == '\0' || strcmp(port->name, ifname) == 0))
			return port;
	}
	return NULL;
}

static void put_opt(struct pxe_wr *wr, uint8_t code, const void *p, size_t len)
{
	pxe_wr_u8(wr, code);
	pxe_wr_u8(wr, (uint8_t)len);
	pxe_wr_bytes(wr, p, len);
}

/* An x64 UEFI machine with a locally administered address, by name relayd-probe. */
static struct pxe_wr make_discover(const struct probe *probe, uint8_t *out, size_t cap)
{
	static const char class[] = "PXEClient:Arch:00007:UNDI:003016", name[] = "relayd-probe";
	static const uint8_t wanted[] = {1, 3, 6, 43, 54, 60, 66, 67}, type[] = {PXE_DHCP_DISCOVER};
	static const uint8_t nii[] = {1, 3, 16}, arch[] = {0, 7},
			     longest[] = {1472 >> 8, 1472 & 255};
	struct pxe_wr wr = pxe_wr_init(out, cap);
	uint8_t uuid[17] = {0};

	memset(out, 0, cap);
	memcpy(uuid + sizeof(uuid) - sizeof(probe->mac), probe->mac, sizeof(probe->mac));
	pxe_wr_u8(&wr, PXE_BOOTREQUEST);
	pxe_wr_u8(&wr, 1); /* Ethernet */
	pxe_wr_u8(&wr, sizeof(probe->mac));
	pxe_wr_u8(&wr, 0);
	pxe_wr_u32(&wr, probe->xid);
	pxe_wr_u16(&wr, 0);
	pxe_wr_u16(&wr, PXE_DHCP_FLAG_BROADCAST);
	(void)pxe_wr_reserve(&wr, 16); /* the four addresses */
	pxe_wr_bytes(&wr, probe->mac, sizeof(probe->mac));
	(void)pxe_wr_reserve(&wr, PXE_DHCP_FIXED_LEN - wr.len);
	pxe_wr_u32(&wr, PXE_DHCP_COOKIE);
	put_opt(&wr, PACKET_OPT_TYPE, type, sizeof(type));
	put_opt(&wr, PACKET_OPT_MAX_SIZE, longest, sizeof(longest));
	put_opt(&wr, OPT_PARAMETERS, wanted, sizeof(wanted));
	put_opt(&wr, PACKET_OPT_VENDOR_CLASS, class, sizeof(class) - 1);
	put_opt(&wr, PACKET_OPT_ARCH, arch, sizeof(arch));
	put_opt(&wr, OPT_NII, nii, sizeof(nii));
	put_opt(&wr, PACKET_OPT_UUID, uuid, sizeof(uuid));
	put_opt(&wr, PACKET_OPT_HOSTNAME, name, sizeof(name) - 1);
	pxe_wr_u8(&wr, OPT_END);
	if (wr.len < PXE_DHCP_MIN_LEN)
		(void)pxe_wr_reserve(&wr, PXE_DHCP_MIN_LEN - wr.len);
	return wr;
}

static void send_to_all(struct relayd *d, const struct packet *pk)
{
	struct pxe_udp *udp = shell_up(&d->sh);

	for (size_t i = 0; i < d->relay.servers.n; i++) {
		struct probe_result *r = probe_add(&d->probe, d->relay.servers.v[i].name);
		struct pxe_dgram_out dg = {.part = {{.iov_base = pk->p, .iov_len = pk->len}},
		    .nparts = 1,
		    .to = d->relay.servers.v[i].to};
		int err = 0;

		r->is_there = dg.to.ip.family != 0;
		if (!r->is_there)
			continue;
		if (pxe_udp_send(udp, &dg, 1, &err) != 1)
			err = -ENOBUFS;
		r->err = err > 0 ? -err : err;
		servers_sent(&d->relay.servers, i, pk, d->probe.start_us, r->err);
	}
}

int probe4_start(struct relayd *d, const char *ifname, struct pxe_text *why)
{
	static uint8_t buf[RELAYD_MAX_DGRAM];
	struct probe *probe = &d->probe;
	struct relay_in in = {.pkt = buf, .cap = sizeof(buf), .to = {UINT32_MAX}};
	struct pxe_now now = shell_now();
	struct relay_out out;
	struct port *port = NULL;
	struct pxe_wr wr;

	relayd_refresh_ports(d);
	port = find_port(d, ifname != NULL ? ifname : "");
	if (port == NULL) {
		pxe_text_addf(why, "%s: no interface of the clients' side with an IPv4 address",
		    ifname != NULL && ifname[0] != '\0' ? ifname : "(any)");
		return PXE_E_NOTFOUND;
	}
	probe_init(probe, port->name);
	wr = make_discover(probe, buf, sizeof(buf));
	if (wr.err != 0)
		return wr.err;
	in.len = wr.len;
	in.ifindex = port->ifindex;
	relay_packet(&d->relay, &in, &now, &out);
	if (out.dir != RELAY_TO_SERVERS) {
		pxe_text_add(why, out.detail != NULL ? out.detail : pxe_reason_text(out.reason));
		return PXE_E_DENIED;
	}
	probe->is_active = true;
	send_to_all(d, &out.pk);
	return 0;
}

static int server_of(const struct relayd *d, const struct relay_in *in, const struct relay_out *out)
{
	if (out->answered_by >= 0)
		return out->answered_by;
	for (size_t i = 0; i < d->relay.servers.n; i++) {
		const struct pxe_ip *ip = &d->relay.servers.v[i].to.ip;

		if (ip->family == 4 && pxe_ip4_eq(ip->v4, in->from))
			return (int)i;
	}
	return -1;
}

static void note_offer(struct probe_result *r, const struct packet *pk)
{
	struct pxe_text t = pxe_text_init(r->file, sizeof(r->file));
	struct pxe_ip4 next = packet_next_server(pk);
	struct pxe_bytes file = packet_get(pk, OPT_BOOT_FILE);

	if (pk->yiaddr.v != 0)
		r->offered = pxe_ip_from4(pk->yiaddr);
	if (next.v != 0)
		r->next_server = pxe_ip_from4(next);
	if (file.len == 0)
		file = packet_file(pk);
	pxe_text_add_escaped(&t, file.p, file.len);
}

bool probe4_catch(struct relayd *d, const struct relay_in *in, const struct relay_out *out)
{
	const struct packet *pk = &out->pk;
	int i = 0;

	if (!d->probe.is_active || pk->p == NULL || pk->op != PXE_BOOTREPLY ||
	    pk->xid != d->probe.xid || pk->hw.len != sizeof(d->probe.mac) ||
	    memcmp(pk->hw.b, d->probe.mac, sizeof(d->probe.mac)) != 0)
		return false;
	i = server_of(d, in, out);
	if (i >= 0 && (size_t)i < d->probe.n && !d->probe.result[i].has_answer) {
		const char *why = out->detail != NULL ? out->detail : pxe_reason_text(out->reason);

		probe_note(&d->probe, &d->probe.result[i], out->dir == RELAY_DROP ? why : NULL);
		note_offer(&d->probe.result[i], pk);
	}
	return true;
}
