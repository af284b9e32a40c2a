/* SPDX-License-Identifier: BSD-2-Clause */
/* negotiate.c -- TFTP options: one row and one function each. */
#include "tftpd/core/negotiate.h"

#include <stddef.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "tftpd/core/mcast.h"

struct ask {
	const struct pxe_tftp_req *req;
	const struct neg_limits *limits;
	const struct neg_file *file;
};

/* Grant value: adjust *v to what the client gets and return true; false leaves the option out. */
typedef bool (*grant_fn)(struct neg *n, const struct ask *ask, uint64_t *v);
/* The same for a value that is no number; *v is borrowed from the request or static. */
typedef bool (*text_fn)(struct neg *n, const struct ask *ask, const char **v);

static bool grant_blksize(struct neg *n, const struct ask *ask, uint64_t *v)
{
	if (*v < NEG_BLKSIZE_MIN)
		return false;
	if (*v > ask->limits->blksize_max)
		*v = ask->limits->blksize_max;
	n->blksize = (uint32_t)*v;
	return true;
}

static bool grant_blksize2(struct neg *n, const struct ask *ask, uint64_t *v)
{
	uint64_t power = NEG_BLKSIZE_MIN;

	if (*v < NEG_BLKSIZE_MIN)
		return false;
	if (*v > ask->limits->blksize_max)
		*v = ask->limits->blksize_max;
	while (power * 2 <= *v)
		power *= 2;
	*v = power;
	n->blksize = (uint32_t)power;
	return true;
}

/* RFC 2349: a reader sends 0 and is told the size; a writer tells its own, which is echoed. A
 * reader in netascii is told nothing, because the size on the wire is not known. */
static bool grant_tsize(struct neg *n, const struct ask *ask, uint64_t *v)
{
	if (ask->req->op == PXE_TFTP_WRQ) {
		n->has_upload_size = true;
		n->upload_size = *v;
		return true;
	}
	n->tsize_asked = true;
	if (!ask->file->size_known)
		return false;
	*v = ask->file->size;
	return true;
}

static bool grant_timeout(struct neg *n, const struct ask *ask, uint64_t *v)
{
	(void)ask;
	if (*v < 1 || *v > 255)
		return false;
	n->timeout_us = (int64_t)*v * 1000000;
	return true;
}

static bool grant_utimeout(struct neg *n, const struct ask *ask, uint64_t *v)
{
	(void)ask;
	if (*v < 10000 || *v > 255000000)
		return false;
	n->timeout_us = (int64_t)*v;
	return true;
}

static bool grant_rollover(struct neg *n, const struct ask *ask, uint64_t *v)
{
	(void)ask;
	if (*v > 65535)
		return false;
	n->rollover = (uint32_t)*v;
	return true;
}

/* The byte limit needs the block size, which may come later in the request: see neg_run(). */
static bool grant_windowsize(struct neg *n, const struct ask *ask, uint64_t *v)
{
	if (*v < 1 || *v > NEG_WINDOW_MAX)
		return false;
	if (*v > ask->limits->windowsize_max)
		*v = ask->limits->windowsize_max;
	n->windowsize = (uint32_t)*v;
	return true;
}

/* RFC 2090: asked for by an empty value. The real answer comes with neg_set_multicast(). */
static bool grant_multicast(struct neg *n, const struct ask *ask, const char **v)
{
	n->multicast = ask->req->op == PXE_TFTP_RRQ && ask->file->multicast && (*v)[0] == '\0';
	return n->multicast;
}

/* tftp-hpa 6: a client knows by it which of its requests is answered. */
static bool grant_cookie(struct neg *n, const struct ask *ask, const char **v)
{
	(void)n;
	(void)ask;
	return strlen(*v) <= NEG_COOKIE_MAX;
}

static const struct {
	const char *name;
	grant_fn grant;
	text_fn grant_text;
} option[NEG_OPTION_COUNT] = {
    [NEG_BLKSIZE] = {"blksize", grant_blksize, NULL},
    [NEG_BLKSIZE2] = {"blksize2", grant_blksize2, NULL},
    [NEG_TSIZE] = {"tsize", grant_tsize, NULL},
    [NEG_TIMEOUT] = {"timeout", grant_timeout, NULL},
    [NEG_UTIMEOUT] = {"utimeout", grant_utimeout, NULL},
    [NEG_ROLLOVER] = {"rollover", grant_rollover, NULL},
    [NEG_WINDOWSIZE] = {"windowsize", grant_windowsize, NULL},
    [NEG_MULTICAST] = {"multicast", NULL, grant_multicast},
    [NEG_COOKIE] = {"cookie", NULL, grant_cookie},
};

static int find_option(const char *name)
{
	for (int i = 0; i < NEG_OPTION_COUNT; i++)
		if (pxe_str_ieq(option[i].name, name))
			return i;
	return -1;
}

uint32_t neg_option_bit(const char *name)
{
	int i = find_option(name);

	return i < 0 ? 0 : UINT32_C(1) << i;
}

const char *neg_option_names(void)
{
#define X(id, name, source) " " name
	return &NEG_OPTION_TABLE(X)[1];
#undef X
}

static void put_value(struct neg *n, unsigned slot, uint64_t v)
{
	struct pxe_text t = pxe_text_init(n->value[slot], sizeof(n->value[slot]));

	pxe_text_add_u64(&t, v);
	n->opt[slot].value = n->value[slot];
}

/* blksize and blksize2 are one thing: whichever came first was granted. */
static uint32_t group_of(int i)
{
	if (i == NEG_BLKSIZE || i == NEG_BLKSIZE2)
		return UINT32_C(1) << NEG_BLKSIZE | UINT32_C(1) << NEG_BLKSIZE2;
	return UINT32_C(1) << i;
}

/* Grant option `which` as the client's i-th; false leaves it out. */
static bool grant_one(struct neg *out, const struct ask *ask, unsigned i, int which)
{
	const char *text = ask->req->opt[i].value;
	unsigned slot = out->nopt;
	uint64_t v = 0;

	if (option[which].grant_text != NULL) {
		if (!option[which].grant_text(out, ask, &text))
			return false;
		out->opt[slot].value = text;
	} else {
		if (pxe_parse_u64(text, 0, UINT64_MAX, &v) != 0 ||
		    !option[which].grant(out, ask, &v))
			return false;
		put_value(out, slot, v);
	}
	out->opt[slot].name = ask->req->opt[i].name;
	out->nopt++;
	return true;
}

static int slot_of(const struct neg *n, const char *name)
{
	for (unsigned i = 0; i < n->nopt; i++)
		if (pxe_str_ieq(n->opt[i].name, name))
			return (int)i;
	return -1;
}

static void leave_out(struct neg *n, const char *name)
{
	int slot = slot_of(n, name);

	if (slot < 0)
		return;
	n->nopt--;
	memmove(&n->opt[slot], &n->opt[slot + 1], (n->nopt - (unsigned)slot) * sizeof(n->opt[0]));
}

void neg_set_multicast(struct neg *out, const char *value)
{
	int slot = slot_of(out, "multicast");

	if (slot >= 0 && pxe_str_copy(out->group, sizeof(out->group), value) == 0)
		out->opt[slot].value = out->group;
}

/* What depends on more than one option, whose order is the client's. */
static void settle(struct neg *out, const struct ask *ask)
{
	uint64_t most = ask->limits->window_bytes / out->blksize;
	int slot = slot_of(out, "windowsize");

	if (most < 1)
		most = 1;
	if (slot >= 0 && out->windowsize > most) {
		out->windowsize = (uint32_t)most;
		put_value(out, (unsigned)slot, most);
	}
	if (!out->multicast)
		return;
	if (ask->file->size / out->blksize + 1 > MCAST_BLOCKS_MAX) {
		out->multicast = false;
		leave_out(out, "multicast");
		return;
	}
	/* ACKs ask for single blocks there, and blocks are numbered once. */
	leave_out(out, "windowsize");
	leave_out(out, "rollover");
	out->windowsize = 1;
	out->rollover = 0;
}

void neg_run(struct neg *out, const struct pxe_tftp_req *req, const struct neg_limits *limits,
    const struct neg_file *file)
{
	const struct ask ask = {.req = req, .limits = limits, .file = file};
	uint32_t seen = 0;

	*out = (struct neg){.blksize = NEG_BLKSIZE_DEFAULT, .windowsize = 1};
	for (unsigned i = 0; i < req->nopt; i++) {
		int which = find_option(req->opt[i].name);

		if (which < 0 || ((limits->refuse | seen) >> which & 1) != 0)
			continue;
		if (grant_one(out, &ask, i, which))
			seen |= group_of(which);
	}
	settle(out, &ask);
}
