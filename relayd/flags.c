/* SPDX-License-Identifier: BSD-2-Clause */
/* flags.c -- the command line. */
#include "relayd/flags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

const char flags_usage[] =
    "Usage: relayd [-4] [-d] [-q] [-t] [-a] [-D] [-A LENGTH] [-c HOPS] [-p PORT | -rp PORT]\n"
    "              [-pf FILE] [--no-pid] [-m append|replace|forward|discard]\n"
    "              [-i INTERFACE]... [-iu INTERFACE]... [-id INTERFACE]...\n"
    "              [-U INTERFACE] [-g ADDRESS] [--config FILE] [--SETTING VALUE]...\n"
    "              SERVER...\n"
    "       relayd -6 [-d] [-q] [-t] [-I] [-c HOPS] [-p PORT | -rp PORT] [-pf FILE] [--no-pid]\n"
    "              [-s SUBSCRIBER-ID] [--config FILE] [--SETTING VALUE]...\n"
    "              -l [ADDRESS%]INTERFACE[#ID]... -u [ADDRESS%]INTERFACE...\n"
    "       relayd [-6] --probe[=INTERFACE] [the flags that the relay runs with]\n"
    "       relayd {--version|--help|-h}\n"
    "Settings are those of relayd.conf(5), with dashes: --server-policy first-alive\n";

enum flag_kind {
	FLAG_SWITCH, /* sets a bool of struct flags */
	FLAG_FAMILY, /* says which family */
	FLAG_SET,    /* sets a row to a fixed value */
	FLAG_VALUE,  /* sets a row to the next argument */
	FLAG_CONFIG  /* names the file */
};

static const struct flag {
	const char *text;
	enum flag_kind kind;
	int family;       /* the only one that has it, 0: both do */
	const char *name; /* row */
	const char *value;
	size_t offset; /* SWITCH */
} flag_table[] = {
    {"-4", FLAG_FAMILY, 4, NULL, NULL, 0},
    {"-6", FLAG_FAMILY, 6, NULL, NULL, 0},
    {"-d", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, foreground)},
    {"-q", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, quiet)},
    {"-t", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, check)},
    {"--test", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, check)},
    {"--no-pid", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, no_pid)},
    {"--help", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, help)},
    {"-h", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, help)},
    {"--version", FLAG_SWITCH, 0, NULL, NULL, offsetof(struct flags, version)},
    {"--config", FLAG_CONFIG, 0, NULL, NULL, 0},
    {"-c", FLAG_VALUE, 0, "hops", NULL, 0},
    {"-p", FLAG_VALUE, 0, "port", NULL, 0},
    {"-pf", FLAG_VALUE, 0, "pid_file", NULL, 0},
    {"-rp", FLAG_VALUE, 0, "relay_port", NULL, 0},
    {"-a", FLAG_SET, 4, "agent", "true", 0},
    {"-D", FLAG_SET, 4, "drop_mismatch", "true", 0},
    {"-A", FLAG_VALUE, 4, "agent_max", NULL, 0},
    {"-m", FLAG_VALUE, 4, "agent_policy", NULL, 0},
    {"-i", FLAG_VALUE, 4, "interfaces", NULL, 0},
    {"-iu", FLAG_VALUE, 4, "upstream", NULL, 0},
    {"-id", FLAG_VALUE, 4, "downstream", NULL, 0},
    {"-U", FLAG_VALUE, 4, "link_selection", NULL, 0},
    {"-g", FLAG_VALUE, 4, "reply_giaddr", NULL, 0},
    {"-I", FLAG_SET, 6, "always_interface_id", "true", 0},
    {"-l", FLAG_VALUE, 6, "lower", NULL, 0},
    {"-u", FLAG_VALUE, 6, "upper", NULL, 0},
    {"-s", FLAG_VALUE, 6, "subscriber_id", NULL, 0},
};

struct parser {
	struct flags *flags;
	struct pxe_arena *arena;
	struct pxe_diag *diag;
	int argc, i;
	char **argv;
	const char *only4, *only6; /* the first flag of each family */
};

static void complain(struct parser *p, const char *flag, const char *what)
{
	pxe_diag_add(p->diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "%s: %s", flag, what);
}

static void add_setting(struct parser *p, const char *name, const char *value, const char *what)
{
	p->flags->v[p->flags->n++] =
	    (struct flag_setting){.name = name, .value = value, .what = what};
}

/* The next argument, or NULL after saying that it is missing. */
static const char *take_value(struct parser *p, const char *flag)
{
	if (p->i + 1 >= p->argc) {
		complain(p, flag, "an argument is missing");
		return NULL;
	}
	return p->argv[++p->i];
}

static void apply_flag(struct parser *p, const struct flag *f)
{
	const char *value = NULL;

	if (f->family == 4 && p->only4 == NULL)
		p->only4 = f->text;
	if (f->family == 6 && p->only6 == NULL)
		p->only6 = f->text;
	switch (f->kind) {
	case FLAG_SWITCH:
		*(bool *)(void *)((char *)p->flags + f->offset) = true;
		break;
	case FLAG_FAMILY:
		break;
	case FLAG_SET:
		add_setting(p, f->name, f->value, f->text);
		break;
	case FLAG_VALUE:
		value = take_value(p, f->text);
		if (value != NULL)
			add_setting(p, f->name, value, f->text);
		break;
	case FLAG_CONFIG:
		value = take_value(p, f->text);
		if (value != NULL)
			p->flags->config = value;
		break;
	}
}

/* With the nearest flag, if one is near. */
static void unknown(struct parser *p, const char *text)
{
	const char *names[64];
	char dashed[64];
	size_t n = 0;
	const char *near = NULL;
	struct pxe_text t = pxe_text_init(dashed, sizeof(dashed));

	for (const char *c = text + strspn(text, "-"); *c != '\0' && *c != '='; c++)
		pxe_text_addc(&t, *c == '-' ? '_' : *c);
	for (size_t i = 0; i < relayd_schema.nrow && n < sizeof(names) / sizeof(names[0]); i++)
		names[n++] = relayd_schema.row[i].name;
	if (pxe_str_starts(text, "--"))
		near = pxe_nearest_word(dashed, names, n);
	pxe_diag_add(p->diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "Unknown command: %s%s%s",
	    text, near != NULL ? "; a setting near it is " : "", near != NULL ? near : "");
}

static const struct pxe_conf_row *find_row(const char *name)
{
	for (size_t i = 0; i < relayd_schema.nrow; i++) {
		if (strcmp(relayd_schema.row[i].name, name) == 0)
			return &relayd_schema.row[i];
	}
	return NULL;
}

/* --NAME VALUE, --NAME=VALUE, and --NAME alone for a switch. */
static void long_flag(struct parser *p, char *text)
{
	const char *eq = strchr(text, '=');
	size_t len = eq != NULL ? (size_t)(eq - text) : strlen(text);
	char *name = pxe_arena_memdup(p->arena, text, len + 1);
	const struct pxe_conf_row *row = NULL;

	if (name == NULL)
		return;
	name[len] = '\0';
	for (char *c = name + 2; *c != '\0'; c++)
		*c = *c == '-' ? '_' : *c;
	row = find_row(name + 2);
	if (row == NULL) {
		unknown(p, text);
	} else if (eq != NULL) {
		add_setting(p, row->name, eq + 1, text);
	} else if (row->type == PXE_CONF_BOOL) {
		add_setting(p, row->name, "true", text);
	} else {
		const char *value = take_value(p, text);

		if (value != NULL)
			add_setting(p, row->name, value, text);
	}
}

static void add_server(struct parser *p, const char *text)
{
	if (p->only4 == NULL)
		p->only4 = text;
	add_setting(p, "servers", text, "SERVER");
}

static const struct flag *find_flag(const char *text)
{
	for (size_t i = 0; i < sizeof(flag_table) / sizeof(flag_table[0]); i++) {
		if (strcmp(flag_table[i].text, text) == 0)
			return &flag_table[i];
	}
	return NULL;
}

static void one_argument(struct parser *p)
{
	char *text = p->argv[p->i];
	const struct flag *f = find_flag(text);

	if (f != NULL)
		apply_flag(p, f);
	else if (strcmp(text, "--probe") == 0)
		p->flags->probe = "";
	else if (pxe_str_starts(text, "--probe="))
		p->flags->probe = text + strlen("--probe=");
	else if (pxe_str_starts(text, "--config="))
		p->flags->config = text + strlen("--config=");
	else if (pxe_str_starts(text, "--"))
		long_flag(p, text);
	else if (text[0] == '-')
		unknown(p, text);
	else
		add_server(p, text);
}

/* As dhcrelay, a flag of one family says as much as -4 or -6; both in one run is an error. */
static void settle_family(struct parser *p)
{
	p->flags->six = p->only6 != NULL;
	if (p->only4 != NULL && p->only6 != NULL)
		pxe_diag_add(p->diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL,
		    "%s is for DHCPv6 and %s for DHCPv4: one relay is of one family", p->only6,
		    p->only4);
}

int flags_parse(
    int argc, char **argv, struct pxe_arena *arena, struct flags *out, struct pxe_diag *diag)
{
	struct parser p = {
	    .flags = out, .arena = arena, .diag = diag, .argc = argc, .argv = argv, .i = 1};

	*out = (struct flags){0};
	/* No argument makes more than one setting. */
	out->v = pxe_arena_alloc(arena, (size_t)argc * sizeof(*out->v));
	if (out->v == NULL) {
		complain(&p, argv[0], "out of memory");
		return PXE_E_CONFIG;
	}
	for (; p.i < argc; p.i++)
		one_argument(&p);
	settle_family(&p);
	return diag->errors > 0 ? PXE_E_CONFIG : 0;
}

static bool is_side(const struct relayd_conf *conf, const struct pxe_conf_strs *list)
{
	return list == &conf->interfaces || list == &conf->upstream || list == &conf->downstream;
}

/* A list given by flags replaces the file's: they win over it, they do not add to it. The three
 * lists that make the sides are one in this. */
static void clear_flagged_lists(const struct flags *flags, struct relayd_conf *conf)
{
	for (size_t i = 0; i < flags->n; i++) {
		const struct pxe_conf_row *row = find_row(flags->v[i].name);
		struct pxe_conf_strs *list = NULL;

		if (row->type != PXE_CONF_STRS)
			continue;
		list = (struct pxe_conf_strs *)(void *)((char *)conf + row->offset);
		list->n = 0;
		if (is_side(conf, list))
			conf->interfaces.n = conf->upstream.n = conf->downstream.n = 0;
	}
}

/* dhcrelay takes the words of -m in any case, and its port under this name. */
static const char *dhcrelay_value(struct pxe_arena *arena, const struct flag_setting *s)
{
	char *lower = NULL;

	if (strcmp(s->what, "-m") != 0)
		return s->value;
	lower = pxe_arena_strdup(arena, s->value);
	return lower != NULL ? pxe_ascii_lower(lower) : s->value;
}

static int apply_settings(const struct flags *flags, struct pxe_arena *arena,
    struct relayd_conf *out, struct pxe_diag *diag)
{
	bool port = false, relay_port = false;
	int err = 0;

	clear_flagged_lists(flags, out);
	for (size_t i = 0; i < flags->n && err != -ENOMEM; i++) {
		const struct flag_setting *s = &flags->v[i];

		port = port || strcmp(s->what, "-p") == 0;
		relay_port = relay_port || strcmp(s->what, "-rp") == 0;
		err = pxe_conf_set(
		    &relayd_schema, s->name, dhcrelay_value(arena, s), s->what, arena, out, diag);
	}
	if (port && relay_port)
		pxe_diag_add(
		    diag, PXE_DIAG_ERROR, NULL, 0, 0, NULL, NULL, "-p and -rp exclude each other");
	return err == -ENOMEM ? err : 0;
}

/* The file named, or the usual one if it is there. */
static const char *config_file(const struct flags *flags)
{
	const char *usual = NULL;

	if (flags->config != NULL)
		return flags->config;
	usual = flags->six ? RELAYD6_CONF_FILE : RELAYD_CONF_FILE;
	return access(usual, F_OK) == 0 ? usual : NULL;
}

int flags_load(const struct flags *flags, struct pxe_arena *arena, struct relayd_conf *out,
    struct pxe_diag *diag)
{
	const char *file = config_file(flags);
	int err = relayd_conf_defaults(out, flags->six, arena);

	if (err == 0 && file != NULL)
		err = pxe_conf_load(&relayd_schema, file, arena, out, diag);
	if (err == 0)
		err = apply_settings(flags, arena, out, diag);
	if (err == 0 && diag->errors > 0)
		err = PXE_E_CONFIG;
	if (err == 0)
		err = flags->six ? relayd_conf_check6(out, diag) : relayd_conf_check(out, diag);
	relayd_conf_sort(out);
	return err;
}
