/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_openssl.h -- what tls_cert.c and tls_session.c share. */
#pragma once

#include <openssl/ssl.h>

#include "httpfsd/tls.h"

struct tls_name {
	char *name; /* in lower case or not: compared without case */
	SSL_CTX *ssl_ctx;
};

struct tls_ctx {
	unsigned refs; /* atomic */
	SSL_CTX *ssl_ctx;
	struct tls_name *name;
	size_t nname;
};

/* Thread-safe. */
struct tls_ctx *tls_ctx_ref(struct tls_ctx *ctx);
void tls_ctx_unref(struct tls_ctx *ctx); /* NULL ok */
