/* SPDX-License-Identifier: BSD-2-Clause */
/* probe4.c -- the probe of DHCPv4: a DISCOVER to every server of both groups. */
#include "relayd/probe4.h"

#include <errno.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_msg.h"
#include "relayd/relayd.h"

enum { OPT_HOSTNAME = 12, OPT_PARAMETERS = 55, OPT_BOOT_FILE = 67, OPT_NII = 94 };

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

/* An x64 UEFI machine with a locally administered address. Returns the length. */
static int make_discover(const struct probe *probe, uint8_t *out, size_t cap)
{
	static const char class[] = "PXEClient:Arch:00007:UNDI:003016";
	static const uint8_t wanted[] = {1, 3, 6, 43, 54, 60, 66, 67};
	static const uint8_t nii[3] = {1, 3, 16};
	static struct pxe_dhcp_msg m;
	struct pxe_dhcp_encode_how how = {.max_len = 548, .min_len = PXE_DHCP_MIN_LEN};
	uint8_t uuid[17] = {0};

	pxe_dhcp_init(&m);
	m.op = PXE_BOOTREQUEST;
	m.htype = 1;
	m.hlen = sizeof(probe->mac);
	memcpy(m.chaddr, probe->mac, sizeof(probe->mac));
	m.xid = probe->xid;
	m.flags = PXE_DHCP_FLAG_BROADCAST;
	m.has_cookie = true;
	m.type = PXE_DHCP_DISCOVER;
	memcpy(uuid + 1 + 10, probe->mac, sizeof(probe->mac));
	(void)pxe_dhcp_set_u8(&m, PACKET_OPT_TYPE, PXE_DHCP_DISCOVER);
	(void)pxe_dhcp_set_u16(&m, PACKET_OPT_MAX_SIZE, 1472);
	(void)pxe_dhcp_set(&m, OPT_PARAMETERS, wanted, sizeof(wanted));
	(void)pxe_dhcp_set(&m, PACKET_OPT_VENDOR_CLASS, class, sizeof(class) - 1);
	(void)pxe_dhcp_set_u16(&m, PACKET_OPT_ARCH, 7);
	(void)pxe_dhcp_set(&m, OPT_NII, nii, sizeof(nii));
	(void)pxe_dhcp_set(&m, PACKET_OPT_UUID, uuid, sizeof(uuid));
	(void)pxe_dhcp_set(&m, OPT_HOSTNAME, "relayd-probe", strlen("relayd-probe"));
	return pxe_dhcp_encode(&m, &how, out, cap, NULL);
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
	int len = 0;

	relayd_refresh_ports(d);
	port = find_port(d, ifname != NULL ? ifname : "");
	if (port == NULL) {
		pxe_text_addf(why, "%s: no interface of the clients' side with an IPv4 address",
		    ifname != NULL && ifname[0] != '\0' ? ifname : "(any)");
		return PXE_E_NOTFOUND;
	}
	probe_init(probe, port->name);
	len = make_discover(probe, buf, sizeof(buf));
	if (len < 0)
		return len;
	in.len = (size_t)len;
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
	static struct pxe_dhcp_msg m;
	struct pxe_text t = pxe_text_init(r->file, sizeof(r->file));
	struct pxe_bytes file = {0};

	if (pxe_dhcp_parse(pk->p, pk->len, &m) != 0)
		return;
	if (m.yiaddr.v != 0)
		r->offered = pxe_ip_from4(m.yiaddr);
	if (m.siaddr.v != 0)
		r->next_server = pxe_ip_from4(m.siaddr);
	file = pxe_dhcp_get(&m, OPT_BOOT_FILE);
	if (file.len == 0)
		file = (struct pxe_bytes){(const uint8_t *)m.file, strlen(m.file)};
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
