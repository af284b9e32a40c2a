/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c -- what is known of a probe, in words and in JSON. */
#include "relayd/probe.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

#include "libpxecommon/base/err.h"

static int64_t monotonic_us(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

void probe_forget(struct probe *p)
{
	p->is_active = false;
	p->n = 0;
}

void probe_init(struct probe *p, const char *ifname)
{
	probe_forget(p);
	p->start_us = monotonic_us();
	(void)uv_random(NULL, NULL, &p->xid, sizeof(p->xid), 0, NULL);
	(void)uv_random(NULL, NULL, p->mac, sizeof(p->mac), 0, NULL);
	p->mac[0] = 0x02; /* locally administered, one machine */
	(void)pxe_str_copy(p->ifname, sizeof(p->ifname), ifname);
}

struct probe_result *probe_add(struct probe *p, const char *server)
{
	struct probe_result *r = &p->result[p->n];

	if (p->n == PROBE_RESULTS_MAX)
		return NULL;
	*r = (struct probe_result){0};
	(void)pxe_str_copy(r->server, sizeof(r->server), server);
	p->n++;
	return r;
}

void probe_note(const struct probe *p, struct probe_result *r, const char *refused)
{
	r->has_answer = true;
	r->rtt_us = monotonic_us() - p->start_us;
	r->refused = refused;
}

bool probe_is_complete(const struct probe *p)
{
	bool waits_for_more = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct probe_result *r = &p->result[i];

		if (r->is_there && r->err == 0 && !r->has_answer)
			return false;
		waits_for_more |= r->is_group && r->err == 0;
	}
	return p->is_active && (!waits_for_more || monotonic_us() - p->start_us >= PROBE_GROUP_US);
}

static void offer_text(const struct probe_result *r, struct pxe_text *t)
{
	char ip[PXE_IP_STRLEN];

	pxe_text_addf(t, "answered in %lld.%lld ms", (long long)(r->rtt_us / 1000),
	    (long long)(r->rtt_us % 1000 / 100));
	if (r->from.family != 0)
		pxe_text_addf(t, " by %s", pxe_ip_str(&r->from, ip));
	if (r->offered.family != 0)
		pxe_text_addf(t, ", offers %s", pxe_ip_str(&r->offered, ip));
	else
		pxe_text_add(t, ", offers no address");
	if (r->file[0] != '\0')
		pxe_text_addf(t, ", boot file %s", r->file);
	if (r->next_server.family != 0)
		pxe_text_addf(t, ", next server %s", pxe_ip_str(&r->next_server, ip));
	if (r->refused != NULL)
		pxe_text_addf(t, ", but clients would not get it: %s", r->refused);
}

bool probe_text(const struct probe *p, size_t i, struct pxe_text *t)
{
	const struct probe_result *r = &p->result[i];

	pxe_text_addf(t, "%s via %s: ", r->server, p->ifname);
	if (!r->is_there)
		pxe_text_add(t, "there is nowhere to send to");
	else if (r->err != 0)
		pxe_text_addf(t, "not reached: %s", pxe_strerror(r->err));
	else if (!r->has_answer)
		pxe_text_add(t, "sent, no answer");
	else
		offer_text(r, t);
	return r->has_answer && r->refused == NULL;
}

int probe_started(struct pxe_control_conn *conn, int err, const struct pxe_text *why)
{
	char line[384];
	struct pxe_text t = pxe_text_init(line, sizeof(line));
	struct pxe_json j = pxe_json_init(&t);

	if (err == 0)
		return 0;
	pxe_json_open(&j, NULL, '{');
	pxe_json_str(&j, "text", why->len > 0 ? why->p : pxe_strerror(err));
	pxe_json_close(&j, '}');
	(void)pxe_control_line(conn, &t);
	return err;
}

static void result_json(const struct probe *p, size_t i, struct pxe_json *j)
{
	const struct probe_result *r = &p->result[i];
	char text[1024], ip[PXE_IP_STRLEN];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	bool ok = probe_text(p, i, &t);

	pxe_json_str(j, "server", r->server);
	pxe_json_bool(j, "ok", ok);
	pxe_json_bool(j, "answered", r->has_answer);
	if (r->has_answer) {
		pxe_json_us(j, "rtt", r->rtt_us);
		if (r->offered.family != 0)
			pxe_json_str(j, "offered", pxe_ip_str(&r->offered, ip));
		pxe_json_str(j, "file", r->file);
	}
	pxe_json_str(j, "text", text);
}

void probe_show(struct pxe_control_conn *conn, const struct probe *p)
{
	char buf[3072];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct pxe_json j = pxe_json_init(&t);

	for (size_t i = 0; i < p->n; i++) {
		t = pxe_text_init(buf, sizeof(buf));
		j = pxe_json_init(&t);
		pxe_json_open(&j, NULL, '{');
		result_json(p, i, &j);
		pxe_json_close(&j, '}');
		if (!pxe_control_line(conn, &t))
			return;
	}
	t = pxe_text_init(buf, sizeof(buf));
	j = pxe_json_init(&t);
	pxe_json_open(&j, NULL, '{');
	pxe_json_bool(&j, "complete", probe_is_complete(p));
	pxe_json_close(&j, '}');
	(void)pxe_control_line(conn, &t);
}
