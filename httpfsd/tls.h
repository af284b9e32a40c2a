/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.h -- HTTPS: certificates by listen address and host, and the TLS session of a connection.
 *
 * Two implementations, one is built: tls_cert.c with tls_session.c on OpenSSL, or tls_none.c, which
 * refuses to load a certificate. A session reads and writes the way the system calls do (-1 and
 * errno, EAGAIN when the socket would block), so that a connection need not know what is below it.
 *
 * TLS 1.2 and 1.3 only, no renegotiation, no compression, ALPN http/1.1. What is sent collects in
 * records of TLS_BUF_SIZE in a buffer that a session has only while something is under way; bytes
 * in it count as sent, as bytes in a socket's buffer do, and tls_flush says when they are out.
 * Where the kernel encrypts (kTLS), files go out with sendfile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "httpfsd/conf.h"

enum { TLS_BUF_SIZE = 16384 };

/* Why a handshake failed: name of its counter (STAT_TLS_...), reason of its event, what the log
 * says when there is nothing more precise. */
#define TLS_FAILURE_TABLE(X)                                                                       \
	X(TIMEOUT, TIMEOUT, "the handshake took too long")                                         \
	X(GONE, CLIENT_ABORT, "the client went away")                                              \
	X(PLAIN, BAD_REQUEST, "plain HTTP request on a TLS port")                                  \
	X(VERSION, OPTION_REFUSED, "no common protocol version")                                   \
	X(CIPHER, OPTION_REFUSED, "no common cipher")                                              \
	X(ALPN, OPTION_REFUSED, "the client does not want http/1.1")                               \
	X(ALERT, CLIENT_ABORT, "the client refused")                                               \
	X(LIMIT, OVERLOAD, "limit of handshakes reached")                                          \
	X(MALFORMED, MALFORMED, "not TLS")

enum tls_failure {
#define X(id, reason, text) TLS_FAILURE_##id,
	TLS_FAILURE_TABLE(X)
#undef X
	    TLS_FAILURE_COUNT
};

/* --- certificates */

struct tls_ctx; /* of one listen address: its certificate, and those of the hosts */

/* One for each listen address with TLS, in the order of conf_listen_at. Belongs to one thread at a
 * time; the contexts in it are shared. */
struct tls_set {
	size_t n;
	struct {
		char *address;
		struct tls_ctx *ctx;
	} v[];
};

/* Load all certificates and keys that conf names.
 *
 * old      NULL at the start, to be called before privileges are dropped. At a reload, the set in
 *          use: the result has the same addresses in the same order, and where a file may no longer
 *          be read (EACCES), or the address has left conf, the old certificate stays, with a
 *          warning. Any other failure is an error.
 * out_set  NULL when conf has no TLS.
 * Returns 0, PXE_E_CONFIG, PXE_E_UNSUPPORTED (built without TLS) or -ENOMEM, with findings that
 * name the file and OpenSSL's reason in diag. Also warns there of keys that others can read and of
 * certificates that are not valid today. */
int tls_set_load(const struct conf *conf, const struct tls_set *old, struct tls_set **out_set,
    struct pxe_diag *diag);
void tls_set_free(struct tls_set *set); /* NULL ok; sessions keep what they use */
/* What TLS is made of here, for the log: "OpenSSL 3.0.15, kernel TLS". */
const char *tls_describe(char *buf, size_t cap);

/* --- a session */

struct tls;

/* For the accepted socket fd, which stays the caller's. NULL when out of memory. */
struct tls *tls_new(struct tls_ctx *ctx, int fd);
void tls_free(struct tls *t); /* NULL ok; says nothing to the client */

enum tls_step { TLS_DONE, TLS_WANT_READ, TLS_WANT_WRITE, TLS_FAILED };

/* Go on with the handshake. On TLS_FAILED *out_why is set and *out_text is OpenSSL's own reason
 * (static) or NULL. With TLS_FAILURE_PLAIN nothing has been read from the socket and nothing was
 * sent. */
enum tls_step tls_handshake(struct tls *t, enum tls_failure *out_why, const char **out_text);
/* Was the handshake the short one of a client that has been here before. */
bool tls_is_resumed(const struct tls *t);
/* Has the client sent a byte yet (a port probe has not). */
bool tls_has_begun(const struct tls *t);

/* As recv(2); 0 at the client's end, with close_notify or without. */
ssize_t tls_recv(struct tls *t, void *buf, size_t cap);
/* More can be read although the socket may have nothing. */
bool tls_is_pending(const struct tls *t);
/* As writev(2). more: what follows may share a record. */
ssize_t tls_send(struct tls *t, const struct iovec *iov, size_t niov, bool more);
/* As sendfile(2) with an offset: 0 when the file ends at off. */
ssize_t tls_sendfile(struct tls *t, int fd, uint64_t off, size_t len);
/* 0 when all that was taken is with the kernel (and the buffer is free), PXE_E_AGAIN or -errno. */
int tls_flush(struct tls *t);
/* Say close_notify, once, after a flush; what the socket does not take is not said. */
void tls_bye(struct tls *t);
