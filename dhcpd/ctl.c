/* SPDX-License-Identifier: BSD-2-Clause */
/* ctl.c -- commands of the control socket that are dhcpd's own. */
#include <string.h>

#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"

static void put_time(struct pxe_json *j, const char *key, uint32_t t)
{
	if (t == UINT32_MAX)
		pxe_json_str(j, key, "never");
	else if (t != 0)
		pxe_json_u64(j, key, t);
}

static void put_bytes(struct pxe_json *j, const char *key, struct pxe_bytes b)
{
	char text[LEASE_UID_MAX * 3 + 1];
	struct pxe_text t = pxe_text_init(text, sizeof(text));

	if (b.len == 0)
		return;
	pxe_text_add_hex(&t, b.p, b.len, ':');
	pxe_json_str(j, key, text);
}

static void put_lease(struct server *s, struct pxe_json *j, const struct lease *l)
{
	char text[PXE_HWADDR_STRLEN], where[256];
	struct pxe_hwaddr hw = lease_hw(l);
	struct pxe_bytes name = lease_hostname(l);
	const struct range4 *range = NULL;
	const struct pool *pool = conf_pool4(core_conf(s->core), l->ip, &range);

	pxe_json_open(j, NULL, '{');
	pxe_json_str(j, "ip", pxe_ip4_str(l->ip, text));
	pxe_json_str(j, "state",
	    l->state == LEASE_FREE && l->offer != NULL
		? "offered"
		: lease_state_name((enum lease_state)l->state));
	if (hw.len > 0)
		pxe_json_str(j, "mac", pxe_hwaddr_str(&hw, text));
	put_bytes(j, "client_id", lease_uid(l));
	if (name.len > 0)
		pxe_json_strn(j, "hostname", name.p, name.len);
	put_time(j, "starts", l->starts);
	put_time(j, "ends", l->ends);
	put_time(j, "cltt", l->cltt);
	if (pool != NULL) {
		pxe_json_str(j, "network", pool->network->name);
		pxe_json_str(j, "where",
		    conf_where(core_conf(s->core), range != NULL ? range->pos : pool->pos, where,
			sizeof(where)));
	}
	pxe_json_close(j, '}');
}

/* "leases": bound, abandoned and offered ones; "leases all": also free ones that somebody had. */
static int run_leases(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct server *s = arg;
	bool all = strcmp(args, "all") == 0;
	const struct lease *l = NULL;
	size_t cursor = 0;

	if (!all && args[0] != '\0')
		return PXE_E_SYNTAX;
	while ((l = lease_walk(core_leases(s->core), &cursor)) != NULL) {
		char text[4096];
		struct pxe_text t = pxe_text_init(text, sizeof(text));
		struct pxe_json j = pxe_json_init(&t);

		if (!all && l->state == LEASE_FREE && l->offer == NULL)
			continue;
		put_lease(s, &j, l);
		if (!t.truncated && !pxe_control_line(conn, &t))
			break;
	}
	return 0;
}

int ctl_rewrite(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct server *s = arg;

	(void)conn;
	(void)args;
	store_rewrite(s->store);
	return 0;
}

const struct pxe_control_cmd ctl_commands[CTL_COMMANDS] = {
    {"leases", "leases [all]: bound, abandoned and offered leases; all: free ones too", run_leases},
    CTL_REWRITE,
};
