/* SPDX-License-Identifier: BSD-2-Clause */
/* lint.c -- what is legal and surely wrong: walking what was parsed. */
#include <string.h>

#include "dhcpd/conf/parse.h"
#include "libpxecommon/base/str.h"

void lint_walk(struct parser *p, const struct stmt *first, lint_stmt_fn fn, void *arg)
{
	for (const struct stmt *s = first; s != NULL; s = s->next) {
		fn(p, s, arg);
		if (s->op == STMT_IF) {
			for (const struct stmt_branch *b = s->branch; b != NULL; b = b->next)
				lint_walk(p, b->body, fn, arg);
		} else if (s->op == STMT_SWITCH) {
			lint_walk(p, s->on_value.body, fn, arg);
		} else if (s->op == STMT_ON) {
			lint_walk(p, s->on.body, fn, arg);
		}
	}
}

void lint_walk_all(struct parser *p, lint_stmt_fn fn, void *arg)
{
	for (size_t i = 0; i < p->scope.n; i++)
		lint_walk(p, ((const struct scope *)p->scope.v[i])->first, fn, arg);
}

bool lint_sets(const struct stmt *s, uint32_t code)
{
	return s->op == STMT_OPTION && s->option.def->code == code &&
	       s->option.def->space == pxe_opt_space_dhcp();
}

bool lint_is_url(struct pxe_bytes v)
{
	static const char *const schemes[] = {"http://", "https://", "tftp://", "ftp://", "nfs://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);

		if (v.len > n && pxe_memicmp(v.p, schemes[i], n) == 0)
			return true;
	}
	return false;
}

bool lint_url_host(struct pxe_bytes v, char *buf, size_t cap)
{
	const char *at = NULL; /* constants of the parser end with NUL */
	size_t n = 0;

	if (!lint_is_url(v))
		return false;
	at = strstr((const char *)v.p, "//") + 2;
	n = *at == '[' ? strcspn(++at, "]") : strcspn(at, ":/");
	if (n == 0 || n >= cap || memchr(at, '$', n) != NULL)
		return false;
	memcpy(buf, at, n);
	buf[n] = '\0';
	return true;
}

bool lint_address(const struct expr *value, size_t i, struct pxe_ip4 *out)
{
	struct pxe_bytes b;
	struct pxe_rd rd;

	if (!expr_is_const(value, &b) || b.len / 4 <= i)
		return false;
	rd = pxe_rd_init(b.p + 4 * i, 4);
	out->v = pxe_rd_u32(&rd);
	return true;
}

void lint(struct parser *p)
{
	lint_networks(p);
	lint_hosts(p);
	lint_expressions(p);
	lint_boot(p);
	lint_fetch(p);
	lint_twice(p);
	lint_networks6(p);
}
