/* SPDX-License-Identifier: BSD-2-Clause */
/* store.h -- the lease file: loaded at start, appended to durably, rewritten beside the service.
 *
 * Group commit: records given to store_append() gather while an earlier batch is on its way to the
 * disk; store_flush() sends what has gathered in one write and one fdatasync on libuv's pool, and
 * when that returns every transaction of the batch is told at once. The loop never waits.
 *
 * The journal is dhcpd.leases in ISC's text form. It is rewritten at start and, when something was
 * appended, once an hour: into a new file beside it, in small portions between the batches; then
 * the old one becomes NAME~, the new one takes its name, and the directory is synced. A crash at
 * any point leaves one whole file under the name. What is in the file is the owner's business: it
 * hands out texts and takes entries.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "dhcpd/core/lease_text.h"
#include "dhcpd/histogram.h"
#include "libpxecommon/base/list.h"
#include "libpxecommon/base/str.h"

struct store;

/* A transaction: what waits for its records. Embedded by its owner, which must not free it before
 * done is called. */
struct store_txn {
	struct pxe_link link;
	void (*done)(struct store_txn *txn, int err); /* err 0: its records are on disk */
};

struct store_ops {
	/* An entry of the file: rec of a lease. */
	void (*on_lease)(void *arg, const struct lease_rec *rec);
	/* An identity association of DHCPv6. NULL: the store keeps it as it stands. */
	void (*on_ia)(void *arg, const struct ia6_rec *rec);
	/* Any other entry, its whole text: true when its owner writes it anew in a snapshot, else
	 * the store keeps it as it stands. NULL: it keeps all. */
	bool (*on_other)(void *arg, struct pxe_bytes text);
	/* Text of the next portion of leases from *cursor (0 at first) into t; false when there
	 * are no more. *n grows by the leases written. */
	bool (*snapshot)(void *arg, size_t *cursor, struct pxe_text *t, size_t *n);
	/* A rewrite ended: err 0 and the number of leases written. */
	void (*on_rewritten)(void *arg, int err, size_t n);
	/* The transactions of a batch have been told. */
	void (*on_batch)(void *arg, int err);
};

struct store_opts {
	const char *path;
	bool no_sync; /* dont-use-fsync true */
	const struct store_ops *ops;
	void *arg;
};

/* What loading found. */
struct store_report {
	size_t leases, others, damaged; /* entries */
	uint64_t bytes;                 /* of the file */
	bool is_new;                    /* there was no file */
	bool from_backup;               /* there was none, but NAME~ */
	bool torn;                      /* the last record was cut; nothing else was lost */
	unsigned first_line;            /* of the first damage */
	char first_why[128];
	char saved_as[4096]; /* copy of the damaged file, "" when none was needed */
};

/* Load the file (every on_lease is called in here) and keep it ready to be rewritten. A missing
 * file is created by the rewrite. The file is locked until store_free. 0; PXE_E_EXISTS when another
 * server has it open, untouched; -errno with *out_report as far as it came. */
int store_open(uv_loop_t *loop, const struct store_opts *opts, struct store_report *out_report,
    struct store **out);
/* Parse only, change nothing (dhcpd -T). */
int store_check(const struct store_opts *opts, struct store_report *out_report);
/* Rewrite now and wait for it: at start, before anything is served. 0 or -errno; the file is open
 * for appending after success, and after a failure when it exists and can be written. */
int store_rewrite_now(struct store *s, size_t *out_n);
/* Instead, after a whole and large file was loaded: only open it for appending. The owner begins a
 * rewrite once it serves. False when this file is better rewritten now. */
bool store_rewrite_later(struct store *s, const struct store_report *r);
/* Begin a rewrite beside the service, at once or when the one that is going on has ended. */
void store_rewrite(struct store *s);
/* Give records to the next batch; they are copied. 0 or -ENOMEM. */
int store_append(struct store *s, const char *text, size_t len);
/* Tell txn when everything appended so far is on disk. */
void store_wait(struct store *s, struct store_txn *txn);
/* Start a batch when something has gathered and none is on its way. To be called when the loop has
 * worked off what it received. */
void store_flush(struct store *s);
bool store_is_idle(const struct store *s);
/* The next entry that the store keeps as it stands: its keyword and name, its text, both borrowed.
 * *cursor NULL to start; false past the end. */
bool store_other_walk(const struct store *s, const void **cursor, struct pxe_bytes *out_key,
    struct pxe_bytes *out_text);
/* Give up; must be idle. NULL ok. */
void store_free(struct store *s);

struct store_figures {
	uint64_t batches, records, bytes, failures, rewrites;
	uint64_t sync_us, sync_us_max; /* time in write and sync */
	struct histogram sync, batch;  /* the same of each batch; transactions told at once */
	uint64_t batch_max;            /* most transactions told at once */
	uint64_t file_bytes;
};
void store_figures(const struct store *s, struct store_figures *out);
const char *store_path(const struct store *s);
