/* SPDX-License-Identifier: BSD-2-Clause */
/* request.c -- from an RRQ or WRQ to a transfer, or to the ERROR that says why not.
 *
 * in.tftpd's order: mode, map rules, log line, access checks, open, options. So a name that is
 * refused never sees an OACK (pxelinux hangs on an ERROR behind one).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "tftpd/group.h"
#include "tftpd/ident.h"
#include "tftpd/neighbour.h"
#include "tftpd/reply.h"
#include "tftpd/report.h"
#include "tftpd/session.h"

enum { UPLOAD_WINDOW = 256 << 10 }; /* memory for one upload */

struct request {
	struct tid *tid; /* the listening socket */
	struct worker *w;
	const struct pxe_dgram *dg;
	struct pxe_tftp_req req;
	bool write;
	uint64_t hash;
	struct locate_who who;
	char name[MAP_NAME_MAX + 1];   /* as asked for */
	char mapped[MAP_NAME_MAX + 1]; /* as the rules made it */
	char where[64];                /* rule that decided; empty: none */
	char hint[256];
};

/* A socket for answers to those who get no transfer. Some firmware takes no ERROR from the
 * well-known port, so it is one of the pool, unless everything is to come from there. */
static void send_refusal(struct request *r, uint16_t code, const char *text)
{
	int err = 0;
	struct tid *tid;

	if (r->w->policy->conf.single_port || r->tid->is_mtftp) {
		reply_error(r->tid, r->dg, code, text);
		return;
	}
	tid = tid_acquire_any(r->w, r->dg->from.ip.family, &err);
	if (tid == NULL) {
		reply_error(r->tid, r->dg, code, text);
		return;
	}
	reply_error(tid, r->dg, code, text);
	tid_release(tid);
}

/* code below 0: stay silent. */
static void refuse(struct request *r, enum pxe_reason reason, int code, const char *text)
{
	const struct report_end end = {
	    .reason = reason,
	    .code = code,
	    .text = text,
	    .where = r->where[0] != '\0' ? r->where : NULL,
	    .hint = r->hint[0] != '\0' ? r->hint : NULL,
	};

	if (code >= 0)
		send_refusal(r, (uint16_t)code, text);
	report_refusal(r->w, r->dg, r->write, r->name[0] != '\0' ? r->name : NULL, &end);
}

/* 1000 transfers may run here, but no client needs more than a few at a time. */
static bool is_over_limits(struct request *r)
{
	if (r->w->by_tid.count >= r->w->share_transfers && !session_make_room(r->w)) {
		refuse(r, PXE_REASON_OVERLOAD, -1, "too many transfers (max_transfers)");
		return true;
	}
	if (session_count(r->w, &r->dg->from.ip) < (size_t)r->w->policy->conf.max_per_client)
		return false;
	refuse(r, PXE_REASON_OVERLOAD, -1, "too many transfers of this client (max_per_client)");
	return true;
}

/* The same request again while its transfer has not got an answer yet is a slow client or a
 * network that doubles packets: the running transfer's timer takes care of it. Any other request
 * from the same port is a new transfer (lpxelinux and OpenFirmware use one port for everything),
 * and the client has forgotten the old one. */
static bool is_repeated(struct request *r)
{
	struct session *s = session_of_peer(r->w, &r->dg->from, NULL);

	while (s != NULL) {
		struct session *next = session_of_peer(r->w, &r->dg->from, s);

		if (s->request == r->hash &&
		    (session_is_starting(s) || (s->group != NULL && !group_is_led_by(s)))) {
			s->asked_us = r->w->now_us;
			stat_add(&r->w->stats, STAT_DUPLICATES, 1);
			if (s->group != NULL && s->started)
				group_again(s);
			return true;
		}
		if (!s->reported) {
			s->superseded = true;
			session_abort(s, PXE_REASON_CLIENT_ABORT, -1, NULL);
		}
		s = next;
	}
	return false;
}

static bool exists(const char *name, void *arg)
{
	const struct request *r = arg;

	return locate_exists(r->w->policy, &r->who, name);
}

static void trace(const char *line, void *arg)
{
	(void)arg;
	pxe_log_debug("remap: %s", line);
}

/* What is done to a name behind the map rules. */
static bool normalise(struct request *r)
{
	int mode = r->w->policy->conf.normalize;
	char out[MAP_NAME_MAX + 1];

	if (mode == CONF_NORMALIZE_NONE)
		return true;
	if (name_normalise(r->mapped, mode == CONF_NORMALIZE_PATH, out, sizeof(out)) != 0) {
		refuse(r, PXE_REASON_BAD_PATH, PXE_TFTP_EBADOP, "File name too long");
		return false;
	}
	return pxe_str_copy(r->mapped, sizeof(r->mapped), out) == 0;
}

/* False when the rules refuse the name (said and done). */
static bool apply_map(struct request *r)
{
	const struct policy *p = r->w->policy;
	const struct map_env env = {
	    .write = r->write,
	    .client = r->dg->from.ip,
	    .steps = (unsigned)p->conf.map_steps,
	    .exists = exists,
	    .trace = pxe_log_enabled(PXE_LOG_DEBUG) ? trace : NULL,
	    .arg = r,
	};
	enum map_verdict verdict;
	unsigned line = 0;

	if (p->map == NULL) {
		(void)pxe_str_copy(r->mapped, sizeof(r->mapped), r->name);
		report_request(r->w, r->dg, r->write, r->name, NULL);
		return true;
	}
	verdict = map_run(p->map, &env, r->name, r->mapped, &line);
	if (line != 0)
		(void)snprintf(r->where, sizeof(r->where), "%.50s:%u", p->conf.map_file, line);
	report_request(r->w, r->dg, r->write, r->name, verdict == MAP_NAME ? r->mapped : NULL);
	if (verdict == MAP_NAME)
		return true;
	if (verdict == MAP_LOOP)
		pxe_log_limited(&r->w->log_stray, PXE_LOG_WARNING,
		    "remap: Breaking loop at %s, the name is refused", r->where);
	refuse(r, PXE_REASON_FORBIDDEN, PXE_TFTP_EACCESS,
	    verdict == MAP_LOOP    ? "Remap table failure"
	    : r->mapped[0] != '\0' ? r->mapped
				   : "Access denied");
	return false;
}

static void refuse_missing(struct request *r, const struct locate_no *no)
{
	if (no->reason == PXE_REASON_NOT_FOUND && r->w->policy->conf.hints && !r->write &&
	    reply_hint_allowed(r->w) &&
	    !locate_hint(r->w->policy, &r->who, r->mapped, r->hint, sizeof(r->hint)))
		r->hint[0] = '\0';
	refuse(r, no->reason, no->code, no->text);
}

static void start_session(struct request *r, struct session_start *start, size_t max_dgram)
{
	bool single = r->w->policy->conf.single_port;
	int err = 0;
	struct tid *tid = start->group != NULL ? group_tid(start->group)
			  : single             ? r->tid
					       : tid_acquire(r->w, &r->dg->from, max_dgram, &err);

	if (tid == NULL) {
		cache_close(start->file);
		upload_close(start->upload);
		group_put(start->group);
		refuse(r, PXE_REASON_OVERLOAD, PXE_TFTP_EUNDEF, pxe_strerror(err));
		return;
	}
	if (single)
		tid->users++;
	start->dg = r->dg;
	start->name = r->name;
	start->request = r->hash;
	start->write = r->write;
	start->is_netascii = r->req.mode == PXE_TFTP_NETASCII;
	start->ifname = r->who.ifname;
	if (session_new(tid, start) != 0)
		refuse(r, PXE_REASON_OVERLOAD, PXE_TFTP_EUNDEF, "Out of memory");
}

/* IP and UDP headers and ours, in front of a block. */
static uint32_t block_in_mtu(unsigned mtu, uint8_t family)
{
	unsigned headers = (family == 6 ? 40U : 20U) + 8U + PXE_TFTP_HEADER;

	return mtu > headers + NEG_BLKSIZE_MIN ? mtu - headers : NEG_BLKSIZE_MIN;
}

static struct neg_limits limits_of(const struct request *r)
{
	struct neg_limits limits = r->w->policy->limits;
	const struct pxe_iface *iface = pxe_iface_by_index(r->w->ifaces, r->dg->ifindex);

	if (r->w->policy->conf.fit_mtu && iface != NULL) {
		unsigned slack = (unsigned)r->w->policy->conf.mtu_slack;
		uint32_t most = block_in_mtu(
		    iface->mtu > slack ? iface->mtu - slack : 0, r->dg->from.ip.family);

		limits.blksize_max = most < limits.blksize_max ? most : limits.blksize_max;
	}
	return limits;
}

/* False when there is no such file, or no memory (said and done). */
static bool open_file(struct request *r, struct session_start *start)
{
	struct locate_no no = {0};
	struct disc_file found;

	if (locate_read(r->w->policy, &r->who, r->mapped, &found, &no) < 0) {
		refuse_missing(r, &no);
		return false;
	}
	start->size = (uint64_t)found.st.st_size;
	start->file = cache_open(r->w->cache, &found);
	if (start->file == NULL)
		refuse(r, PXE_REASON_OVERLOAD, PXE_TFTP_EUNDEF, "Out of memory");
	return start->file != NULL;
}

/* Agree on the options. A client for which there is no group is served alone. */
static void negotiate(struct request *r, struct session_start *start, struct neg *neg)
{
	struct neg_limits limits = limits_of(r);
	struct neg_file file = {.size_known = r->req.mode == PXE_TFTP_OCTET, .size = start->size};
	char group[NEG_MULTICAST_STRLEN];

	file.multicast =
	    file.size_known && r->dg->from.ip.family == 4 && r->w->policy->conf.multicast.count > 0;
	neg_run(neg, &r->req, &limits, &file);
	start->neg = neg;
	if (!neg->multicast)
		return;
	start->group = group_get(r->w, r->dg, start->file, start->size, neg->blksize);
	if (start->group != NULL) {
		group_value(start->group, group);
		neg_set_multicast(neg, group);
		return;
	}
	file.multicast = false;
	neg_run(neg, &r->req, &limits, &file);
}

static void handle_read(struct request *r)
{
	struct session_start start = {0};
	struct neg neg;

	if (!open_file(r, &start))
		return;
	negotiate(r, &start, &neg);
	start_session(r, &start, 0);
}

static const struct conf_mtftp *find_mtftp(const struct request *r)
{
	const struct tftpd_conf *conf = &r->w->policy->conf;
	const struct conf_mtftp *v = conf->mtftp.v;
	const char *name = r->name + (r->name[0] == '/');

	for (size_t i = 0; i < conf->mtftp.n; i++)
		if (strcmp(v[i].file + (v[i].file[0] == '/'), name) == 0)
			return &v[i];
	return NULL;
}

/* PXE 2.1's MTFTP: only files that have a group, and no options. A client that opens what another
 * has opened hears nothing from us but the group. */
static void handle_mtftp(struct request *r)
{
	const struct neg neg = {.blksize = NEG_BLKSIZE_DEFAULT, .windowsize = 1};
	const struct conf_mtftp *which = find_mtftp(r);
	struct session_start start = {.neg = &neg};

	if (r->write || r->req.mode != PXE_TFTP_OCTET) {
		refuse(
		    r, PXE_REASON_BAD_METHOD, PXE_TFTP_EBADOP, pxe_tftp_err_text(PXE_TFTP_EBADOP));
		return;
	}
	if (which == NULL) {
		refuse(r, PXE_REASON_NOT_FOUND, PXE_TFTP_ENOTFOUND, "File has no MTFTP group");
		return;
	}
	if (!open_file(r, &start))
		return;
	if (start.size / NEG_BLKSIZE_DEFAULT + 1 > MCAST_BLOCKS_MAX) {
		cache_close(start.file);
		refuse(r, PXE_REASON_TOO_LARGE, PXE_TFTP_EUNDEF, "File too large for MTFTP");
		return;
	}
	start.group = group_get_mtftp(r->tid, r->dg, which, start.file, start.size);
	if (start.group == NULL) {
		cache_close(start.file);
		stat_add(&r->w->stats, STAT_DUPLICATES, 1);
		return;
	}
	start_session(r, &start, 0);
}

static void handle_write(struct request *r)
{
	const struct policy *p = r->w->policy;
	const struct neg_file file = {0};
	struct neg_limits limits = limits_of(r);
	struct session_start start = {0};
	struct locate_target target;
	struct locate_no no = {0};
	struct neg neg;
	int rc;

	if (p->conf.read_only) {
		refuse(
		    r, PXE_REASON_FORBIDDEN, PXE_TFTP_EACCESS, pxe_tftp_err_text(PXE_TFTP_EACCESS));
		return;
	}
	if (locate_write(p, &r->who, r->mapped, &target, &no) != 0) {
		refuse(r, no.reason, no.code, no.text);
		return;
	}
	if (limits.window_bytes > UPLOAD_WINDOW)
		limits.window_bytes = UPLOAD_WINDOW;
	neg_run(&neg, &r->req, &limits, &file);
	if (p->conf.max_upload != 0 && neg.upload_size > (uint64_t)p->conf.max_upload) {
		(void)close(target.dir_fd);
		refuse(r, PXE_REASON_TOO_LARGE, PXE_TFTP_ENOSPACE,
		    pxe_tftp_err_text(PXE_TFTP_ENOSPACE));
		return;
	}
	rc = upload_open(r->w, &target, 0666, (size_t)neg.blksize * neg.windowsize,
	    r->req.mode == PXE_TFTP_NETASCII, &start.upload);
	if (rc != 0) {
		no.code = xfer_error_of(rc, &no.text);
		if (rc == PXE_E_EXISTS)
			no.text = "File is being written";
		refuse(r, xfer_reason_of(rc), no.code, no.text);
		return;
	}
	start.neg = &neg;
	start_session(r, &start, neg.blksize + PXE_TFTP_HEADER + 1U);
}

static void identify(struct request *r)
{
	const struct pxe_iface *iface = pxe_iface_by_index(r->w->ifaces, r->dg->ifindex);

	r->who.client.ip = r->dg->from.ip;
	r->who.ifname = iface != NULL ? iface->name : NULL;
	if (r->w->policy->conf.overlay.n == 0)
		return;
	(void)neighbour_mac(&r->dg->from.ip, r->who.ifname, &r->who.client.mac);
	idents_see(r->w->idents, r->name, r->w->now_us, &r->who.client);
}

/* False when the request is malformed or of no kind we serve (said and done). */
static bool parse(struct request *r)
{
	const char *why = "Missing mode";
	int rc = pxe_tftp_parse_req(r->dg->data, r->dg->len, &r->req, &why);

	r->write = pxe_tftp_opcode(r->dg->data, r->dg->len) == PXE_TFTP_WRQ;
	stat_add(&r->w->stats, r->write ? STAT_WRITES : STAT_READS, 1);
	if (rc != 0 || r->req.name_len > MAP_NAME_MAX) {
		if (rc != PXE_E_SYNTAX)
			why = "File name too long";
		refuse(r, rc == PXE_E_SYNTAX ? PXE_REASON_BAD_REQUEST : PXE_REASON_BAD_PATH,
		    PXE_TFTP_EBADOP, why);
		return false;
	}
	memcpy(r->name, r->req.name, r->req.name_len);
	r->name[r->req.name_len] = '\0';
	if (r->req.mode == PXE_TFTP_OCTET || r->req.mode == PXE_TFTP_NETASCII)
		return true;
	refuse(r, PXE_REASON_BAD_METHOD, PXE_TFTP_EBADOP, "Unknown mode");
	return false;
}

/* Clients of one file can only share a group on one worker. */
static bool is_for_home(const struct worker *w, const struct pxe_dgram *dg)
{
	struct pxe_tftp_req req;
	const char *why = NULL;

	if (w->home == w || w->policy->conf.multicast.count == 0 || dg->from.ip.family != 4 ||
	    pxe_tftp_opcode(dg->data, dg->len) != PXE_TFTP_RRQ ||
	    pxe_tftp_parse_req(dg->data, dg->len, &req, &why) != 0)
		return false;
	for (unsigned i = 0; i < req.nopt; i++)
		if (pxe_str_ieq(req.opt[i].name, "multicast"))
			return true;
	return false;
}

void request_handle(struct tid *tid, const struct pxe_dgram *dg)
{
	struct request r = {.tid = tid, .w = tid->worker, .dg = dg};

	r.w->last_request_us = r.w->now_us;
	if (dg->from.port == 0 || r.w->is_draining)
		return; /* nobody could get an answer; the next server takes it */
	if (is_for_home(r.w, dg) && mail_post(r.w->home, dg))
		return;
	if (!r.w->policy->conf.answer_broadcast && reply_was_broadcast(r.w, dg))
		return;
	r.hash = pxe_siphash(&r.w->seed, dg->data, dg->len);
	if (is_repeated(&r))
		return;
	if (!parse(&r) || is_over_limits(&r))
		return;
	identify(&r);
	if (!apply_map(&r) || !normalise(&r))
		return;
	if (tid->is_mtftp)
		handle_mtftp(&r);
	else if (r.write)
		handle_write(&r);
	else
		handle_read(&r);
}
