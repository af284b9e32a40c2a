/* SPDX-License-Identifier: BSD-2-Clause */
/* exec.c -- commands run beside the service. */
#include "dhcpd/exec.h"

#include <stdlib.h>
#include <string.h>

#include "libpxecommon/base/str.h"
#include "libpxecommon/os/log.h"

struct command {
	struct pxe_link link;
	uv_process_t process;
	struct execer *x;
	char **argv;
};

static struct pxe_log_limit full_log = PXE_LOG_LIMIT(1, 3);

static void command_free(struct command *c)
{
	for (char **a = c->argv; a != NULL && *a != NULL; a++)
		free(*a);
	free(c->argv);
	free(c);
}

static struct command *command_new(struct execer *x, char *const *argv)
{
	struct command *c = calloc(1, sizeof(*c));
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	if (c != NULL)
		c->argv = calloc(n + 1, sizeof(*c->argv));
	if (c == NULL || c->argv == NULL) {
		free(c);
		return NULL;
	}
	c->x = x;
	for (size_t i = 0; i < n; i++) {
		c->argv[i] = strdup(argv[i]);
		if (c->argv[i] == NULL) {
			command_free(c);
			return NULL;
		}
	}
	return c;
}

static void start_next(struct execer *x);

static void on_closed(uv_handle_t *h)
{
	struct command *c = h->data;
	struct execer *x = c->x;

	command_free(c);
	x->running--;
	start_next(x);
}

static void on_end(uv_process_t *process, int64_t status, int signal)
{
	struct command *c = process->data;

	if (signal != 0)
		pxe_log_error("execute: %s ended by signal %d", c->argv[0], signal);
	else if (status != 0)
		pxe_log_error("execute: %s exit status %lld", c->argv[0], (long long)status);
	c->x->failed += status != 0 || signal != 0;
	uv_close((uv_handle_t *)process, on_closed);
}

static void say(const struct command *c)
{
	char text[1024];

	for (size_t i = 0; c->argv[i] != NULL; i++) {
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		pxe_text_add_escaped(&t, c->argv[i], strlen(c->argv[i]));
		pxe_log_debug("execute_statement argv[%zu] = %s", i, text);
	}
}

static void start(struct execer *x, struct command *c)
{
	uv_process_options_t o = {.file = c->argv[0], .args = c->argv, .exit_cb = on_end};
	int err = 0;

	say(c);
	c->process.data = c;
	x->running++;
	x->started++;
	err = uv_spawn(x->loop, &c->process, &o);
	if (err == 0)
		return;
	pxe_log_error("execute: can't run %s: %s", c->argv[0], uv_strerror(err));
	x->failed++;
	uv_close((uv_handle_t *)&c->process, on_closed);
}

static void start_next(struct execer *x)
{
	while (x->running < EXEC_RUNNING_MAX && !pxe_list_is_empty(&x->queue)) {
		struct command *c = PXE_CONTAINER(x->queue.next, struct command, link);

		pxe_list_remove(&c->link);
		x->queued--;
		start(x, c);
	}
}

void exec_init(struct execer *x, uv_loop_t *loop)
{
	memset(x, 0, sizeof(*x));
	x->loop = loop;
	pxe_list_init(&x->queue);
}

void exec_fini(struct execer *x)
{
	while (x->loop != NULL && !pxe_list_is_empty(&x->queue)) {
		struct command *c = PXE_CONTAINER(x->queue.next, struct command, link);

		pxe_list_remove(&c->link);
		command_free(c);
	}
}

void exec_run(struct execer *x, char *const *argv)
{
	struct command *c =
	    argv[0] != NULL && x->queued < EXEC_QUEUE_MAX ? command_new(x, argv) : NULL;

	if (c == NULL) {
		x->dropped++;
		pxe_log_limited(&full_log, PXE_LOG_ERROR,
		    "execute: %zu commands are waiting, %s is not run", x->queued,
		    argv[0] != NULL ? argv[0] : "(nothing)");
		return;
	}
	pxe_list_append(&x->queue, &c->link);
	x->queued++;
	start_next(x);
}
