/* SPDX-License-Identifier: BSD-2-Clause */
/* negotiate.c -- TFTP options: one row and one function each. */
#include "tftpd/core/negotiate.h"

#include <stddef.h>

#include "libpxecommon/base/str.h"

struct ask {
	const struct pxe_tftp_req *req;
	const struct neg_limits *limits;
	const struct neg_file *file;
};

/* Grant value: adjust *v to what the client gets and return true; false leaves the option out. */
typedef bool (*grant_fn)(struct neg *n, const struct ask *ask, uint64_t *v);

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

static const struct {
	const char *name;
	grant_fn grant;
} option[NEG_OPTION_COUNT] = {
    [NEG_BLKSIZE] = {"blksize", grant_blksize},
    [NEG_BLKSIZE2] = {"blksize2", grant_blksize2},
    [NEG_TSIZE] = {"tsize", grant_tsize},
    [NEG_TIMEOUT] = {"timeout", grant_timeout},
    [NEG_UTIMEOUT] = {"utimeout", grant_utimeout},
    [NEG_ROLLOVER] = {"rollover", grant_rollover},
    [NEG_WINDOWSIZE] = {"windowsize", grant_windowsize},
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

void neg_run(struct neg *out, const struct pxe_tftp_req *req, const struct neg_limits *limits,
    const struct neg_file *file)
{
	const struct ask ask = {.req = req, .limits = limits, .file = file};
	int window_slot = -1;
	uint32_t seen = 0;
	uint64_t most;

	*out = (struct neg){.blksize = NEG_BLKSIZE_DEFAULT, .windowsize = 1};
	for (unsigned i = 0; i < req->nopt; i++) {
		int which = find_option(req->opt[i].name);
		uint64_t v = 0;

		if (which < 0 || ((limits->refuse | seen) >> which & 1) != 0)
			continue;
		if (pxe_parse_u64(req->opt[i].value, 0, UINT64_MAX, &v) != 0 ||
		    !option[which].grant(out, &ask, &v))
			continue;
		seen |= group_of(which);
		if (which == NEG_WINDOWSIZE)
			window_slot = (int)out->nopt;
		out->opt[out->nopt].name = req->opt[i].name;
		put_value(out, out->nopt, v);
		out->nopt++;
	}
	most = limits->window_bytes / out->blksize;
	if (most < 1)
		most = 1;
	if (window_slot >= 0 && out->windowsize > most) {
		out->windowsize = (uint32_t)most;
		put_value(out, (unsigned)window_slot, most);
	}
}
