/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcpd_conf_fuzz.c -- parse a configuration and evaluate every scope of it against one packet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dhcpd/conf/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* The input is the one file there is. */
static int read_input(void *arg, const char *path, char **out_text, size_t *out_len)
{
	const struct input *in = arg;

	if (strcmp(path, "fuzz.conf") != 0)
		return -ENOENT;
	*out_text = malloc(in->size + 1);
	if (*out_text == NULL)
		return -ENOMEM;
	if (in->size > 0)
		memcpy(*out_text, in->data, in->size);
	*out_len = in->size;
	return 0;
}

/* Every odd option is there, as long as its code says. */
static struct pxe_bytes packet_option(const void *packet, const struct pxe_opt_def *def)
{
	static const uint8_t bytes[256] = "PXEClient:Arch:00007:UNDI:003016";

	(void)packet;
	return def->code % 2 != 0 ? (struct pxe_bytes){bytes, def->code % sizeof(bytes)}
				  : (struct pxe_bytes){0};
}

static struct pxe_bytes relay_option(const void *packet, unsigned n, const struct pxe_opt_def *def)
{
	return n < 3 ? packet_option(packet, def) : (struct pxe_bytes){0};
}

static void run(const struct scope *s, struct expr_ctx *c)
{
	for (; s != NULL; s = s->parent)
		(void)stmt_run(s->first, c);
}

static void run_all(const struct conf *conf, struct expr_ctx *c)
{
	struct pxe_bytes value;

	for (const struct network *n = conf_networks(conf); n != NULL; n = n->next) {
		run(n->scope, c);
		for (const struct subnet *s = n->subnet; s != NULL; s = s->next)
			run(s->scope, c);
		for (const struct pool *p = n->pool; p != NULL; p = p->next)
			run(p->scope, c);
	}
	for (size_t i = 0; i < conf_nclass(conf); i++) {
		const struct class *cl = conf_class_at(conf, i);

		if (cl->match_if != NULL)
			(void)expr_bool(cl->match_if, c);
		if (cl->match != NULL && expr_data(cl->match, c, &value))
			(void)conf_subclass(conf, cl, value);
		run(cl->scope, c);
	}
	for (size_t i = 0; i < conf_nhost(conf); i++)
		run(conf_host_at(conf, i)->scope, c);
	for (size_t i = 0; i < c->settings->nevent; i++)
		(void)stmt_run(c->settings->event[i].body, c);
	stmt_finish(c);
}

/* What is found must hold what was asked for. */
static void look_up(const struct conf *conf)
{
	for (uint32_t i = 0; i < 64; i++) {
		struct pxe_ip ip = pxe_ip_from4((struct pxe_ip4){i * 0x04104105u});
		const struct subnet *s = conf_subnet(conf, &ip);
		const struct range4 *r = NULL;

		if (s != NULL && (ip.v4.v & s->mask.v) != s->prefix.ip.v4.v)
			abort();
		if (conf_pool4(conf, ip.v4, &r) != NULL && !pxe_ip4_range_has(&r->ip, ip.v4))
			abort();
	}
}

static void evaluate(const struct conf *conf)
{
	static struct settings settings;
	static const uint8_t hw[] = {1, 0x52, 0x54, 0, 1, 2, 3}, ip[] = {10, 0, 0, 9};
	static char text[65536];
	struct pxe_text t = pxe_text_init(text, sizeof(text));
	struct expr_ctx c = {.packet = hw,
	    .packet_option = packet_option,
	    .relay_option = relay_option,
	    .raw = {hw, sizeof(hw)},
	    .hardware = {hw, sizeof(hw)},
	    .leased_address = {ip, sizeof(ip)},
	    .has_lease_time = true,
	    .lease_time_s = 3600,
	    .known = true,
	    .settings = &settings};

	settings_reset(&settings);
	conf_run_root(conf, &c);
	run_all(conf, &c);
	stmt_text(conf_root(conf)->first, 0, &t);
	look_up(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct conf_input conf_in = {.path = "fuzz.conf", .read = read_input, .arg = &in};

	for (uint8_t family = 4; family <= 6; family += 2) {
		struct pxe_diag diag;
		struct conf *conf = NULL;
		char text[CONF_DIAG_TEXT_MAX];

		pxe_diag_init(&diag);
		conf_in.family = family;
		if (conf_parse(&conf_in, &diag, &conf) == 0)
			evaluate(conf);
		for (size_t i = 0; i < diag.n; i++)
			(void)conf_diag_text(&diag.v[i], text, sizeof(text));
		conf_free(conf);
		pxe_diag_fini(&diag);
	}
	return 0;
}
