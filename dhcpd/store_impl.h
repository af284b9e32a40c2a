/* SPDX-License-Identifier: BSD-2-Clause */
/* store_impl.h -- what the files of the store share: store.c (batches), store_load.c, rewrite.c. */
#pragma once

#include "dhcpd/store.h"

enum {
	STORE_REWRITE_S = 3600,     /* between rewrites, as ISC */
	STORE_PORTION = 256 * 1024, /* text generated between two batches */
	STORE_COPY = 256 * 1024,
	/* of a rewrite, between syncs: what is dirty of the new file goes out with the next batch
	 */
	STORE_DIRTY_MAX = 4 * 1024 * 1024,
	STORE_LATER = 16 * 1024 * 1024 /* a whole file above it is served from before its rewrite */
};

struct store_buf {
	char *p;
	size_t len, cap;
};

/* An entry that is not a lease, kept as it stands. */
struct store_other {
	struct pxe_link link;
	char *key, *text;
	size_t key_len, text_len;
};

enum rewrite_step { REWRITE_NONE, REWRITE_PORTIONS, REWRITE_SYNC, REWRITE_SWITCH };

struct rewrite {
	enum rewrite_step step;
	uv_work_t work;
	int fd;
	int err;
	char path[4096]; /* NAME.<epoch> */
	size_t cursor, n;
	bool more, again; /* portions to come; asked for once more meanwhile */
	struct store_buf text;
	uint64_t from;           /* length of the old file when the portions began */
	uint64_t length, synced; /* of the new one; how much of it is on disk */
};

struct store {
	uv_loop_t *loop;
	struct store_opts opts;
	char path[4000], dir[4000];
	int fd;              /* -1: not open */
	int lock_fd;         /* holds the lock on the file that was read, until a rewrite; or -1 */
	uint64_t length;     /* bytes known to be good */
	bool broken_tail;    /* a failed write could not be undone: begin with a newline */
	int64_t rewritten_s; /* monotonic */
	bool grew;           /* since then */
	struct pxe_link others;
	/* the batch that gathers, and the one on its way */
	struct store_buf filling, flushing;
	struct pxe_link waiting, told;
	size_t nwaiting, ntold;
	size_t nrecords;
	bool busy;
	uv_work_t work;
	int work_err;
	uint64_t work_length; /* of the file after the batch on its way */
	uint64_t work_us;
	struct rewrite rewrite;
	struct store_figures figures;
};

int store_buf_add(struct store_buf *b, const void *p, size_t n); /* 0 or -ENOMEM */
/* Write all of it at offset; 0 or -errno. */
int store_write_at(int fd, const void *p, size_t n, uint64_t offset);
int store_sync(const struct store *s, int fd);
/* Make the file behind fd this process's alone until it is closed: 0, PXE_E_EXISTS when another
 * process has it, or -errno. */
int store_lock(int fd);
int64_t store_now_s(void); /* monotonic */
/* Remember or replace an entry that is not a lease. */
int store_keep_other(struct store *s, const struct lease_entry *e);
void store_free_others(struct store *s);
/* The exclusive last step of a rewrite can go ahead: no batch is on its way. */
void rewrite_may_switch(struct store *s);
