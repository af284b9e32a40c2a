/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_cert.c -- certificates, keys and what TLS is allowed to be, on OpenSSL; see tls.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "httpfsd/tls_openssl.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/os/sandbox.h"

enum { PEM_MAX = 1 << 20, CHAIN_MAX = 16 };

/* Forward secrecy and authenticated encryption, nothing else; TLS 1.3 has only such. */
static const char ciphers_12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/* What a client may speak on top, the best first (RFC 7301). */
static const unsigned char protocols[] = "\x08http/1.1\x08http/1.0";

/* Loading one set. */
struct load {
	const struct conf *conf;
	struct pxe_diag *diag;
	int err;       /* the first failure, 0 so far */
	bool may_keep; /* an old certificate can stand in for files that cannot be read */
	bool kept;     /* and had to */
};

__attribute__((format(printf, 4, 5))) static void complain(
    struct load *ld, int err, unsigned line, const char *fmt, ...)
{
	const char *file = line > 0 ? ld->conf->file : NULL;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pxe_diag_add(ld->diag, err != 0 ? PXE_DIAG_ERROR : PXE_DIAG_WARNING, file, line, 0, NULL,
	    NULL, "%s", text);
	if (ld->err == 0)
		ld->err = err;
}

/* OpenSSL's first reason, which is the cause; "no start line" means that there is no PEM. */
static const char *reason_text(void)
{
	unsigned long code = ERR_peek_error();
	const char *text = NULL;

	if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
		text = "nothing of that kind in PEM form";
	else if (code != 0)
		text = ERR_reason_error_string(code);
	ERR_clear_error();
	return text != NULL ? text : "unknown error";
}

/* The file in memory as a BIO; NULL after a complaint, or when the old certificate may stay. */
static BIO *read_file(struct load *ld, const char *what, const char *path, struct stat *out_st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int err = fd < 0 ? errno : fstat(fd, out_st) != 0 ? errno : 0;
	char *text = NULL;
	ssize_t n = -1;
	BIO *bio = NULL;

	if (err == 0 && !S_ISREG(out_st->st_mode))
		err = EINVAL;
	if (err == 0 && out_st->st_size > PEM_MAX)
		err = EFBIG;
	if (err == 0 && (text = malloc(PEM_MAX)) == NULL)
		err = ENOMEM;
	if (err == 0 && (n = read(fd, text, PEM_MAX)) < 0)
		err = errno;
	if (fd >= 0)
		(void)close(fd);
	if (err == 0) {
		bio = BIO_new(BIO_s_mem()); /* wiped when freed: it may be a key */
		if (bio == NULL || (n > 0 && BIO_write(bio, text, (int)n) != n))
			err = ENOMEM;
	}
	if (n > 0)
		OPENSSL_cleanse(text, (size_t)n);
	free(text);
	if (err == 0)
		return bio;
	BIO_free(bio);
	if (err == EACCES && ld->may_keep) {
		ld->kept = true;
		complain(ld, 0, 0, "cannot read %s %s again: %s; the old certificate stays", what,
		    path, pxe_strerror(pxe_sandbox_why(-err, path)));
	} else {
		complain(ld, PXE_E_CONFIG, 0, "cannot read %s %s: %s", what, path,
		    pxe_strerror(pxe_sandbox_why(-err, path)));
	}
	return NULL;
}

/* Nobody is there to be asked for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)arg = true;
	return -1;
}

static void check_dates(struct load *ld, const char *path, const X509 *cert)
{
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
		complain(ld, 0, 0, "certificate %s has expired", path);
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
		complain(ld, 0, 0, "certificate %s is not valid yet", path);
}

/* Further certificates of the file, up to its end. */
static bool add_chain(SSL_CTX *ctx, BIO *bio)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		X509 *cert = PEM_read_bio_X509(bio, NULL, no_passphrase, &(bool){false});

		if (cert == NULL) {
			/* The usual end: nothing more begins. */
			bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;

			if (ended)
				ERR_clear_error();
			return ended;
		}
		if (SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
			X509_free(cert);
			return false;
		}
	}
	return true;
}

static bool use_certificate(struct load *ld, SSL_CTX *ctx, const char *path)
{
	struct stat st;
	BIO *bio = read_file(ld, "certificate", path, &st);
	X509 *cert = NULL;
	bool ok = false;

	if (bio == NULL)
		return false;
	cert = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, &(bool){false});
	ok = cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1 && add_chain(ctx, bio);
	if (ok)
		check_dates(ld, path, cert);
	else
		complain(ld, PXE_E_CONFIG, 0, "cannot use certificate %s: %s", path, reason_text());
	X509_free(cert);
	BIO_free(bio);
	return ok;
}

/* The group may read: that is how a daemon without privileges reads it again. */
static void check_permissions(struct load *ld, const char *path, const struct stat *st)
{
	if ((st->st_mode & (S_IRWXO | S_IWGRP)) != 0)
		complain(ld, 0, 0,
		    "key %s is open to others (mode %04o): anybody with it can pose as this server",
		    path, (unsigned)st->st_mode & 07777);
}

static bool use_key(struct load *ld, SSL_CTX *ctx, const char *path, const char *certificate)
{
	struct stat st;
	BIO *bio = read_file(ld, "key", path, &st);
	EVP_PKEY *key = NULL;
	bool encrypted = false, ok = false;

	if (bio == NULL)
		return false;
	check_permissions(ld, path, &st);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &encrypted);
	if (key == NULL)
		complain(ld, PXE_E_CONFIG, 0, "cannot use key %s: %s", path,
		    encrypted ? "it is encrypted, and nobody is there to ask for the passphrase"
			      : reason_text());
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		complain(ld, PXE_E_CONFIG, 0, "key %s does not belong to certificate %s: %s", path,
		    certificate, reason_text());
	else
		ok = true;
	ERR_clear_error();
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	unsigned char *chosen = NULL;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, protocols, sizeof(protocols) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301 3.2 */
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* The host's own certificate for who asks for it by name; the address's for everybody else. */
static int choose_host(SSL *ssl, int *alert, void *arg)
{
	const struct tls_ctx *t = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	for (size_t i = 0; name != NULL && i < t->nname; i++) {
		if (strcasecmp(t->name[i].name, name) == 0)
			return SSL_set_SSL_CTX(ssl, t->name[i].ssl_ctx) != NULL
				   ? SSL_TLSEXT_ERR_OK
				   : SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static bool set_policy(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_options(
	    ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
		     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_ENABLE_KTLS |
		     /* Nothing a client says can be cut short unnoticed: a head has its own end. */
		     SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					SSL_MODE_RELEASE_BUFFERS);
	/* Sessions live in the clients' tickets, and cost nothing here. */
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, ciphers_12) == 1 &&
	       SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"httpfsd", 7) == 1;
}

/* NULL after a complaint. where: the address or host, for messages. */
static SSL_CTX *load_pair(
    struct load *ld, const char *where, unsigned line, const struct conf_tls *tls)
{
	SSL_CTX *ctx = NULL;
	const char *key = tls->key != NULL ? tls->key : tls->certificate;

	ERR_clear_error();
	if (tls->certificate == NULL) {
		complain(ld, PXE_E_CONFIG, line, "TLS on %s needs a certificate", where);
		return NULL;
	}
	ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL || !set_policy(ctx)) {
		complain(ld, PXE_E_CONFIG, line, "cannot set up TLS: %s", reason_text());
		SSL_CTX_free(ctx);
		return NULL;
	}
	if (use_certificate(ld, ctx, tls->certificate) && use_key(ld, ctx, key, tls->certificate))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

struct tls_ctx *tls_ctx_ref(struct tls_ctx *ctx)
{
	(void)__atomic_add_fetch(&ctx->refs, 1, __ATOMIC_RELAXED);
	return ctx;
}

void tls_ctx_unref(struct tls_ctx *ctx)
{
	if (ctx == NULL || __atomic_sub_fetch(&ctx->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < ctx->nname; i++) {
		free(ctx->name[i].name);
		SSL_CTX_free(ctx->name[i].ssl_ctx);
	}
	free(ctx->name);
	SSL_CTX_free(ctx->ssl_ctx);
	free(ctx);
}

static size_t count_names(const struct conf *conf)
{
	const struct conf_host *host = conf->hosts.v;
	size_t n = 0;

	for (size_t i = 0; i < conf->hosts.n; i++)
		n += conf_tls_is_set(&host[i].tls) ? host[i].names.n : 0;
	return n;
}

static bool add_names(struct tls_ctx *t, const struct pxe_conf_strs *names, SSL_CTX *ssl_ctx)
{
	for (size_t i = 0; i < names->n; i++) {
		struct tls_name *name = &t->name[t->nname];

		name->name = strdup(names->v[i]);
		if (name->name == NULL)
			return false;
		(void)SSL_CTX_up_ref(ssl_ctx);
		name->ssl_ctx = ssl_ctx;
		t->nname++;
	}
	return true;
}

/* The certificates of the hosts. */
static void load_names(struct load *ld, struct tls_ctx *t)
{
	const struct conf_host *host = ld->conf->hosts.v;

	t->name = calloc(count_names(ld->conf) + 1, sizeof(*t->name));
	for (size_t i = 0; t->name != NULL && i < ld->conf->hosts.n; i++) {
		SSL_CTX *ssl_ctx = NULL;

		if (!conf_tls_is_set(&host[i].tls) || host[i].names.n == 0)
			continue;
		ssl_ctx = load_pair(ld, host[i].names.v[0], ld->conf->hosts.line[i], &host[i].tls);
		if (ssl_ctx != NULL && !add_names(t, &host[i].names, ssl_ctx))
			ld->err = -ENOMEM;
		SSL_CTX_free(ssl_ctx);
	}
	if (t->name == NULL)
		ld->err = -ENOMEM;
}

/* NULL after a complaint, or when the old one has to stay. */
static struct tls_ctx *load_ctx(struct load *ld, const struct conf_listener *l)
{
	struct tls_ctx *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		ld->err = -ENOMEM;
		return NULL;
	}
	t->refs = 1;
	t->ssl_ctx = load_pair(ld, l->address, l->line, &l->tls);
	if (t->ssl_ctx != NULL)
		load_names(ld, t);
	if (t->ssl_ctx == NULL || ld->err != 0 || ld->kept) {
		tls_ctx_unref(t);
		return NULL;
	}
	SSL_CTX_set_tlsext_servername_callback(t->ssl_ctx, choose_host);
	(void)SSL_CTX_set_tlsext_servername_arg(t->ssl_ctx, t);
	return t;
}

static struct tls_ctx *find_old(const struct tls_set *old, const char *address)
{
	for (size_t i = 0; old != NULL && i < old->n; i++) {
		if (strcmp(old->v[i].address, address) == 0)
			return old->v[i].ctx;
	}
	return NULL;
}

static bool add(struct tls_set *set, const char *address, struct tls_ctx *ctx)
{
	char *copy = strdup(address);

	if (copy == NULL) {
		tls_ctx_unref(ctx);
		return false;
	}
	set->v[set->n].address = copy;
	set->v[set->n++].ctx = ctx;
	return true;
}

static void load_address(
    struct load *ld, const struct conf_listener *l, const struct tls_set *old, struct tls_set *set)
{
	struct tls_ctx *before = find_old(old, l->address), *ctx = NULL;

	ld->may_keep = before != NULL;
	ld->kept = false;
	ctx = load_ctx(ld, l);
	if (ctx == NULL && ld->kept && ld->err == 0)
		ctx = tls_ctx_ref(before);
	/* A new address is for the next start; that its certificate is good is known now. */
	if (ctx != NULL && old != NULL && before == NULL)
		tls_ctx_unref(ctx);
	else if (ctx != NULL && !add(set, l->address, ctx))
		ld->err = -ENOMEM;
}

/* Into the order that the listening sockets know, with what has left the settings. */
static int keep_order(const struct tls_set *old, struct tls_set *loaded, struct tls_set **out)
{
	struct tls_set *set = calloc(1, sizeof(*set) + old->n * sizeof(set->v[0]));

	for (size_t i = 0; set != NULL && i < old->n; i++) {
		struct tls_ctx *ctx = find_old(loaded, old->v[i].address);

		if (!add(set, old->v[i].address, tls_ctx_ref(ctx != NULL ? ctx : old->v[i].ctx))) {
			tls_set_free(set);
			set = NULL;
		}
	}
	tls_set_free(loaded);
	*out = set;
	return set != NULL ? 0 : -ENOMEM;
}

/* Settings that have nothing to act on. */
static void check_used(struct load *ld, const struct tls_set *set)
{
	if (conf_tls_is_set(&ld->conf->tls) && ld->conf->tls_listen.n == 0)
		complain(ld, 0, 0, "a certificate or key is given, but no \"tls_listen\"");
	if (count_names(ld->conf) > 0 && set->n == 0)
		complain(ld, 0, 0, "hosts have certificates, but no address has TLS");
}

int tls_set_load(const struct conf *conf, const struct tls_set *old, struct tls_set **out_set,
    struct pxe_diag *diag)
{
	struct load ld = {.conf = conf, .diag = diag};
	struct tls_set *set = NULL;
	struct conf_listener l;
	size_t n = 0;

	while (conf_listen_at(conf, n, &l))
		n++;
	set = calloc(1, sizeof(*set) + n * sizeof(set->v[0]));
	if (set == NULL)
		return -ENOMEM;
	for (size_t i = 0; ld.err == 0 && conf_listen_at(conf, i, &l); i++) {
		if (l.is_tls)
			load_address(&ld, &l, old, set);
	}
	check_used(&ld, set);
	if (ld.err != 0) {
		tls_set_free(set);
		return ld.err;
	}
	if (old != NULL)
		return keep_order(old, set, out_set);
	*out_set = set;
	return 0;
}

void tls_set_free(struct tls_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++) {
		free(set->v[i].address);
		tls_ctx_unref(set->v[i].ctx);
	}
	free(set);
}

/* A socket that is not connected cannot have it yet (ENOTCONN); ENOENT: nobody can. Asked with
 * privileges, the question loads the kernel's module. */
static bool kernel_has_tls(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) == 0 ||
				  errno == ENOTCONN);

	if (fd >= 0)
		(void)close(fd);
	return has;
}

const char *tls_describe(char *buf, size_t cap)
{
	(void)snprintf(buf, cap, "OpenSSL %s, %s", OpenSSL_version(OPENSSL_VERSION_STRING),
	    kernel_has_tls() ? "kernel TLS" : "no kernel TLS");
	return buf;
}
