/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c -- ask all servers for an address on behalf of nobody, and tell who answers. */
#include "relayd/probe.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_msg.h"
#include "relayd/relayd.h"

enum { OPT_HOSTNAME = 12, OPT_PARAMETERS = 55, OPT_BOOT_FILE = 67, OPT_NII = 94 };

static int64_t monotonic_us(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

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

	d->probe.n = d->relay.servers.n;
	for (size_t i = 0; i < d->probe.n; i++) {
		struct probe_result *r = &d->probe.result[i];
		struct pxe_dgram_out dg = {.part = {{.iov_base = pk->p, .iov_len = pk->len}},
		    .nparts = 1,
		    .to = d->relay.servers.v[i].to};
		int err = 0;

		*r = (struct probe_result){.is_resolved = dg.to.ip.family != 0};
		if (!r->is_resolved)
			continue;
		if (pxe_udp_send(udp, &dg, 1, &err) != 1)
			err = -ENOBUFS;
		r->err = err > 0 ? -err : err;
		servers_sent(&d->relay.servers, i, pk, d->probe.start_us, r->err);
	}
}

int probe_start(struct relayd *d, const char *ifname, struct pxe_text *why)
{
	static uint8_t buf[RELAYD_MAX_DGRAM];
	struct probe *probe = &d->probe;
	struct relay_in in = {.pkt = buf, .cap = sizeof(buf), .to = {UINT32_MAX}};
	struct pxe_now now = {.mono_us = monotonic_us()};
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
	*probe = (struct probe){.start_us = now.mono_us};
	(void)uv_random(NULL, NULL, &probe->xid, sizeof(probe->xid), 0, NULL);
	(void)uv_random(NULL, NULL, probe->mac, sizeof(probe->mac), 0, NULL);
	probe->mac[0] = 0x02; /* locally administered, one machine */
	(void)pxe_str_copy(probe->ifname, sizeof(probe->ifname), port->name);
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
	r->offered = m.yiaddr;
	r->next_server = m.siaddr;
	file = pxe_dhcp_get(&m, OPT_BOOT_FILE);
	if (file.len == 0)
		file = (struct pxe_bytes){(const uint8_t *)m.file, strlen(m.file)};
	pxe_text_add_escaped(&t, file.p, file.len);
}

bool probe_catch(struct relayd *d, const struct relay_in *in, const struct relay_out *out)
{
	const struct packet *pk = &out->pk;
	int i = 0;

	if (!d->probe.is_active || pk->p == NULL || pk->op != PXE_BOOTREPLY ||
	    pk->xid != d->probe.xid || pk->hw.len != sizeof(d->probe.mac) ||
	    memcmp(pk->hw.b, d->probe.mac, sizeof(d->probe.mac)) != 0)
		return false;
	i = server_of(d, in, out);
	if (i >= 0 && (size_t)i < d->probe.n && !d->probe.result[i].has_answer) {
		struct probe_result *r = &d->probe.result[i];

		r->has_answer = true;
		r->rtt_us = monotonic_us() - d->probe.start_us;
		note_offer(r, pk);
		if (out->dir == RELAY_DROP)
			r->refused =
			    out->detail != NULL ? out->detail : pxe_reason_text(out->reason);
	}
	return true;
}

bool probe_is_complete(const struct relayd *d)
{
	for (size_t i = 0; i < d->probe.n; i++) {
		const struct probe_result *r = &d->probe.result[i];

		if (r->is_resolved && r->err == 0 && !r->has_answer)
			return false;
	}
	return d->probe.is_active;
}

static void offer_text(const struct probe_result *r, struct pxe_text *t)
{
	char ip[PXE_IP4_STRLEN];

	pxe_text_addf(t, "answered in %lld.%lld ms", (long long)(r->rtt_us / 1000),
	    (long long)(r->rtt_us % 1000 / 100));
	if (r->offered.v != 0)
		pxe_text_addf(t, ", offers %s", pxe_ip4_str(r->offered, ip));
	else
		pxe_text_add(t, ", offers no address");
	if (r->file[0] != '\0')
		pxe_text_addf(t, ", boot file %s", r->file);
	if (r->next_server.v != 0)
		pxe_text_addf(t, ", next server %s", pxe_ip4_str(r->next_server, ip));
	if (r->refused != NULL)
		pxe_text_addf(t, ", but clients would not get it: %s", r->refused);
}

bool probe_text(const struct relayd *d, size_t i, struct pxe_text *t)
{
	const struct probe_result *r = &d->probe.result[i];

	pxe_text_addf(t, "%s via %s: ", d->relay.servers.v[i].name, d->probe.ifname);
	if (!r->is_resolved)
		pxe_text_add(t, "its address is not known");
	else if (r->err != 0)
		pxe_text_addf(t, "not reached: %s", pxe_strerror(r->err));
	else if (!r->has_answer)
		pxe_text_add(t, "sent, no answer");
	else
		offer_text(r, t);
	return r->has_answer && r->refused == NULL;
}

int probe_run_start(struct pxe_control_conn *conn, const char *args, void *arg)
{
	char buf[256], line[384];
	struct pxe_text why = pxe_text_init(buf, sizeof(buf)),
			t = pxe_text_init(line, sizeof(line));
	struct pxe_json j = pxe_json_init(&t);
	int err = probe_start(arg, args, &why);

	if (err == 0)
		return 0;
	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "text", why.len > 0 ? buf : pxe_strerror(err));
	pxe_json_close(&j, '}');
	(void)pxe_control_line(conn, &t);
	return err;
}

static void result_json(const struct relayd *d, size_t i, struct pxe_json *j)
{
	const struct probe_result *r = &d->probe.result[i];
	char text[640], ip[PXE_IP4_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	bool ok = probe_text(d, i, &t);

	pxe_json_str(j, "server", d->relay.servers.v[i].name);
	pxe_json_bool(j, "ok", ok);
	pxe_json_bool(j, "answered", r->has_answer);
	if (r->has_answer) {
		pxe_json_us(j, "rtt", r->rtt_us);
		pxe_json_str(j, "offered", pxe_ip4_str(r->offered, ip));
		pxe_json_str(j, "file", r->file);
	}
	pxe_json_str(j, "text", text);
}

int probe_run_show(struct pxe_control_conn *conn, const char *args, void *arg)
{
	const struct relayd *d = arg;

	(void)args;
	for (size_t i = 0; i < d->probe.n; i++) {
		char buf[2048];
		struct pxe_text t = pxe_text_init(buf, sizeof(buf));
		struct pxe_json j = pxe_json_init(&t);

		pxe_json_open(&j, NULL, '{');
		result_json(d, i, &j);
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			break;
	}
	return 0;
}
