/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_session.c -- the TLS session of a connection on OpenSSL; see tls.h. */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpfsd/tls_openssl.h"
#include "libpxecommon/base/err.h"

struct tls {
	SSL *ssl;
	struct tls_ctx *ctx;
	char *buf; /* TLS_BUF_SIZE bytes while something is to be sent, else NULL */
	size_t at, len;
	bool begun;  /* the client has sent something */
	bool open;   /* the handshake is done */
	bool broken; /* after a fatal error OpenSSL must not be asked for more */
};

struct tls *tls_new(struct tls_ctx *ctx, int fd)
{
	struct tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	if (t == NULL)
		return NULL;
	t->ssl = SSL_new(ctx->ssl_ctx);
	if (t->ssl == NULL || SSL_set_fd(t->ssl, fd) != 1) {
		SSL_free(t->ssl);
		free(t);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_accept_state(t->ssl);
	/* The callback for names looks into it. */
	t->ctx = tls_ctx_ref(ctx);
	return t;
}

void tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_free(t->ssl);
	tls_ctx_unref(t->ctx);
	free(t->buf);
	free(t);
}

bool tls_has_begun(const struct tls *t)
{
	return t->begun;
}

bool tls_is_resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl) == 1;
}

struct failure_row {
	int reason;
	enum tls_failure why;
};

/* OpenSSL's reasons that are worth a counter of their own. */
static const struct failure_row failure_rows[] = {
    {SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILURE_VERSION},
    {SSL_R_WRONG_VERSION_NUMBER, TLS_FAILURE_MALFORMED},
    {SSL_R_VERSION_TOO_LOW, TLS_FAILURE_VERSION},
    {SSL_R_UNKNOWN_PROTOCOL, TLS_FAILURE_VERSION},
    {SSL_R_NO_SHARED_CIPHER, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SUITABLE_KEY_SHARE, TLS_FAILURE_CIPHER},
    {SSL_R_NO_SHARED_GROUPS, TLS_FAILURE_CIPHER},
    {SSL_R_NO_APPLICATION_PROTOCOL, TLS_FAILURE_ALPN},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, TLS_FAILURE_GONE},
};

static enum tls_failure failure_of(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	if (ERR_GET_LIB(code) != ERR_LIB_SSL)
		return TLS_FAILURE_MALFORMED;
	for (size_t i = 0; i < sizeof(failure_rows) / sizeof(failure_rows[0]); i++) {
		if (failure_rows[i].reason == reason)
			return failure_rows[i].why;
	}
	/* Alerts that the client sent have their number on top of this. */
	return reason > SSL_AD_REASON_OFFSET ? TLS_FAILURE_ALERT : TLS_FAILURE_MALFORMED;
}

/* The first error is the cause; others are its consequences. */
static enum tls_step fail(
    struct tls *t, enum tls_failure why, enum tls_failure *out_why, const char **out_text)
{
	unsigned long code = ERR_peek_error();

	t->broken = true;
	*out_why = why;
	*out_text = code != 0 ? ERR_reason_error_string(code) : NULL;
	ERR_clear_error();
	return TLS_FAILED;
}

/* A TLS record begins with 0x16, SSL 2's hello with its high bit set, every HTTP method with a
 * letter. Looked at without reading it, so that it can still be answered as HTTP. TLS_DONE: go on.
 */
static enum tls_step look_at_first(struct tls *t, enum tls_failure *out_why, const char **out_text)
{
	unsigned char first = 0;
	ssize_t n = recv(SSL_get_fd(t->ssl), &first, 1, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return TLS_WANT_READ;
	if (n <= 0)
		return fail(t, TLS_FAILURE_GONE, out_why, out_text);
	t->begun = true;
	if ((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z'))
		return fail(t, TLS_FAILURE_PLAIN, out_why, out_text);
	return TLS_DONE;
}

enum tls_step tls_handshake(struct tls *t, enum tls_failure *out_why, const char **out_text)
{
	enum tls_step step = TLS_DONE;
	int rc = 0;

	ERR_clear_error();
	if (!t->begun)
		step = look_at_first(t, out_why, out_text);
	if (step != TLS_DONE)
		return step;
	rc = SSL_do_handshake(t->ssl);
	if (rc == 1) {
		t->open = true;
		return TLS_DONE;
	}
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_SSL:
		return fail(t, failure_of(ERR_peek_error()), out_why, out_text);
	default: /* the end of the connection, orderly or not */
		ERR_clear_error();
		return fail(t, TLS_FAILURE_GONE, out_why, out_text);
	}
}

/* What an operation of OpenSSL that did not succeed means, as errno. 0: the client has ended. */
static int error_of(struct tls *t, int rc)
{
	int saved = errno;

	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		t->broken = true;
		return saved != 0 ? saved : ECONNRESET;
	default:
		t->broken = true;
		ERR_clear_error();
		return EPROTO;
	}
}

ssize_t tls_recv(struct tls *t, void *buf, size_t cap)
{
	size_t n = 0;
	int rc = 0, err = 0;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read_ex(t->ssl, buf, cap, &n);
	if (rc == 1)
		return (ssize_t)n;
	err = error_of(t, rc);
	errno = err;
	return err == 0 ? 0 : -1;
}

bool tls_is_pending(const struct tls *t)
{
	return SSL_pending(t->ssl) > 0;
}

/* Hand what the buffer holds to OpenSSL. 0, or an errno. */
static int push(struct tls *t)
{
	ERR_clear_error();
	while (t->at < t->len) {
		size_t n = 0;
		int rc = 0;

		errno = 0;
		rc = SSL_write_ex(t->ssl, t->buf + t->at, t->len - t->at, &n);
		if (rc != 1) {
			int err = error_of(t, rc);

			return err != 0 ? err : EPIPE;
		}
		t->at += n;
	}
	t->at = t->len = 0;
	return 0;
}

/* Room for at least a byte at buf + len. 0, or an errno. */
static int make_room(struct tls *t)
{
	if (t->broken)
		return EPIPE;
	if (t->buf == NULL) {
		t->buf = malloc(TLS_BUF_SIZE);
		return t->buf != NULL ? 0 : ENOMEM;
	}
	return t->len < TLS_BUF_SIZE ? 0 : push(t);
}

/* As a system call ends: what was taken, else why nothing was. */
static ssize_t result(size_t done, int err)
{
	if (done > 0 || err == 0)
		return (ssize_t)done;
	errno = err;
	return -1;
}

ssize_t tls_send(struct tls *t, const struct iovec *iov, size_t niov, bool more)
{
	size_t done = 0;
	int err = 0;

	for (size_t i = 0; i < niov && err == 0; i++) {
		size_t from = 0;

		while (from < iov[i].iov_len && (err = make_room(t)) == 0) {
			size_t room = TLS_BUF_SIZE - t->len, left = iov[i].iov_len - from;
			size_t n = left < room ? left : room;

			memcpy(t->buf + t->len, (const char *)iov[i].iov_base + from, n);
			t->len += n;
			from += n;
			done += n;
		}
	}
	/* What is not out yet goes with the next call, or with tls_flush. */
	if (err == 0 && !more)
		err = push(t);
	return err == 0 || err == EAGAIN ? result(done, err) : result(0, err);
}

/* The kernel encrypts: after what is buffered, the file by itself. */
static ssize_t send_by_kernel(struct tls *t, int fd, uint64_t off, size_t len)
{
	int err = t->broken ? EPIPE : push(t);
	ossl_ssize_t n = 0;

	if (err != 0)
		return result(0, err);
	errno = 0;
	n = SSL_sendfile(t->ssl, fd, (off_t)off, len, 0);
	if (n >= 0)
		return n;
	return result(0, error_of(t, (int)n));
}

ssize_t tls_sendfile(struct tls *t, int fd, uint64_t off, size_t len)
{
	size_t done = 0;
	int err = 0;

	if (BIO_get_ktls_send(SSL_get_wbio(t->ssl)))
		return send_by_kernel(t, fd, off, len);
	while (done < len && (err = make_room(t)) == 0) {
		size_t room = TLS_BUF_SIZE - t->len;
		size_t want = len - done < room ? len - done : room;
		ssize_t n = pread(fd, t->buf + t->len, want, (off_t)(off + done));

		if (n <= 0) {
			err = n < 0 ? errno : 0;
			break;
		}
		t->len += (size_t)n;
		done += (size_t)n;
	}
	return result(done, err);
}

int tls_flush(struct tls *t)
{
	int err = t->broken ? EPIPE : push(t);

	if (err != 0)
		return err == EAGAIN ? PXE_E_AGAIN : -err;
	free(t->buf);
	t->buf = NULL;
	return 0;
}

void tls_bye(struct tls *t)
{
	if (!t->open || t->broken || t->at < t->len)
		return;
	ERR_clear_error();
	if ((SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN) == 0)
		(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}
