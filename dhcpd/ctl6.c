/* SPDX-License-Identifier: BSD-2-Clause */
/* ctl6.c -- commands of the control socket that are DHCPv6's own. */
#include <string.h>

#include "dhcpd/core/v6/core6.h"
#include "dhcpd/core/v6/pool6.h"
#include "dhcpd/server.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp6_msg.h"

static void put_who(struct pxe_json *j, const struct ia6 *ia)
{
	char text[LEASE6_DUID_MAX * 3 + 1];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct pxe_hwaddr hw;

	if (pxe_dhcp6_duid_hwaddr((struct pxe_bytes){ia->duid, ia->duid_len}, &hw))
		pxe_json_str(j, "mac", pxe_hwaddr_str(&hw, text));
	t = pxe_text_init(text, sizeof(text));
	pxe_text_add_hex(&t, ia->duid, ia->duid_len, ':');
	pxe_json_str(j, "client_id", text);
	pxe_json_str(j, "kind", lease6_kind_name((enum lease6_kind)ia->kind));
	pxe_json_u64(j, "iaid", ia->iaid);
}

static void put_lease(struct server *s, struct pxe_json *j, const struct lease6 *l)
{
	char text[PXE_PREFIX_STRLEN], where[256];
	struct pxe_prefix p = {.ip = {.family = 6, .v6 = l->ip}, .len = l->len};
	const struct space6 *space = core6_space_of(s->core6, l);

	pxe_json_open(j, NULL, '{');
	pxe_json_str(j, "ip", l->len == 128 ? pxe_ip_str(&p.ip, text) : pxe_prefix_str(&p, text));
	pxe_json_str(j, "state",
	    l->state == LEASE_FREE ? "offered" : lease_state_name((enum lease_state)l->state));
	put_who(j, l->ia);
	if (l->ends == UINT32_MAX)
		pxe_json_str(j, "ends", "never");
	else
		pxe_json_u64(j, "ends", l->ends);
	if (l->ia->cltt != 0)
		pxe_json_u64(j, "cltt", l->ia->cltt);
	pxe_json_u64(j, "preferred", l->preferred_s);
	pxe_json_u64(j, "valid", l->valid_s);
	if (space != NULL) {
		pxe_json_str(j, "network", space->pool->network->name);
		pxe_json_str(
		    j, "where", conf_where(core6_conf(s->core6), space->pos, where, sizeof(where)));
	}
	pxe_json_close(j, '}');
}

/* "leases": bound, abandoned and offered ones; "leases all": also those that have ended. */
static int run_leases(struct pxe_control_conn *conn, const char *args, void *arg)
{
	struct server *s = arg;
	bool all = strcmp(args, "all") == 0;
	const struct ia6 *ia = NULL;
	size_t cursor = 0;

	if (!all && args[0] != '\0')
		return PXE_E_SYNTAX;
	while ((ia = ia6_walk(core6_leases(s->core6), &cursor)) != NULL) {
		for (const struct lease6 *l = ia->first; l != NULL; l = l->next) {
			char text[2048];
			struct pxe_text t = pxe_text_init(text, sizeof(text));
			struct pxe_json j = pxe_json_init(&t);

			if (!all && (l->state == LEASE_EXPIRED || l->state == LEASE_RELEASED))
				continue;
			put_lease(s, &j, l);
			if (!t.truncated && !pxe_control_line(conn, &t))
				return 0;
		}
	}
	return 0;
}

const struct pxe_control_cmd ctl6_commands[CTL6_COMMANDS] = {
    {"leases",
	"leases [all]: bound, abandoned and offered addresses and prefixes; all: ended ones "
	"too",
	run_leases},
    CTL_REWRITE,
};
