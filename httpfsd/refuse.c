/* SPDX-License-Identifier: BSD-2-Clause */
/* refuse.c -- why a request gets no file, said to the client, the event and the log. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "httpfsd/ask.h"
#include "httpfsd/job.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"

const char refuse_retry_line[] = "Retry-After: 5\r\n";

enum answer ask_finish(struct ask *a, size_t body_len)
{
	a->r->head_len = a->out.len - body_len;
	a->r->mem[0] = (struct slice){a->out.p, a->out.len};
	return ANSWER_SEND;
}

enum answer refuse(struct ask *a, int status, enum pxe_reason reason, const char *extra)
{
	size_t body =
	    head_error(&a->out, &a->head, status, head_wants_html(a->rq), a->is_head, extra);

	a->r->status = status;
	a->r->reason = reason;
	return ask_finish(a, body);
}

/* GRUB and PXELINUX try a list of names from special to general; most are not there. */
static enum pxe_reason miss_reason(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base != NULL ? base + 1 : path;
	return strncmp(base, "grub.cfg-", 9) == 0 || strstr(path, "pxelinux.cfg/") != NULL
		   ? PXE_REASON_EXPECTED_MISS
		   : PXE_REASON_NOT_FOUND;
}

enum answer refuse_missing(struct ask *a)
{
	return refuse(a, 404, miss_reason(a->path), NULL);
}

enum answer refuse_access(struct ask *a, const char *why)
{
	a->r->detail = why;
	return refuse(a, 403, PXE_REASON_FORBIDDEN, NULL);
}

/* A tree made for a server that follows every link looks whole to whoever set it up: the log says
 * which link is not followed, where, and what would change that. */
static enum answer refuse_link(struct ask *a, int err)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(5, 20);
	const struct source *src = a->mount->source;
	const char *why = err != PXE_E_TRAVERSAL ? "too many symbolic links, or a loop of them"
			  : src->kind == SOURCE_DIR
			      ? "a symbolic link leads out of the mount's directory"
			      : "a symbolic link leads out of the image";
	char text[512];
	struct pxe_text path = pxe_text_init(text, sizeof(text));

	if (err == -ELOOP && src->symlinks == PXE_SYMLINKS_NONE)
		why = "a symbolic link, where symlinks is \"none\"";
	pxe_text_add_escaped(&path, a->path, strlen(a->path));
	pxe_log_limited(&limit, PXE_LOG_WARNING, "refused \"%s\" of %s: %s%s", text, src->root.path,
	    why, err == PXE_E_TRAVERSAL ? "; symlinks = \"follow\" would allow it" : "");
	return refuse_access(a, why);
}

enum answer refuse_open(struct ask *a, int err)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(1, 10);
	const struct source *src = a->mount != NULL ? a->mount->source : NULL;

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case -ENAMETOOLONG:
		return refuse_missing(a);
	case -EACCES:
	case -EPERM:
		return refuse_access(a, "the server's user may not read it");
	case -ELOOP:
	case PXE_E_TRAVERSAL:
		return refuse_link(a, err);
	case PXE_E_DENIED:
		a->r->detail =
		    src != NULL && src->kind != SOURCE_DIR && src->symlinks == PXE_SYMLINKS_NONE
			? "no regular file, or a symbolic link where symlinks is \"none\""
			: "neither a regular file nor a directory";
		return refuse(a, 403, PXE_REASON_NOT_A_FILE, NULL);
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		pxe_log_limited(
		    &limit, PXE_LOG_WARNING, "cannot open files: %s", pxe_strerror(err));
		return refuse(a, 503, PXE_REASON_OVERLOAD, refuse_retry_line);
	default:
		pxe_log_limited(
		    &limit, PXE_LOG_ERROR, "cannot open \"%s\": %s", a->path, pxe_strerror(err));
		return refuse(a, 500, PXE_REASON_IO_ERROR, NULL);
	}
}

/* An error that the operator must read, and whoever looks at the answer may. Its line is a comment
 * to GRUB, iPXE, kickstart and preseed, should one of them run it all the same. */
enum answer refuse_saying(struct ask *a, const char *why)
{
	static struct pxe_log_limit limit = PXE_LOG_LIMIT(5, 20);
	char text[FILL_WHY_MAX + 8], shown[FILL_WHY_MAX * 2];
	struct pxe_text t = pxe_text_init(shown, sizeof(shown)), path = {0};
	char path_text[512];
	int n = 0;

	path = pxe_text_init(path_text, sizeof(path_text));
	pxe_text_add_escaped(&path, a->path, strlen(a->path));
	pxe_text_add_escaped(&t, why, strlen(why));
	pxe_log_limited(&limit, PXE_LOG_ERROR, "cannot serve \"%s\": %s", path_text, shown);
	n = snprintf(text, sizeof(text), "# %s\n", why);
	a->r->status = 500;
	a->r->reason = PXE_REASON_IO_ERROR;
	head_body(&a->out, &a->head, 500, "text/plain; charset=utf-8", (uint64_t)n, NULL);
	if (a->is_head)
		return ask_finish(a, 0);
	pxe_text_addn(&a->out, text, (size_t)n);
	return ask_finish(a, (size_t)n);
}

enum answer refuse_found(struct ask *a, const struct found *fd)
{
	switch (fd->err) {
	case PXE_E_TRAVERSAL:
	case PXE_E_DENIED:
	case -ENOMEM:
		return refuse_open(a, fd->err);
	default:
		return fd->why[0] != '\0' && fd->err != -ENOENT && fd->err != -ENOTDIR &&
			       fd->err != -ENAMETOOLONG && fd->err != -ELOOP
			   ? refuse_saying(a, fd->why)
			   : refuse_open(a, fd->err);
	}
}
