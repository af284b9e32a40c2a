/* SPDX-License-Identifier: BSD-2-Clause */
/* listen.c -- addresses to listen on. */
#include "tftpd/listen.h"

#include <netdb.h>
#include <string.h>

#include "libpxecommon/os/sockaddr.h"

struct spec {
	char host[256]; /* empty: any */
	char port[64];
	bool is_numeric6;
};

static bool split(const char *text, const char *port, struct spec *out, struct pxe_text *why)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t n;

	*out = (struct spec){0};
	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
			pxe_text_addf(
			    why, "address %s: ] is missing or something follows it", text);
			return false;
		}
		host = text + 1;
		n = (size_t)(end - host);
		colon = end[1] == ':' ? end + 1 : NULL;
		out->is_numeric6 = true;
	} else if (colon != NULL && strchr(text, ':') != colon) {
		pxe_text_addf(
		    why, "address %s: Numeric IPv6 addresses need to be enclosed in []", text);
		return false;
	} else {
		n = colon != NULL ? (size_t)(colon - host) : strlen(host);
	}
	if (colon != NULL && colon[1] != '\0')
		port = colon + 1;
	if (n >= sizeof(out->host) || pxe_str_copy(out->port, sizeof(out->port), port) != 0) {
		pxe_text_addf(why, "address %.60s...: too long", text);
		return false;
	}
	memcpy(out->host, host, n);
	if (strcmp(out->host, "*") == 0)
		out->host[0] = '\0';
	return true;
}

static bool add(struct listen_set *set, const struct pxe_endpoint *at, bool is_any)
{
	for (size_t i = 0; i < set->n; i++)
		if (pxe_endpoint_eq(&set->at[i], at))
			return true;
	if (set->n == LISTEN_MAX)
		return false;
	set->is_any[set->n] = is_any;
	set->at[set->n++] = *at;
	return true;
}

/* in.tftpd asks with AI_ADDRCONFIG and so cannot start before the network is up; we do not. */
static int look_up(uv_loop_t *loop, const struct spec *spec, int family, uv_getaddrinfo_t *req)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_DGRAM};

	hints.ai_family = family == CONF_FAMILY_4   ? AF_INET
			  : family == CONF_FAMILY_6 ? AF_INET6
						    : AF_UNSPEC;
	if (spec->is_numeric6) {
		hints.ai_family = AF_INET6;
		hints.ai_flags |= AI_NUMERICHOST;
	}
	return uv_getaddrinfo(
	    loop, req, NULL, spec->host[0] != '\0' ? spec->host : NULL, spec->port, &hints);
}

int listen_add(uv_loop_t *loop, const char *text, const struct tftpd_conf *conf,
    struct listen_set *set, struct pxe_text *why)
{
	uv_getaddrinfo_t req;
	struct spec spec;
	bool full = false;
	int rc;

	if (!split(text, conf->port, &spec, why))
		return CONF_EX_USAGE;
	rc = look_up(loop, &spec, conf->family, &req);
	/* /etc/services may be missing on a small system. */
	if (rc != 0 && strcmp(spec.port, "tftp") == 0) {
		(void)pxe_str_copy(spec.port, sizeof(spec.port), "69");
		rc = look_up(loop, &spec, conf->family, &req);
	}
	if (rc != 0) {
		pxe_text_addf(why, "cannot resolve address %s: %s", text, uv_strerror(rc));
		return CONF_EX_NOINPUT;
	}
	for (const struct addrinfo *ai = req.addrinfo; ai != NULL && !full; ai = ai->ai_next) {
		struct sockaddr_storage ss = {0};
		struct pxe_endpoint at;

		if (ai->ai_addrlen > sizeof(ss))
			continue;
		memcpy(&ss, ai->ai_addr, ai->ai_addrlen);
		at = pxe_sockaddr_get(&ss);
		if (at.ip.family != 0)
			full = !add(set, &at, spec.host[0] == '\0');
	}
	uv_freeaddrinfo(req.addrinfo);
	if (!full)
		return 0;
	pxe_text_addf(why, "more than %d addresses to listen on", LISTEN_MAX);
	return CONF_EX_USAGE;
}
