/* SPDX-License-Identifier: BSD-2-Clause */
/* agent.c -- the body of option 82 for requests from one port. */
#include "relayd/core/agent.h"

#include <string.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/proto/dhcp_agent.h"

struct facts {
	const struct port *port;
	const char *hostname;
};

static void put_ifname(struct pxe_text *t, const struct facts *f)
{
	pxe_text_add(t, f->port->name);
}

static void put_ifindex(struct pxe_text *t, const struct facts *f)
{
	pxe_text_add_u64(t, f->port->ifindex);
}

static void put_vlan(struct pxe_text *t, const struct facts *f)
{
	pxe_text_add_u64(t, f->port->vlan);
}

static void put_mac(struct pxe_text *t, const struct facts *f)
{
	pxe_text_add_hex(t, f->port->hw.b, f->port->hw.len, ':');
}

static void put_hostname(struct pxe_text *t, const struct facts *f)
{
	pxe_text_add(t, f->hostname);
}

static const struct variable {
	const char *name;
	void (*put)(struct pxe_text *t, const struct facts *f);
} variables[] = {
    {"ifname", put_ifname},
    {"ifindex", put_ifindex},
    {"vlan", put_vlan},
    {"mac", put_mac},
    {"hostname", put_hostname},
};

static const struct variable *find_variable(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (strlen(variables[i].name) == len && memcmp(variables[i].name, name, len) == 0)
			return &variables[i];
	}
	return NULL;
}

/* One ${name} or $$ at s, which begins with '$'. Returns how much of s it is, 0 when malformed. */
static size_t put_dollar(struct pxe_text *t, const char *s, const struct facts *f)
{
	const char *end = NULL;
	const struct variable *var = NULL;

	if (s[1] == '$') {
		pxe_text_addc(t, '$');
		return 2;
	}
	end = s[1] == '{' ? strchr(s, '}') : NULL;
	if (end != NULL)
		var = find_variable(s + 2, (size_t)(end - s) - 2);
	if (var == NULL)
		return 0;
	var->put(t, f);
	return (size_t)(end - s) + 1;
}

int agent_expand(
    const char *template, const struct port *port, const char *hostname, uint8_t *out, size_t cap)
{
	char buf[PORT_AGENT_MAX + 1];
	struct pxe_text t = pxe_text_init(buf, sizeof(buf));
	struct facts f = {.port = port, .hostname = hostname};
	const char *s = template;

	if (pxe_str_starts(template, "0x"))
		return pxe_parse_hex(template + 2, out, cap);
	while (*s != '\0') {
		size_t plain = strcspn(s, "$");
		size_t n = plain;

		pxe_text_addn(&t, s, plain);
		if (plain == 0)
			n = put_dollar(&t, s, &f);
		if (n == 0)
			return PXE_E_SYNTAX;
		s += n;
	}
	if (t.truncated || t.len > cap)
		return PXE_E_TOOBIG;
	if (t.len > 0)
		memcpy(out, buf, t.len);
	return (int)t.len;
}

int agent_template_check(const char *template, struct pxe_text *why)
{
	static const struct port nowhere;
	uint8_t out[PORT_AGENT_MAX];
	int n = agent_expand(template, &nowhere, "", out, sizeof(out) - 2);

	if (n == PXE_E_TOOBIG)
		pxe_text_add(why, "longer than an option can be");
	else if (n < 0)
		pxe_text_add(why, "variables are ${ifname} ${ifindex} ${vlan} ${mac} ${hostname}, "
				  "$$ is a dollar sign, 0x begins hex bytes");
	return n < 0 ? n : 0;
}

/* Add a suboption unless it would not fit; false then. */
static bool put_sub(struct pxe_wr *wr, uint8_t code, const uint8_t *p, size_t len)
{
	if (pxe_wr_room(wr) < len + 2 || len > 255)
		return false;
	pxe_wr_u8(wr, code);
	pxe_wr_u8(wr, (uint8_t)len);
	pxe_wr_bytes(wr, p, len);
	return true;
}

static bool put_template(
    struct pxe_wr *wr, uint8_t code, const char *template, const char *hostname, struct port *port)
{
	uint8_t value[PORT_AGENT_MAX];
	int n = 0;

	if (template == NULL)
		return true;
	n = agent_expand(template, port, hostname, value, sizeof(value));
	if (n <= 0)
		return n == 0;
	return put_sub(wr, code, value, (size_t)n);
}

static bool put_address(struct pxe_wr *wr, uint8_t code, struct pxe_ip4 ip)
{
	uint8_t b[4];
	struct pxe_wr value = pxe_wr_init(b, sizeof(b));

	if (ip.v == 0)
		return true;
	pxe_wr_u32(&value, ip.v);
	return put_sub(wr, code, b, sizeof(b));
}

int agent_fill(const struct agent_conf *conf, struct port *port)
{
	struct pxe_wr wr = pxe_wr_init(port->agent, sizeof(port->agent));
	const char *host = conf->hostname;
	bool fits = true;

	/* What others act on first, so that a long text cannot crowd it out. */
	struct pxe_ip4 none = {0};
	uint8_t fixed[2 * 6 + 2];
	struct pxe_wr tail = pxe_wr_init(fixed, sizeof(fixed));

	(void)put_address(&tail, PXE_AGENT_LINK_SELECTION, conf->link_selection ? port->ip : none);
	(void)put_address(
	    &tail, PXE_AGENT_SERVER_ID_OVERRIDE, conf->server_id_override ? port->ip : none);
	if (conf->relay_port)
		(void)put_sub(&tail, PXE_AGENT_RELAY_PORT, NULL, 0);
	/* ... and 3 bytes stay free for the flags that go with a packet (RFC 5010). */
	wr.cap -= tail.len + 3;
	fits &= put_template(&wr, PXE_AGENT_CIRCUIT_ID, conf->circuit_id, host, port);
	fits &= put_template(&wr, PXE_AGENT_REMOTE_ID, conf->remote_id, host, port);
	fits &= put_template(&wr, PXE_AGENT_SUBSCRIBER_ID, conf->subscriber_id, host, port);
	port->agent_id_len = (uint8_t)wr.len;
	wr.cap += tail.len;
	pxe_wr_bytes(&wr, fixed, tail.len);
	port->agent_len = (uint8_t)wr.len;
	return fits ? 0 : PXE_E_TOOBIG;
}
