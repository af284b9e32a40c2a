/* SPDX-License-Identifier: BSD-2-Clause */
/* conf_test.h -- parse a text as if it were files, and look at what came of it. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dhcpd/conf/model.h"
#include "tests/unit/check_main.h"

struct fake_file {
	const char *path, *text;
};

struct parsed {
	struct pxe_diag diag;
	struct conf *conf; /* NULL: it has errors */
	int err;
};

/* Files by path; "t.conf" is the one that is parsed. */
static inline int fake_read(void *arg, const char *path, char **out_text, size_t *out_len)
{
	for (const struct fake_file *f = arg; f->path != NULL; f++) {
		if (strcmp(f->path, path) != 0)
			continue;
		*out_text = strdup(f->text);
		*out_len = strlen(f->text);
		return 0;
	}
	return -ENOENT;
}

static inline struct parsed parse_files(uint8_t family, const struct fake_file *files)
{
	struct parsed p = {0};
	struct conf_input in = {
	    .family = family, .path = "t.conf", .read = fake_read, .arg = (void *)(uintptr_t)files};

	pxe_diag_init(&p.diag);
	p.err = conf_parse(&in, &p.diag, &p.conf);
	return p;
}

static inline struct parsed parse_text(const char *text)
{
	const struct fake_file files[] = {{"t.conf", text}, {NULL, NULL}};

	return parse_files(4, files);
}

static inline void parsed_fini(struct parsed *p)
{
	conf_free(p->conf);
	pxe_diag_fini(&p->diag);
}

/* Text of the i-th finding of a level; "" when there are not so many. */
static inline const char *finding(const struct parsed *p, enum pxe_diag_level level, size_t i)
{
	for (size_t k = 0; k < p->diag.n; k++) {
		if (p->diag.v[k].level == level && i-- == 0)
			return p->diag.v[k].text;
	}
	return "";
}

/* Parse what has to be right. */
static inline struct parsed parse_good(const char *text)
{
	struct parsed p = parse_text(text);

	MUST(p.conf != NULL, "\"%s\": %s", text, finding(&p, PXE_DIAG_ERROR, 0));
	return p;
}

/* Is there a finding with this code? */
static inline bool has_code(const struct parsed *p, const char *code)
{
	for (size_t i = 0; i < p->diag.n; i++) {
		if (p->diag.v[i].code != NULL && strcmp(p->diag.v[i].code, code) == 0)
			return true;
	}
	return false;
}

/* Run the statements outside of all blocks into s. */
static inline void run_root(const struct parsed *p, struct settings *s)
{
	struct expr_ctx c = {.settings = s};

	settings_reset(s);
	conf_run_root(p->conf, &c);
}

static inline const struct pxe_opt_def *option(const struct parsed *p, const char *name)
{
	const struct pxe_opt_def *def = NULL;
	const struct pxe_opt_space *space = NULL;

	MUST(pxe_opt_lookup(conf_registry(p->conf), name, &def, &space) == 0, "no option %s", name);
	return def;
}

/* Value of an option in s as text, "-" when it is not set. */
static inline const char *option_text(
    const struct parsed *p, const struct settings *s, const char *name, char *buf, size_t cap)
{
	struct pxe_text t = pxe_text_init(buf, cap);
	const struct pxe_opt_def *def = option(p, name);
	const struct setting_option *o = settings_option(s, def);

	if (o == NULL)
		return "-";
	pxe_opt_text(conf_registry(p->conf), def, o->value, &t);
	return buf;
}

static inline struct pxe_ip4 ip4(const char *text)
{
	struct pxe_ip4 ip = {0};

	MUST(pxe_ip4_parse(text, &ip) == 0, "%s", text);
	return ip;
}
