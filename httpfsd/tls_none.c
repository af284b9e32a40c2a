/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_none.c -- without OpenSSL: settings for TLS are refused, and sessions never come to be. */
#include <errno.h>
#include <stdio.h>

#include "httpfsd/tls.h"
#include "libpxecommon/base/err.h"

int tls_set_load(const struct conf *conf, const struct tls_set *old, struct tls_set **out_set,
    struct pxe_diag *diag)
{
	const struct conf_host *host = conf->hosts.v;
	struct conf_listener l;
	const char *wanted = NULL;

	(void)old;
	for (size_t i = 0; wanted == NULL && conf_listen_at(conf, i, &l); i++)
		wanted = l.is_tls ? l.address : NULL;
	for (size_t i = 0; wanted == NULL && i < conf->hosts.n; i++)
		wanted = conf_tls_is_set(&host[i].tls) ? host[i].names.v[0] : NULL;
	if (wanted == NULL) {
		*out_set = NULL;
		return 0;
	}
	pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
	    "%s: this httpfsd was built without TLS", wanted);
	return PXE_E_UNSUPPORTED;
}

void tls_set_free(struct tls_set *set)
{
	(void)set;
}

const char *tls_describe(char *buf, size_t cap)
{
	(void)snprintf(buf, cap, "none");
	return buf;
}

struct tls *tls_new(struct tls_ctx *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return NULL;
}

void tls_free(struct tls *t)
{
	(void)t;
}

enum tls_step tls_handshake(struct tls *t, enum tls_failure *out_why, const char **out_text)
{
	(void)t;
	*out_why = TLS_FAILURE_MALFORMED;
	*out_text = "built without TLS";
	return TLS_FAILED;
}

bool tls_is_resumed(const struct tls *t)
{
	(void)t;
	return false;
}

bool tls_has_begun(const struct tls *t)
{
	(void)t;
	return false;
}

ssize_t tls_recv(struct tls *t, void *buf, size_t cap)
{
	(void)t;
	(void)buf;
	(void)cap;
	errno = EPROTO;
	return -1;
}

bool tls_is_pending(const struct tls *t)
{
	(void)t;
	return false;
}

ssize_t tls_send(struct tls *t, const struct iovec *iov, size_t niov, bool more)
{
	(void)t;
	(void)iov;
	(void)niov;
	(void)more;
	errno = EPROTO;
	return -1;
}

ssize_t tls_sendfile(struct tls *t, int fd, uint64_t off, size_t len)
{
	(void)t;
	(void)fd;
	(void)off;
	(void)len;
	errno = EPROTO;
	return -1;
}

int tls_flush(struct tls *t)
{
	(void)t;
	return -EPROTO;
}

void tls_bye(struct tls *t)
{
	(void)t;
}
