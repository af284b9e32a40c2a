/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_dhcpd6.c -- run one scenario of DHCPv6 (tests/replay/README.md). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message6.h"
#include "script.h"
#include "world6.h"

struct run {
	struct world6 w;
	struct script script;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return false;
	r->failed = true;
	(void)fprintf(stderr, "%s:%u: ", r->script.path, r->script.line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	for (size_t i = 0; i < r->w.nlog; i++)
		(void)fprintf(stderr, "    log: %s\n", r->w.log[i]);
	for (size_t i = 0; i < r->w.nevent; i++)
		(void)fprintf(stderr, "    event: %s %s %s\n", pxe_stage_name(r->w.event[i].stage),
		    pxe_reason_name(r->w.event[i].reason), r->w.event[i].where);
	return false;
}

/* ---- setting up ---- */

static bool add_iface(struct run *r, const struct words *words)
{
	struct world6_iface *f = &r->w.iface[r->w.niface];
	size_t n = 0;

	if (r->w.niface == WORLD6_IFACES_MAX || words->n < 2)
		return fail(r, "iface NAME ADDR...");
	(void)snprintf(f->name, sizeof(f->name), "%s", words->v[1]);
	for (size_t i = 2; i < words->n && n < 8; i++) {
		struct pxe_ip ip;

		if (pxe_ip_parse(words->v[i], &ip) != 0)
			return fail(r, "not an address: %s", words->v[i]);
		f->addr[n++] = ip.v6;
	}
	f->core = (struct core6_iface){
	    .index = (unsigned)r->w.niface + 1, .name = f->name, .addr = f->addr, .naddr = n};
	r->w.niface++;
	return true;
}

static bool add_client(struct run *r, const struct words *words)
{
	struct world6_client *c = &r->w.client[r->w.nclient];
	int n = 0;

	if (words->n != 3 || r->w.nclient == WORLD6_CLIENTS_MAX)
		return fail(r, "client NAME DUID");
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->name, sizeof(c->name), "%s", words->v[1]);
	n = pxe_parse_hex(words->v[2], c->duid, sizeof(c->duid));
	if (n <= 0)
		return fail(r, "not a DUID: %s", words->v[2]);
	c->duid_len = (size_t)n;
	r->w.nclient++;
	return true;
}

static bool configure(struct run *r)
{
	char *text = script_block(&r->script);
	bool ok = false;

	if (r->w.niface == 0) {
		char def[] = "iface eth0 2001:db8:1::1";
		struct words words;

		words_split(def, &words);
		(void)add_iface(r, &words);
	}
	ok = world6_configure(&r->w, text);
	free(text);
	return ok || fail(r, "%s", r->w.why);
}

/* ---- expectations ---- */

static bool all_expected(struct run *r)
{
	for (size_t i = 0; i < r->w.nsent; i++)
		if (!r->w.sent[i].expected)
			return fail(r, "nobody expected this %s",
			    pxe_dhcp6_type_name(r->w.sent[i].chain.inner.type));
	return true;
}

static bool expect_answer(struct run *r, int type, const struct words *words)
{
	char why[4096] = "";

	for (size_t i = 0; i < r->w.nsent; i++) {
		struct world6_send *s = &r->w.sent[i];

		if (s->expected)
			continue;
		if (s->chain.inner.type != type)
			return fail(r, "the answer is %s, not %s",
			    pxe_dhcp6_type_name(s->chain.inner.type), words->v[1]);
		if (!message6_fits(&r->w, s, words, 2, why, sizeof(why)))
			return fail(r, "%s", why);
		s->expected = true;
		return true;
	}
	return fail(r, "there is no %s", words->v[1]);
}

static bool has_text(struct run *r, const char *kind, const char *text)
{
	for (size_t i = 0; strcmp(kind, "log") == 0 && i < r->w.nlog; i++)
		if (strstr(r->w.log[i], text) != NULL)
			return true;
	return strcmp(kind, "journal") == 0 && r->w.journal_len > 0 &&
	       strstr(r->w.journal, text) != NULL;
}

static bool expect_event(struct run *r, const struct words *words)
{
	for (size_t i = 0; i < r->w.nevent; i++) {
		const struct world6_event *e = &r->w.event[i];
		const char *colon = strrchr(e->where, ':');

		if (strcmp(pxe_stage_name(e->stage), words->v[2]) != 0 ||
		    strcmp(pxe_reason_name(e->reason), words->v[3]) != 0)
			continue;
		if (words->n > 4 && strncmp(words->v[4], "where=", 6) == 0 &&
		    (colon == NULL || strcmp(colon + 1, words->v[4] + 6) != 0))
			return fail(r, "the event's place is \"%s\", not line %s", e->where,
			    words->v[4] + 6);
		return true;
	}
	return fail(r, "there is no event %s %s", words->v[2], words->v[3]);
}

static const char *state_of(const struct lease6 *l)
{
	if (l == NULL)
		return "unused";
	return l->state == LEASE_FREE ? "offered" : lease_state_name((enum lease_state)l->state);
}

static bool expect_lease(struct run *r, const struct words *words)
{
	struct pxe_prefix p = {.len = 128};
	const struct lease6 *l = NULL;

	if (words->n != 4 ||
	    (pxe_ip_parse(words->v[2], &p.ip) != 0 && pxe_prefix_parse(words->v[2], &p) != 0))
		return fail(r, "expect lease ADDR STATE");
	l = lease6_find(core6_leases(r->w.core), &p.ip.v6, p.len);
	return strcmp(state_of(l), words->v[3]) == 0 ||
	       fail(r, "%s is %s, not %s", words->v[2], state_of(l), words->v[3]);
}

static bool expect(struct run *r, const struct words *words)
{
	const char *what = words->n > 1 ? words->v[1] : "";
	int type = message6_type(what);

	if (type >= 0)
		return expect_answer(r, type, words);
	if (strcmp(what, "silence") == 0)
		return r->w.nsent == 0 || fail(r, "there is an answer");
	if (strcmp(what, "no") == 0 && words->n > 3)
		return !has_text(r, words->v[2], words->v[3]) ||
		       fail(r, "%s has \"%s\"", words->v[2], words->v[3]);
	if (words->n > 2 && (strcmp(what, "log") == 0 || strcmp(what, "journal") == 0))
		return has_text(r, what, words->v[2]) ||
		       fail(r, "%s has no \"%s\"", what, words->v[2]);
	if (strcmp(what, "event") == 0 && words->n > 3)
		return expect_event(r, words);
	if (strcmp(what, "lease") == 0)
		return expect_lease(r, words);
	return fail(r, "what to expect?");
}

/* ---- commands ---- */

static bool set_commit(struct run *r, const char *how)
{
	if (strcmp(how, "hold") == 0) {
		r->w.commit = COMMIT6_HOLD;
		return true;
	}
	r->w.commit = strcmp(how, "ok") == 0 ? COMMIT6_OK : COMMIT6_FAIL;
	world6_settle(&r->w, r->w.commit == COMMIT6_OK);
	return true;
}

static bool pass_time(struct run *r, const char *cmd, const char *arg)
{
	bool back = arg[0] == '-';
	uint64_t n = 0;

	if (pxe_parse_u64(arg + back, 0, 1000000000, &n) != 0 || !all_expected(r))
		return fail(r, "%s SECONDS", cmd);
	world6_forget(&r->w);
	if (strcmp(cmd, "step") == 0)
		world6_step(&r->w, back ? -(int64_t)n : (int64_t)n);
	else
		world6_advance(&r->w, (int64_t)n);
	return true;
}

static bool send(struct run *r, const struct words *words)
{
	const struct world6_client *c = world6_client(&r->w, words->v[0]);
	int type = words->n > 1 ? message6_type(words->v[1]) : -1;

	if (c == NULL || type < 0)
		return fail(r, "unknown command, client or message: %s", words->v[0]);
	if (r->w.core == NULL)
		return fail(r, "there is no config yet");
	if (!all_expected(r))
		return false;
	world6_forget(&r->w);
	return message6_send(&r->w, c, type, words, 2) || fail(r, "%s", r->w.why);
}

static bool command(struct run *r, const struct words *words)
{
	const char *cmd = words->v[0], *arg = words->n > 1 ? words->v[1] : "";

	if (strcmp(cmd, "expect") == 0)
		return expect(r, words);
	if (strcmp(cmd, "config") == 0)
		return configure(r);
	if (strcmp(cmd, "leases") == 0) {
		char *text = script_block(&r->script);
		bool ok = world6_journal_add(&r->w, text, strlen(text));

		free(text);
		return ok;
	}
	if (strcmp(cmd, "iface") == 0)
		return add_iface(r, words);
	if (strcmp(cmd, "client") == 0)
		return add_client(r, words);
	if (strcmp(cmd, "advance") == 0 || strcmp(cmd, "step") == 0)
		return pass_time(r, cmd, arg);
	if (strcmp(cmd, "commit") == 0)
		return set_commit(r, arg);
	if (strcmp(cmd, "crash") == 0)
		return world6_crash(&r->w, strcmp(arg, "without-file") == 0) ||
		       fail(r, "%s", r->w.why);
	return send(r, words);
}

static void run(struct run *r)
{
	char *line = NULL;

	while (!r->failed && (line = script_line(&r->script)) != NULL) {
		struct words words;

		words_split(line, &words);
		if (words.n == 0)
			continue;
		if (!command(r, &words) && !r->failed)
			(void)fail(r, "bad command");
		if (r->w.why[0] != '\0')
			(void)fail(r, "%s", r->w.why);
	}
	if (!r->failed)
		(void)all_expected(r);
}

int main(int argc, char **argv)
{
	static struct run r;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: replay_dhcpd6 FILE.scn\n");
		return 2;
	}
	script_open(&r.script, argv[1]);
	world6_init(&r.w);
	run(&r);
	world6_fini(&r.w);
	script_close(&r.script);
	return r.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
