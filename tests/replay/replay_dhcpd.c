/* SPDX-License-Identifier: BSD-2-Clause */
/* replay_dhcpd.c -- run one scenario (tests/replay/README.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "script.h"
#include "world.h"

struct run {
	struct world w;
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
	for (size_t i = 0; i < r->w.nsent; i++)
		(void)fprintf(stderr, "    sent: %s%s\n", pxe_dhcp_type_name(r->w.sent[i].msg.type),
		    r->w.sent[i].expected ? "" : " (not expected yet)");
	for (size_t i = 0; i < r->w.nevent; i++)
		(void)fprintf(stderr, "    event: %s %s %s\n", pxe_stage_name(r->w.event[i].stage),
		    pxe_reason_name(r->w.event[i].reason), r->w.event[i].where);
	return false;
}

/* ---- setting up ---- */

static bool add_iface(struct run *r, const struct words *words)
{
	struct world_iface *f = &r->w.iface[r->w.niface];
	size_t n = 0;
	uint64_t mtu = 1500;

	if (r->w.niface == WORLD_IFACES_MAX || words->n < 2)
		return fail(r, "iface NAME ADDR/LEN...");
	(void)snprintf(f->name, sizeof(f->name), "%s", words->v[1]);
	for (size_t i = 2; i < words->n && n < 8; i++) {
		struct pxe_prefix p;

		if (strncmp(words->v[i], "mtu=", 4) == 0) {
			(void)pxe_parse_u64(words->v[i] + 4, 0, 65535, &mtu);
			continue;
		}
		if (pxe_prefix_parse(words->v[i], &p) != 0)
			return fail(r, "not an address: %s", words->v[i]);
		f->addr[n++] = p.ip.v4;
	}
	f->core = (struct core_iface){.index = (unsigned)r->w.niface + 1,
	    .name = f->name,
	    .ip = n > 0 ? f->addr[0] : (struct pxe_ip4){0},
	    .addr = f->addr,
	    .naddr = n,
	    .mtu = (unsigned)mtu,
	    .can_link = true};
	r->w.niface++;
	return true;
}

static bool add_client(struct run *r, const struct words *words)
{
	struct world_client *c = &r->w.client[r->w.nclient];

	if (words->n < 3 || r->w.nclient == WORLD_CLIENTS_MAX)
		return fail(r, "client NAME mac=MAC [uid=...]");
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->name, sizeof(c->name), "%s", words->v[1]);
	for (size_t i = 2; i < words->n; i++) {
		if (strncmp(words->v[i], "mac=", 4) == 0) {
			if (pxe_hwaddr_parse(words->v[i] + 4, &c->hw) != 0)
				return fail(r, "not a MAC: %s", words->v[i]);
		} else if (strncmp(words->v[i], "uid=0x", 6) == 0) {
			int n = pxe_parse_hex(words->v[i] + 6, c->uid, sizeof(c->uid));

			if (n < 0)
				return fail(r, "not hex: %s", words->v[i]);
			c->uid_len = (size_t)n;
		} else if (strncmp(words->v[i], "uid=", 4) == 0) {
			c->uid_len = strlen(words->v[i] + 4);
			memcpy(c->uid, words->v[i] + 4, c->uid_len);
		} else {
			return fail(r, "what is %s?", words->v[i]);
		}
	}
	r->w.nclient++;
	return true;
}

static const struct world_client *client(struct run *r, const char *name)
{
	for (size_t i = 0; i < r->w.nclient; i++)
		if (strcmp(r->w.client[i].name, name) == 0)
			return &r->w.client[i];
	return NULL;
}

static bool set_option(struct run *r, const char *name)
{
	if (strcmp(name, "isc-foreign-request") == 0)
		r->w.foreign_request = true;
	else if (strcmp(name, "isc-foreign-decline") == 0)
		r->w.foreign_decline = true;
	else
		return fail(r, "no option %s", name);
	return true;
}

static bool configure(struct run *r)
{
	char *text = script_block(&r->script);
	bool ok = false;

	if (r->w.niface == 0) {
		char def[] = "iface eth0 192.0.2.1/24";
		struct words words;

		words_split(def, &words);
		(void)add_iface(r, &words);
	}
	ok = world_configure(&r->w, text);
	free(text);
	return ok || fail(r, "%s", r->w.why);
}

/* ---- expectations ---- */

static bool all_expected(struct run *r)
{
	for (size_t i = 0; i < r->w.nsent; i++)
		if (!r->w.sent[i].expected)
			return fail(r, "nobody expected this %s",
			    pxe_dhcp_type_name(r->w.sent[i].msg.type));
	return true;
}

static bool expect_answer(struct run *r, int type, const struct words *words)
{
	char why[4096] = "";

	for (size_t i = 0; i < r->w.nsent; i++) {
		struct world_send *s = &r->w.sent[i];

		if (s->expected)
			continue;
		if (s->msg.type != type)
			return fail(r, "the answer is %s, not %s", pxe_dhcp_type_name(s->msg.type),
			    words->v[1]);
		if (!packet_fits(&r->w, s, words, 2, why, sizeof(why)))
			return fail(r, "%s", why);
		s->expected = true;
		return true;
	}
	return fail(r, "there is no %s", words->v[1]);
}

static bool find_text(char *const *v, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(v[i], text) != NULL)
			return true;
	return false;
}

static bool expect_event(struct run *r, const struct words *words)
{
	for (size_t i = 0; i < r->w.nevent; i++) {
		const struct world_event *e = &r->w.event[i];
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

static const char *state_of(const struct lease *l)
{
	if (l == NULL)
		return "unused";
	if (l->state == LEASE_FREE && l->offer != NULL)
		return "offered";
	return lease_state_name((enum lease_state)l->state);
}

static bool expect_lease(struct run *r, const struct words *words)
{
	struct pxe_ip4 ip;
	const struct lease *l = NULL;
	const struct world_client *c = NULL;

	if (words->n < 4 || pxe_ip4_parse(words->v[2], &ip) != 0)
		return fail(r, "expect lease ADDR STATE [client=NAME]");
	l = lease_find(core_leases(r->w.core), ip);
	if (strcmp(state_of(l), words->v[3]) != 0)
		return fail(r, "%s is %s, not %s", words->v[2], state_of(l), words->v[3]);
	if (words->n > 4 && strncmp(words->v[4], "client=", 7) == 0) {
		struct pxe_hwaddr hw = l != NULL ? lease_hw(l) : (struct pxe_hwaddr){0};

		c = client(r, words->v[4] + 7);
		if (c == NULL || !pxe_hwaddr_eq(&hw, &c->hw))
			return fail(r, "%s is not %s's", words->v[2], words->v[4] + 7);
	}
	return true;
}

static bool expect_probe(struct run *r, const char *text)
{
	struct pxe_ip4 ip;

	if (pxe_ip4_parse(text, &ip) != 0)
		return fail(r, "not an address: %s", text);
	for (size_t i = 0; i < r->w.nprobe; i++)
		if (r->w.probe[i].v == ip.v)
			return true;
	return fail(r, "nobody asked whether %s is there", text);
}

static bool has_text(struct run *r, const char *kind, const char *text)
{
	if (strcmp(kind, "log") == 0)
		return find_text(r->w.log, r->w.nlog, text);
	if (strcmp(kind, "exec") == 0)
		return find_text(r->w.exec, r->w.nexec, text);
	return r->w.journal != NULL && strstr(r->w.journal, text) != NULL;
}

static bool is_text_kind(const char *kind)
{
	return strcmp(kind, "log") == 0 || strcmp(kind, "exec") == 0 ||
	       strcmp(kind, "journal") == 0;
}

static bool expect(struct run *r, const struct words *words)
{
	const char *what = words->n > 1 ? words->v[1] : "";
	int type = packet_type(what);

	if (type >= 0)
		return expect_answer(r, type, words);
	if (strcmp(what, "silence") == 0)
		return r->w.nsent == 0 || fail(r, "there is an answer");
	if (strcmp(what, "no") == 0 && words->n > 3 && is_text_kind(words->v[2]))
		return !has_text(r, words->v[2], words->v[3]) ||
		       fail(r, "%s has \"%s\"", words->v[2], words->v[3]);
	if (strcmp(what, "no") == 0 && words->n > 2 && strcmp(words->v[2], "probe") == 0)
		return r->w.nprobe == 0 || fail(r, "there was a probe");
	if (words->n > 2 && is_text_kind(what))
		return has_text(r, what, words->v[2]) ||
		       fail(r, "%s has no \"%s\"", what, words->v[2]);
	if (strcmp(what, "event") == 0 && words->n > 3)
		return expect_event(r, words);
	if (strcmp(what, "lease") == 0)
		return expect_lease(r, words);
	if (strcmp(what, "probe") == 0 && words->n > 2)
		return expect_probe(r, words->v[2]);
	return fail(r, "what to expect?");
}

/* ---- commands ---- */

static bool set_commit(struct run *r, const char *how)
{
	if (strcmp(how, "hold") == 0) {
		r->w.commit = COMMIT_HOLD;
		return true;
	}
	r->w.commit = strcmp(how, "ok") == 0 ? COMMIT_OK : COMMIT_FAIL;
	world_settle(&r->w, r->w.commit == COMMIT_OK);
	return true;
}

static bool probed(struct run *r, const struct words *words)
{
	struct pxe_ip4 ip;

	if (words->n != 3 || pxe_ip4_parse(words->v[1], &ip) != 0)
		return fail(r, "probed ADDR yes|no");
	world_probed(&r->w, ip, strcmp(words->v[2], "yes") == 0);
	return true;
}

static bool send(struct run *r, const struct words *words)
{
	const struct world_client *c = client(r, words->v[0]);

	if (c == NULL || words->n < 2)
		return fail(r, "unknown command or client %s", words->v[0]);
	if (r->w.core == NULL)
		return fail(r, "there is no config yet");
	if (!all_expected(r))
		return false;
	world_forget(&r->w);
	if (!packet_send(&r->w, c, words->v[1], words, 2))
		return fail(r, "%s", r->w.why);
	return true;
}

static bool command(struct run *r, const struct words *words)
{
	const char *cmd = words->v[0], *arg = words->n > 1 ? words->v[1] : "";
	uint64_t n = 0;

	if (strcmp(cmd, "expect") == 0)
		return expect(r, words);
	if (strcmp(cmd, "config") == 0)
		return configure(r);
	if (strcmp(cmd, "leases") == 0) {
		char *text = script_block(&r->script);
		bool ok = world_journal_add(&r->w, text, strlen(text));

		free(text);
		return ok;
	}
	if (strcmp(cmd, "iface") == 0)
		return add_iface(r, words);
	if (strcmp(cmd, "client") == 0)
		return add_client(r, words);
	if (strcmp(cmd, "option") == 0)
		return set_option(r, arg);
	if (strcmp(cmd, "ours") == 0)
		return pxe_ip4_parse(arg, &r->w.ours[r->w.nours++ % 8]) == 0;
	if (strcmp(cmd, "advance") == 0) {
		if (pxe_parse_u64(arg, 0, 1000000000, &n) != 0)
			return fail(r, "advance SECONDS");
		if (!all_expected(r))
			return false;
		world_forget(&r->w);
		world_advance(&r->w, (int64_t)n);
		return true;
	}
	if (strcmp(cmd, "step") == 0) {
		if (pxe_parse_u64(arg[0] == '-' ? arg + 1 : arg, 0, 1000000000, &n) != 0)
			return fail(r, "step [-]SECONDS");
		world_step(&r->w, arg[0] == '-' ? -(int64_t)n : (int64_t)n);
		return true;
	}
	if (strcmp(cmd, "commit") == 0)
		return set_commit(r, arg);
	if (strcmp(cmd, "crash") == 0)
		return world_crash(&r->w) || fail(r, "%s", r->w.why);
	if (strcmp(cmd, "probes") == 0) {
		r->w.hold_probes = strcmp(arg, "hold") == 0;
		return true;
	}
	if (strcmp(cmd, "probed") == 0)
		return probed(r, words);
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
		(void)fprintf(stderr, "usage: replay_dhcpd FILE.scn\n");
		return 2;
	}
	script_open(&r.script, argv[1]);
	world_init(&r.w);
	run(&r);
	world_fini(&r.w);
	script_close(&r.script);
	return r.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
