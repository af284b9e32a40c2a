/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.c -- see listen.h. */
#include "httpfsd/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libpxecommon/base/addr.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/service.h"
#include "libpxecommon/os/sockaddr.h"

enum {
	BACKLOG = 4096,
	DEFER_S = 5,
	PORT_ROOT = 80,
	PORT_USER = 8080,
	PORT_TLS = 443,
	PORT_TLS_USER = 8443
};

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0 ? 0 : -errno;
}

struct tcp_address {
	struct sockaddr_storage ss;
	socklen_t len;
	bool v6only;
};

/* A bound socket, or -errno. */
static int bind_tcp(const struct tcp_address *a, bool reuse_port)
{
	int fd = socket(a->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	err = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (err == 0 && reuse_port)
		err = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (err == 0 && a->ss.ss_family == AF_INET6)
		err = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, a->v6only);
	if (err == 0 && bind(fd, (const struct sockaddr *)&a->ss, a->len) != 0)
		err = -errno;
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

/* Options that connections inherit, and off it goes. */
static int start_tcp(int fd, bool defer)
{
	int err = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);

	if (err == 0 && defer)
		err = set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_S);
	if (err == 0 && listen(fd, BACKLOG) != 0)
		err = -errno;
	return err;
}

static int make_address(const struct pxe_endpoint *ep, int family, struct tcp_address *out)
{
	int len = pxe_sockaddr_set(&out->ss, family, ep);

	if (len < 0)
		return len;
	out->len = (socklen_t)len;
	/* No address at all means both families; [::] means IPv6, so that 0.0.0.0 may stand beside
	 * it. */
	out->v6only = ep->ip.family != 0;
	return 0;
}

/* Sockets for each worker at fd[0], fd[stride], ... A port 0 becomes one port for all. */
static int open_all(struct tcp_address *a, bool defer, unsigned workers, size_t stride, int *fd)
{
	int probe = bind_tcp(a, false); /* in use by anybody? */
	int err = 0;

	if (probe < 0)
		return probe;
	(void)close(probe);
	for (unsigned i = 0; i < workers && err == 0; i++) {
		int one = bind_tcp(a, workers > 1);

		if (one < 0)
			return one;
		fd[i * stride] = one;
		if (i == 0 && getsockname(one, (struct sockaddr *)&a->ss, &a->len) != 0)
			return -errno;
		err = start_tcp(one, defer);
	}
	return err;
}

static void add_text(struct listen_set *ls, const char *what, bool is_tls)
{
	size_t len = strlen(ls->text);
	struct pxe_text t = pxe_text_init(ls->text + len, sizeof(ls->text) - len);

	pxe_text_addf(&t, "%s%s%s", len > 0 ? " " : "", what, is_tls ? " (TLS)" : "");
}

static uint16_t default_port(bool is_tls)
{
	if (geteuid() == 0)
		return is_tls ? PORT_TLS : PORT_ROOT;
	return is_tls ? PORT_TLS_USER : PORT_USER;
}

static int open_tcp(const struct conf *conf, const char *spec, struct listen_set *ls, size_t at)
{
	struct pxe_endpoint ep;
	struct tcp_address a = {0};
	char text[PXE_ENDPOINT_STRLEN];
	bool is_tls = ls->tls[at] >= 0;
	int err = pxe_endpoint_parse(spec, default_port(is_tls), &ep);

	if (err != 0)
		return err;
	err = make_address(&ep, ep.ip.family == 4 ? AF_INET : AF_INET6, &a);
	if (err == 0)
		err = open_all(&a, conf->defer_accept, ls->workers, ls->n, ls->fd + at);
	if (err == -EAFNOSUPPORT && ep.ip.family == 0) { /* a kernel without IPv6 */
		err = make_address(&ep, AF_INET, &a);
		if (err == 0)
			err = open_all(&a, conf->defer_accept, ls->workers, ls->n, ls->fd + at);
	}
	if (err == 0) {
		ep = pxe_sockaddr_get(&a.ss);
		add_text(ls, pxe_endpoint_str(&ep, text), is_tls);
	}
	return err;
}

/* The same socket for every worker, each with a descriptor of its own. */
static int share(struct listen_set *ls, size_t at, int fd)
{
	for (unsigned i = 0; i < ls->workers; i++) {
		int copy = i == 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);

		if (copy < 0)
			return -errno;
		ls->fd[i * ls->n + at] = copy;
	}
	return 0;
}

/* A socket file nobody answers on is left over from a crash. */
static int remove_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd = -1, err = 0;

	if (lstat(sun->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		err = -EADDRINUSE;
	(void)close(fd);
	if (err == 0 && unlink(sun->sun_path) != 0)
		err = -errno;
	return err;
}

static int open_unix(const char *path, struct listen_set *ls, size_t at)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = -1, err = 0;

	if (pxe_str_copy(sun.sun_path, sizeof(sun.sun_path), path) != 0 || path[0] == '\0')
		return -ENAMETOOLONG;
	err = remove_stale(&sun);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    chmod(sun.sun_path, 0666) != 0 || listen(fd, BACKLOG) != 0) {
		err = -errno;
		(void)close(fd);
		return err;
	}
	ls->unix_path[ls->nunix] = strdup(path);
	if (ls->unix_path[ls->nunix] == NULL)
		return -ENOMEM;
	ls->nunix++;
	add_text(ls, path, ls->tls[at] >= 0);
	return share(ls, at, fd);
}

static int prepare(struct listen_set *ls, size_t n, unsigned workers)
{
	*ls = (struct listen_set){.n = n, .workers = workers};
	ls->fd = calloc(n * workers, sizeof(*ls->fd));
	ls->unix_path = calloc(n, sizeof(*ls->unix_path));
	ls->tls = calloc(n, sizeof(*ls->tls));
	if (ls->fd == NULL || ls->unix_path == NULL || ls->tls == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ls->tls[i] = -1;
	for (size_t i = 0; i < n * workers; i++)
		ls->fd[i] = -1;
	return 0;
}

/* The place in the tls_set of the address with TLS that has this port; -1: none has. */
static int find_tls_port(const struct conf *conf, uint16_t port)
{
	struct conf_listener l;
	int tls = 0;

	for (size_t i = 0; conf_listen_at(conf, i, &l); i++) {
		struct pxe_endpoint ep;

		if (!l.is_tls)
			continue;
		if (pxe_endpoint_parse(l.address, PORT_TLS, &ep) == 0 && ep.port == port)
			return tls;
		tls++;
	}
	return -1;
}

static bool has_tls(const struct listen_set *ls, int tls)
{
	for (size_t i = 0; i < ls->n; i++) {
		if (ls->tls[i] == tls)
			return true;
	}
	return false;
}

/* Whoever asks for HTTPS must not be left with a socket that speaks in clear, unawares. */
static void warn_unserved(
    const struct conf *conf, const struct listen_set *ls, struct pxe_diag *diag)
{
	struct conf_listener l;
	int tls = 0;

	for (size_t i = 0; conf_listen_at(conf, i, &l); i++) {
		if (l.is_tls && !has_tls(ls, tls++))
			pxe_diag_add(diag, PXE_DIAG_WARNING, NULL, 0, 0, NULL, NULL,
			    "no HTTPS on %s: no socket from systemd has its port", l.address);
	}
}

/* Sockets of a systemd.socket(5) unit; "listen" is then its business. */
static int take_activated(
    const struct conf *conf, struct listen_set *ls, int first, struct pxe_diag *diag)
{
	for (size_t i = 0; i < ls->n; i++) {
		struct sockaddr_storage ss = {0};
		socklen_t len = sizeof(ss);
		char text[PXE_ENDPOINT_STRLEN] = "unix";
		struct pxe_endpoint ep;
		int fd = first + (int)i, type = 0, err = 0;
		socklen_t type_len = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 ||
		    type != SOCK_STREAM || getsockname(fd, (struct sockaddr *)&ss, &len) != 0) {
			pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
			    "socket %zu from systemd is not a stream socket", i);
			return -EINVAL;
		}
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (ss.ss_family != AF_UNIX) {
			(void)start_tcp(fd, conf->defer_accept);
			ep = pxe_sockaddr_get(&ss);
			(void)pxe_endpoint_str(&ep, text);
			ls->tls[i] = find_tls_port(conf, ep.port);
		}
		add_text(ls, text, ls->tls[i] >= 0);
		err = share(ls, i, fd);
		if (err != 0)
			return err;
	}
	warn_unserved(conf, ls, diag);
	return 0;
}

static int open_one(const struct conf *conf, const char *spec, struct listen_set *ls, size_t at,
    struct pxe_diag *diag)
{
	bool is_unix = strncmp(spec, "unix:", 5) == 0;
	int err = is_unix ? open_unix(spec + 5, ls, at) : open_tcp(conf, spec, ls, at);

	if (err == PXE_E_SYNTAX || err == PXE_E_RANGE)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "cannot listen on \"%s\": wants ADDR:PORT, [ADDR6]:PORT, :PORT or unix:PATH",
		    spec);
	else if (err != 0)
		pxe_diag_add(diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "cannot listen on %s: %s", spec, pxe_strerror(err));
	return err;
}

static size_t count_addresses(const struct conf *conf)
{
	struct conf_listener l;
	size_t n = 0;

	while (conf_listen_at(conf, n, &l))
		n++;
	return n;
}

int listen_open(
    const struct conf *conf, unsigned workers, struct listen_set *out, struct pxe_diag *diag)
{
	int first = 0, passed = pxe_service_listen_fds(&first), tls = 0;
	size_t n = count_addresses(conf);
	struct conf_listener l = {.address = (char[]){"*"}};
	int err = prepare(out, passed > 0 ? (size_t)passed : n > 0 ? n : 1, workers);

	if (err == 0 && passed > 0)
		return take_activated(conf, out, first, diag);
	for (size_t i = 0; i < out->n && err == 0; i++) {
		if (n > 0)
			(void)conf_listen_at(conf, i, &l);
		if (l.is_tls)
			out->tls[i] = tls++;
		err = open_one(conf, l.address, out, i, diag);
	}
	return err;
}

void listen_free(struct listen_set *ls)
{
	for (size_t i = 0; i < ls->nunix; i++) {
		(void)unlink(ls->unix_path[i]);
		free(ls->unix_path[i]);
	}
	for (size_t i = 0; ls->fd != NULL && i < ls->n * ls->workers; i++) {
		if (ls->fd[i] >= 0)
			(void)close(ls->fd[i]);
	}
	free(ls->unix_path);
	free(ls->tls);
	free(ls->fd);
	ls->unix_path = NULL;
	ls->tls = NULL;
	ls->fd = NULL;
	ls->nunix = 0;
}
