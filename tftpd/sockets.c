/* SPDX-License-Identifier: BSD-2-Clause */
/* sockets.c -- the listening sockets: opened here, or handed over by systemd or inetd. */
#include <errno.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/os/log.h"
#include "tftpd/listen.h"
#include "tftpd/server.h"

static struct pxe_udp_opts listen_opts(void)
{
	struct pxe_udp_opts o = pxe_udp_defaults();

	o.rcvbuf = 4 << 20; /* the default holds 256 requests, and a storm is more */
	o.sndbuf = 4 << 20;
	o.v6only = true;
	o.broadcast = true;
	o.no_pmtu_discovery = true;
	return o;
}

/* With SO_REUSEPORT a second server would bind without an error and take half of the clients, so
 * first try without. */
static int try_bind(uv_loop_t *loop, struct pxe_udp_opts *o)
{
	struct pxe_udp *udp = NULL;
	int rc = pxe_udp_open(loop, o, NULL, NULL, &udp);

	if (rc == 0)
		pxe_udp_close(udp);
	return rc;
}

static int bind_one(struct server *s, uv_loop_t *loop, const struct pxe_endpoint *at, bool is_any,
    struct pxe_text *why)
{
	struct pxe_udp_opts o = listen_opts();
	char text[PXE_ENDPOINT_STRLEN];
	int rc;

	o.bind = *at;
	rc = try_bind(loop, &o);
	if (is_any && at->ip.family == 6 && (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL)) {
		pxe_log_notice("no IPv6 here: listening on IPv4 only");
		return 0;
	}
	o.reuse_port = server_workers(s) > 1;
	for (size_t i = 0; rc == 0 && i < server_workers(s); i++)
		rc = worker_listen(server_worker(s, i), &o, false);
	if (rc == 0)
		return 0;
	pxe_text_addf(why, "cannot listen on %s: %s", pxe_endpoint_str(at, text), pxe_strerror(rc));
	return CONF_EX_OSERR;
}

int sockets_bind(struct server *s, uv_loop_t *loop, struct pxe_text *why)
{
	const struct tftpd_conf *conf = server_conf(s);
	struct listen_set set = {0};
	int rc = 0;

	if (conf->listen.n == 0)
		rc = listen_add(loop, "*", conf, &set, why);
	for (size_t i = 0; rc == 0 && i < conf->listen.n; i++)
		rc = listen_add(loop, conf->listen.v[i], conf, &set, why);
	for (size_t i = 0; rc == 0 && i < set.n; i++)
		rc = bind_one(s, loop, &set.at[i], set.is_any[i], why);
	return rc;
}

/* Sockets that systemd or inetd made: handed to the workers in turn. */
int sockets_adopt(struct server *s, int first, int n, struct pxe_text *why)
{
	struct pxe_udp_opts o = listen_opts();

	for (int i = 0; i < n; i++) {
		int rc;

		o.fd = first + i;
		rc = worker_listen(server_worker(s, (size_t)i % server_workers(s)), &o, false);
		if (rc == 0)
			continue;
		pxe_text_addf(why, "cannot use the socket handed over as descriptor %d: %s", o.fd,
		    pxe_strerror(rc));
		return CONF_EX_PROTOCOL;
	}
	return 0;
}

/* Multicast is the first worker's business. */
int sockets_mtftp(struct server *s, uv_loop_t *loop, struct pxe_text *why)
{
	struct pxe_udp_opts o = listen_opts();
	char text[PXE_ENDPOINT_STRLEN];
	int rc;

	if (server_conf(s)->mtftp_port == 0)
		return 0;
	o.bind =
	    (struct pxe_endpoint){.ip.family = 4, .port = (uint16_t)server_conf(s)->mtftp_port};
	rc = try_bind(loop, &o);
	if (rc == 0)
		rc = worker_listen(server_worker(s, 0), &o, true);
	if (rc == 0)
		rc = worker_multicast_ttl(server_worker(s, 0), server_conf(s)->multicast.ttl);
	if (rc == 0)
		return 0;
	pxe_text_addf(why, "cannot listen for MTFTP on %s: %s", pxe_endpoint_str(&o.bind, text),
	    pxe_strerror(rc));
	return CONF_EX_OSERR;
}
