/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.c -- a file on its way in. */
#include "tftpd/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "tftpd/core/netascii.h"
#include "tftpd/session.h"

enum { TEMP_TRIES = 8, TEMP_NAME_MAX = 256 };

struct upload {
	struct worker *worker;
	struct session *session; /* NULL: it has gone, the flush is the last thing to happen */
	int dir_fd, fd;
	char base[TEMP_NAME_MAX];
	char temp[TEMP_NAME_MAX]; /* empty: in place, or renamed already */
	bool is_netascii, last, busy;
	struct netascii_decoder decoder;
	uint64_t offset;
	size_t len, cap;
	int err;
	uv_work_t work;
	uint8_t buf[];
};

/* The temporary name hides from readers that list (leading dot) and fits where the name fits. */
static int open_temp(struct upload *u, mode_t mode)
{
	for (int i = 0; i < TEMP_TRIES; i++) {
		uint64_t r = 0;

		if (uv_random(NULL, NULL, &r, sizeof(r), 0, NULL) != 0)
			return -EIO;
		(void)snprintf(u->temp, sizeof(u->temp), ".%.200s.%08x", u->base, (unsigned)r);
		u->fd = openat(
		    u->dir_fd, u->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (u->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	u->temp[0] = '\0';
	return -errno;
}

/* Replacing keeps nothing of the old file, so owner and mode must come out the same. */
static int open_replacement(struct upload *u, const struct stat *old)
{
	int rc;

	if (old->st_uid != geteuid() || old->st_nlink != 1)
		return -EPERM;
	rc = open_temp(u, 0600);
	if (rc != 0)
		return rc;
	if (fchmod(u->fd, old->st_mode & 07777) == 0 &&
	    (old->st_gid == getegid() || fchown(u->fd, (uid_t)-1, old->st_gid) == 0))
		return 0;
	rc = -errno;
	(void)unlinkat(u->dir_fd, u->temp, 0);
	(void)close(u->fd);
	u->fd = -1;
	u->temp[0] = '\0';
	return rc;
}

static int open_in_place(struct upload *u)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	u->fd = openat(u->dir_fd, u->base, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (u->fd < 0)
		return -errno;
	if (fcntl(u->fd, F_OFD_SETLK, &lock) != 0)
		return errno == EAGAIN || errno == EACCES ? PXE_E_EXISTS : -errno;
	return ftruncate(u->fd, 0) == 0 ? 0 : -errno;
}

int upload_open(struct worker *w, struct locate_target *target, mode_t mode, size_t window,
    bool is_netascii, struct upload **out)
{
	/* One byte more: a CR that the block before left undecided; and one for its end. */
	struct upload *u = calloc(1, sizeof(*u) + window + 2);
	int rc = u == NULL ? -ENOMEM : 0;

	if (rc == 0 && strlen(target->base) >= sizeof(u->base))
		rc = -ENAMETOOLONG;
	if (rc != 0) {
		(void)close(target->dir_fd);
		free(u);
		return rc;
	}
	u->worker = w;
	u->dir_fd = target->dir_fd;
	u->fd = -1;
	u->cap = window + 2;
	u->is_netascii = is_netascii;
	(void)snprintf(u->base, sizeof(u->base), "%s", target->base);
	if (!target->exists) {
		rc = open_temp(u, mode);
	} else if (open_replacement(u, &target->st) != 0) {
		rc = open_in_place(u);
	}
	if (rc != 0) {
		upload_close(u);
		return rc;
	}
	*out = u;
	return 0;
}

void upload_attach(struct upload *u, struct session *s)
{
	u->session = s;
}

void upload_append(struct upload *u, struct pxe_bytes data)
{
	/* The state machine flushes each window. If it ever did not, losing the upload is better
	 * than a hole in it. */
	if (u->len + data.len + 2 > u->cap)
		u->err = -ENOBUFS;
	if (u->err != 0 || data.len == 0)
		return;
	if (u->is_netascii) {
		u->len += netascii_decode(&u->decoder, data.p, data.len, u->buf + u->len);
		return;
	}
	memcpy(u->buf + u->len, data.p, data.len);
	u->len += data.len;
}

static int write_out(struct upload *u)
{
	size_t done = 0;

	while (done < u->len) {
		ssize_t n = pwrite(u->fd, u->buf + done, u->len - done, (off_t)u->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
		u->offset += (uint64_t)n;
	}
	u->len = 0;
	return 0;
}

/* NFS and quotas may speak up only at the close. */
static int finish(struct upload *u)
{
	int rc = close(u->fd) == 0 ? 0 : -errno;

	u->fd = -1;
	if (rc != 0 || u->temp[0] == '\0')
		return rc;
	if (renameat(u->dir_fd, u->temp, u->dir_fd, u->base) != 0)
		return -errno;
	u->temp[0] = '\0';
	return 0;
}

static void flush_work(uv_work_t *work)
{
	struct upload *u = PXE_CONTAINER(work, struct upload, work);

	if (u->err == 0)
		u->err = write_out(u);
	if (u->err == 0 && u->last)
		u->err = finish(u);
}

static void flush_done(uv_work_t *work, int status)
{
	struct upload *u = PXE_CONTAINER(work, struct upload, work);
	struct worker *w = u->worker;

	worker_enter(w);
	u->busy = false;
	if (u->session != NULL)
		session_flushed(u->session, status != 0 ? status : u->err);
	else
		upload_close(u);
	worker_leave(w);
}

int upload_flush(struct upload *u, bool last)
{
	int rc;

	u->last = last;
	if (last && u->is_netascii)
		u->len += netascii_decode_end(&u->decoder, u->buf + u->len);
	rc = uv_queue_work(u->worker->loop, &u->work, flush_work, flush_done);
	u->busy = rc == 0;
	return rc;
}

void upload_close(struct upload *u)
{
	if (u == NULL)
		return;
	u->session = NULL;
	if (u->busy)
		return; /* flush_done() comes back here */
	if (u->temp[0] != '\0')
		(void)unlinkat(u->dir_fd, u->temp, 0);
	if (u->fd >= 0)
		(void)close(u->fd);
	(void)close(u->dir_fd);
	free(u);
}
