/* SPDX-License-Identifier: BSD-2-Clause */
/* load.c -- dhcpd.conf from the disk. */
#include "dhcpd/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dhcpd/core/packet.h"
#include "dhcpd/core/v6/packet6.h"
#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"
#include "libpxecommon/os/sandbox.h"

enum { CONF_FILE_MAX = 256 << 20 };

static int read_all(int fd, size_t size, char **out_text, size_t *out_len)
{
	char *text = malloc(size + 1);
	size_t n = 0;

	if (text == NULL)
		return -ENOMEM;
	while (n < size) {
		ssize_t r = read(fd, text + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			int err = -errno;

			free(text);
			return err;
		}
		if (r == 0)
			break;
		n += (size_t)r;
	}
	text[n] = '\0';
	*out_text = text;
	*out_len = n;
	return 0;
}

int load_file(const char *path, char **out_text, size_t *out_len)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (st.st_size > CONF_FILE_MAX)
		err = -EFBIG;
	if (err == 0)
		err = read_all(fd, (size_t)st.st_size, out_text, out_len);
	(void)close(fd);
	return err;
}

struct source {
	const char *path; /* the first file */
	const struct load_how *how;
};

/* The text as it is, behind it a line that includes what is more. */
static int add_more(const struct load_how *how, char **text, size_t *len)
{
	size_t room = *len + strlen(how->more_name) + sizeof("\ninclude \"\";\n");
	char *grown = realloc(*text, room);

	if (grown == NULL)
		return -ENOMEM;
	*text = grown;
	*len += (size_t)snprintf(grown + *len, room - *len, "\ninclude \"%s\";\n", how->more_name);
	return 0;
}

static int give_more(const struct load_how *how, char **out_text, size_t *out_len)
{
	char *text = malloc(how->more_len + 1);

	if (text == NULL)
		return -ENOMEM;
	memcpy(text, how->more, how->more_len);
	text[how->more_len] = '\0';
	*out_text = text;
	*out_len = how->more_len;
	return 0;
}

static int read_conf(void *arg, const char *path, char **out_text, size_t *out_len)
{
	const struct source *src = arg;
	const struct load_how *how = src->how;
	bool more = how != NULL && how->more != NULL;
	int err = 0;

	if (more && strcmp(path, how->more_name) == 0)
		return give_more(how, out_text, out_len);
	err = pxe_sandbox_why(load_file(path, out_text, out_len), path);
	if (err == 0 && more && path == src->path) {
		err = add_more(how, out_text, out_len);
		if (err != 0)
			free(*out_text);
	}
	return err;
}

/* ISC's lines, the code behind the first one; warnings come without the source line. */
static void say(const struct pxe_diag_entry *e)
{
	enum pxe_log_level level = e->level == PXE_DIAG_ERROR ? PXE_LOG_ERROR : PXE_LOG_WARNING;
	char text[CONF_DIAG_TEXT_MAX];
	char *at = conf_diag_text(e, text, sizeof(text));
	size_t n = strcspn(at, "\n");

	if (e->code != NULL)
		pxe_log(level, "%.*s [%s]", (int)n, at, e->code);
	else
		pxe_log(level, "%.*s", (int)n, at);
	while (at[n] == '\n' && e->level == PXE_DIAG_ERROR) {
		at += n + 1;
		n = strcspn(at, "\n");
		pxe_log(level, "%.*s", (int)n, at);
	}
}

static bool is_silenced(const struct pxe_diag_entry *e, const struct load_how *how)
{
	if (how == NULL || e->level == PXE_DIAG_ERROR)
		return false;
	for (size_t i = 0; i < how->nsilence && e->code != NULL; i++)
		if (strcmp(how->silence[i], e->code) == 0)
			return true;
	return how->errors_only;
}

static void report(const struct pxe_diag *diag, const struct load_how *how, struct pxe_text *why)
{
	bool first = true;

	for (size_t i = 0; i < diag->n; i++) {
		char line[1024];

		if (is_silenced(&diag->v[i], how))
			continue;
		say(&diag->v[i]);
		if (why == NULL || !first || diag->v[i].level != PXE_DIAG_ERROR)
			continue;
		pxe_text_add(why, pxe_diag_str(&diag->v[i], line, sizeof(line)));
		first = false;
	}
	if (diag->dropped > 0)
		pxe_log_error("%zu more findings are not shown", diag->dropped);
}

int load_conf(const char *path, const struct load_how *how, struct pxe_text *why, struct conf **out)
{
	struct source src = {.path = path, .how = how};
	struct conf_input in = {.family = how != NULL && how->version == 6 ? 6 : 4,
	    .path = path,
	    .read = read_conf,
	    .arg = &src};
	struct pxe_diag diag;
	int err = 0;

	pxe_diag_init(&diag);
	err = conf_parse(&in, &diag, out);
	report(&diag, how, why);
	if (err != 0 && diag.errors == 0) {
		pxe_log_error("%s: %s", path, pxe_strerror(err));
		if (why != NULL)
			pxe_text_addf(why, "%s: %s", path, pxe_strerror(err));
	}
	pxe_diag_fini(&diag);
	return err;
}

static void copy(struct pxe_bytes from, char *to, size_t cap)
{
	struct pxe_text t = pxe_text_init(to, cap);

	pxe_text_addn(&t, (const char *)from.p, from.len);
}

/* Statements see an empty packet of their protocol. */
static void run_root(
    const struct conf *conf, uint8_t version, struct settings *s, struct pxe_dhcp_msg *none)
{
	struct packet_view view4 = {.msg = none, .reg = conf_registry(conf)};
	struct packet6_view view6 = {.reg = conf_registry(conf)};
	struct expr_ctx ctx = {.packet = &view4, .packet_option = packet_option, .settings = s};

	if (version == 6) {
		ctx.packet = &view6;
		ctx.packet_option = packet6_option;
		ctx.relay_option = packet6_relay_option;
	}
	pxe_dhcp_init(none);
	settings_reset(s);
	conf_run_root(conf, &ctx);
}

static void take(const struct settings *s, uint8_t version, struct load_globals *out)
{
	bool is6 = version == 6;
	struct pxe_bytes local6 = {0};

	copy(settings_data(s, is6 ? PARAM_DHCPV6_LEASE_FILE_NAME : PARAM_LEASE_FILE_NAME),
	    out->lease_file, sizeof(out->lease_file));
	copy(settings_data(s, is6 ? PARAM_DHCPV6_PID_FILE_NAME : PARAM_PID_FILE_NAME),
	    out->pid_file, sizeof(out->pid_file));
	out->local_port = (uint16_t)settings_num(s, PARAM_LOCAL_PORT);
	out->remote_port = (uint16_t)settings_num(s, PARAM_REMOTE_PORT);
	(void)settings_ip4(s, PARAM_LIMITED_BROADCAST_ADDRESS, &out->broadcast);
	(void)settings_ip4(s, PARAM_LOCAL_ADDRESS, &out->local_address);
	if (settings_flag(s, PARAM_BIND_LOCAL_ADDRESS6))
		local6 = settings_data(s, PARAM_LOCAL_ADDRESS6);
	if (local6.len == sizeof(out->local_address6))
		memcpy(&out->local_address6, local6.p, local6.len);
	out->no_sync = settings_flag(s, PARAM_DONT_USE_FSYNC);
	out->has_facility = settings_is_set(s, PARAM_LOG_FACILITY);
	if (out->has_facility)
		out->facility = pxe_log_facility(
		    param_row(PARAM_LOG_FACILITY)->word[settings_num(s, PARAM_LOG_FACILITY)]);
}

int load_globals(const struct conf *conf, uint8_t version, struct load_globals *out)
{
	struct settings *s = calloc(1, sizeof(*s));
	struct pxe_dhcp_msg *none = calloc(1, sizeof(*none));
	int err = s == NULL || none == NULL ? -ENOMEM : 0;

	memset(out, 0, sizeof(*out));
	if (err == 0) {
		run_root(conf, version, s, none);
		take(s, version, out);
	}
	free(s);
	free(none);
	return err;
}
