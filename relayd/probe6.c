/* SPDX-License-Identifier: BSD-2-Clause */
/* probe6.c -- the probe of DHCPv6: a Solicit up every upper link. */
#include "relayd/probe6.h"

#include <errno.h>
#include <string.h>

#include "libpxecommon/base/err.h"
#include "relayd/relayd6.h"

enum {
	SOLICIT_MAX = 512,
	DUID_LEN = 10, /* of type link-layer, RFC 8415 11.4 */
	OPT_FQDN = 39,
	OPT_BOOT_FILE_URL = 59,
	OPT_BOOT_FILE_PARAMS = 60,
	OPT_ARCH = 61,
	OPT_NII = 62,
	OPT_DNS = 23,
	INTEL = 343 /* enterprise number in front of firmware's vendor class */
};

static struct relay6_lower *find_lower(struct relayd6 *d, const char *ifname)
{
	for (size_t i = 0; i < d->relay.nlower; i++) {
		struct relay6_lower *lower = &d->relay.lower[i];

		if (lower->ifindex != 0 && (ifname[0] == '\0' || strcmp(lower->name, ifname) == 0))
			return lower;
	}
	return NULL;
}

static void make_duid(const struct probe *probe, uint8_t duid[DUID_LEN])
{
	static const uint8_t head[] = {0, 3, 0, 1};

	memcpy(duid, head, sizeof(head));
	memcpy(duid + sizeof(head), probe->mac, sizeof(probe->mac));
}

/* The address that machine would give itself (RFC 4291 2.5.1). */
static struct pxe_ip6 link_local(const uint8_t mac[6])
{
	struct pxe_ip6 ip = {.b = {0xfe, 0x80, [11] = 0xff, 0xfe}};

	memcpy(ip.b + 8, mac, 3);
	memcpy(ip.b + 13, mac + 3, 3);
	ip.b[8] ^= 2;
	return ip;
}

static void put_vendor_class(struct pxe_wr *wr)
{
	static const char class[] = "PXEClient:Arch:00007:UNDI:003016";
	struct pxe_dhcp6_open open = pxe_dhcp6_open(wr, PXE_DHCP6_OPT_VENDOR_CLASS);

	pxe_wr_u32(wr, INTEL);
	pxe_wr_u16(wr, sizeof(class) - 1);
	pxe_wr_bytes(wr, class, sizeof(class) - 1);
	pxe_dhcp6_close(wr, open);
}

/* An x64 UEFI machine with a locally administered address, by name relayd-probe. */
static struct pxe_wr make_solicit(const struct probe *probe, uint8_t buf[SOLICIT_MAX])
{
	static const uint8_t wanted[] = {0, OPT_BOOT_FILE_URL, 0, OPT_BOOT_FILE_PARAMS, 0, OPT_DNS};
	static const uint8_t nii[] = {1, 3, 16};
	static const uint8_t fqdn[] = "\0\014relayd-probe"; /* and its NUL ends the name */
	static const struct pxe_dhcp6_ia ia = {.iaid = 1};
	struct pxe_wr wr = pxe_wr_init(buf, SOLICIT_MAX);
	uint8_t duid[DUID_LEN];

	make_duid(probe, duid);
	pxe_dhcp6_put_header(&wr, PXE_DHCP6_SOLICIT, probe->xid);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_CLIENT_ID, duid, sizeof(duid));
	pxe_dhcp6_close(&wr, pxe_dhcp6_open_ia(&wr, PXE_DHCP6_OPT_IA_NA, &ia));
	pxe_dhcp6_put_u16(&wr, PXE_DHCP6_OPT_ELAPSED_TIME, 0);
	pxe_dhcp6_put(&wr, PXE_DHCP6_OPT_ORO, wanted, sizeof(wanted));
	put_vendor_class(&wr);
	pxe_dhcp6_put_u16(&wr, OPT_ARCH, 7);
	pxe_dhcp6_put(&wr, OPT_NII, nii, sizeof(nii));
	pxe_dhcp6_put(&wr, OPT_FQDN, fqdn, sizeof(fqdn));
	return wr;
}

static void send_to_all(struct relayd6 *d, const struct relay6_out *out)
{
	struct pxe_dgram_out dg = {
	    .part = {{(void *)(uintptr_t)out->head, out->head_len},
		{(void *)(uintptr_t)out->body.p, out->body.len}},
	    .nparts = 2,
	};

	for (size_t i = 0; i < d->relay.nupper; i++) {
		const struct relay6_upper *upper = &d->relay.upper[i];
		struct probe_result *r = probe_add(&d->probe, upper->label);
		int err = 0;

		r->is_there = upper->ifindex != 0;
		r->is_group = upper->to.b[0] == 0xff;
		if (!r->is_there)
			continue;
		dg.to = (struct pxe_endpoint){
		    .ip = {.family = 6, .v6 = upper->to}, .port = out->to_port};
		dg.ifindex = upper->ifindex;
		if (pxe_udp_send(shell_up(&d->sh), &dg, 1, &err) != 1)
			err = -ENOBUFS;
		r->err = err > 0 ? -err : err;
		relay6_sent(&d->relay, out, i, d->probe.start_us, r->err);
	}
}

int probe6_start(struct relayd6 *d, const char *ifname, struct pxe_text *why)
{
	uint8_t buf[SOLICIT_MAX];
	struct relay6_lower *lower = find_lower(d, ifname != NULL ? ifname : "");
	struct relay6_in in = {.pkt = buf, .now_us = shell_now().mono_us};
	struct relay6_out out;
	struct pxe_wr wr;

	if (lower == NULL) {
		pxe_text_addf(why, "%s: no lower link that exists",
		    ifname != NULL && ifname[0] != '\0' ? ifname : "(any)");
		return PXE_E_NOTFOUND;
	}
	probe_init(&d->probe, lower->name);
	d->probe.xid &= 0xffffff;
	wr = make_solicit(&d->probe, buf);
	if (wr.err != 0)
		return wr.err;
	in.len = wr.len;
	in.from = link_local(d->probe.mac);
	in.from_port = PXE_DHCP6_CLIENT_PORT;
	in.ifindex = lower->ifindex;
	if (d->sh.conf.client_link_layer) {
		in.from_hw = (struct pxe_hwaddr){.type = 1, .len = sizeof(d->probe.mac)};
		memcpy(in.from_hw.b, d->probe.mac, sizeof(d->probe.mac));
	}
	relay6_packet(&d->relay, &in, &out);
	if (out.dir != RELAY6_UP) {
		pxe_text_add(why, out.detail != NULL ? out.detail : pxe_reason_text(out.reason));
		return PXE_E_DENIED;
	}
	d->probe.is_active = true;
	send_to_all(d, &out);
	return 0;
}

/* The result this answer belongs to: of a group each server has one. NULL: none, or a second
 * answer.
 */
static struct probe_result *result_of(
    struct relayd6 *d, const struct pxe_ip *from, const struct relay6_out *out)
{
	size_t i = out->upper != NULL ? (size_t)(out->upper - d->relay.upper) : PROBE_RESULTS_MAX;
	struct probe *probe = &d->probe;
	struct probe_result *r = NULL;

	if (i >= probe->n)
		return NULL;
	r = &probe->result[i];
	if (!r->has_answer)
		return r;
	if (!r->is_group)
		return NULL;
	for (size_t k = 0; k < probe->n; k++) {
		if (probe->result[k].has_answer && pxe_ip_eq(&probe->result[k].from, from))
			return NULL;
	}
	r = probe_add(probe, out->upper->label);
	if (r != NULL)
		r->is_there = r->is_group = true;
	return r;
}

static void note_address(struct probe_result *r, struct pxe_bytes options)
{
	struct pxe_bytes value = pxe_dhcp6_get(options, PXE_DHCP6_OPT_IA_NA);
	struct pxe_dhcp6_lease lease;
	struct pxe_dhcp6_ia ia;

	if (pxe_dhcp6_parse_ia(PXE_DHCP6_OPT_IA_NA, value, &ia) != 0)
		return;
	value = pxe_dhcp6_get(ia.options, PXE_DHCP6_OPT_IA_ADDR);
	if (pxe_dhcp6_parse_lease(PXE_DHCP6_OPT_IA_ADDR, value, &lease) == 0)
		r->offered = (struct pxe_ip){.family = 6, .v6 = lease.ip};
}

static void note_offer(struct probe_result *r, struct pxe_bytes message)
{
	struct pxe_text t = pxe_text_init(r->file, sizeof(r->file));
	struct pxe_bytes url = {0};
	struct pxe_dhcp6_msg m;

	if (pxe_dhcp6_parse(message.p, message.len, &m) != 0)
		return;
	note_address(r, m.options);
	url = pxe_dhcp6_get(m.options, OPT_BOOT_FILE_URL);
	pxe_text_add_escaped(&t, url.p, url.len);
}

bool probe6_catch(struct relayd6 *d, const struct relay6_in *in, const struct relay6_out *out)
{
	struct pxe_ip from = {.family = 6, .v6 = in->from};
	struct probe_result *r = NULL;
	uint8_t duid[DUID_LEN];

	if (!d->probe.is_active || !out->going_down || out->client_xid != d->probe.xid)
		return false;
	make_duid(&d->probe, duid);
	if (out->client_id.len != sizeof(duid) || memcmp(out->client_id.p, duid, sizeof(duid)) != 0)
		return false;
	r = result_of(d, &from, out);
	if (r == NULL)
		return true;
	probe_note(&d->probe, r,
	    out->dir != RELAY6_DROP ? NULL
	    : out->detail != NULL   ? out->detail
				    : pxe_reason_text(out->reason));
	if (r->is_group || memcmp(&out->upper->to, &in->from, sizeof(in->from)) != 0)
		r->from = from;
	note_offer(r, out->body);
	return true;
}
