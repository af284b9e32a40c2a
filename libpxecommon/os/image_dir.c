/* SPDX-License-Identifier: BSD-2-Clause */
/* image_dir.c -- a folder of images whose names come and go while a daemon runs. */
#include "libpxecommon/os/image_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"

enum {
	SETTLE_S =
	    30, /* a file that nobody closes, but that stays as it is for so long, is whole */
	EVENTS_LEN = 16384
};

#define WATCHED                                                                                    \
	(IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |        \
	    IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* A name that is there: an image, a refused one, or one that is being written. */
struct slot {
	char *name;
	struct pxe_image *image;
	int err;
	bool is_busy, is_seen;
	uint64_t size; /* while it is busy, when it was last looked at */
	int64_t mtime_ns;
};

struct pxe_image_dir {
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles; /* not closed yet */
	int inotify_fd, watch, dir_fd;
	bool is_full; /* and said so */
	bool rescans;
	char *path, *suffix;
	pxe_image_fn on_change;
	void *arg;
	size_t n;
	struct slot slot[PXE_IMAGE_DIR_MAX]; /* in the order of strcmp */
};

/* --- names --- */

/* Index of name, or where it belongs. */
static size_t place_of(const struct pxe_image_dir *d, const char *name, bool *out_found)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int cmp = strcmp(d->slot[mid].name, name);

		if (cmp == 0) {
			*out_found = true;
			return mid;
		}
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*out_found = false;
	return low;
}

static struct slot *find(struct pxe_image_dir *d, const char *name)
{
	bool found = false;
	size_t i = place_of(d, name, &found);

	return found ? &d->slot[i] : NULL;
}

/* The slot of name, made if there is none. NULL if there is no room: said once. */
static struct slot *take(struct pxe_image_dir *d, const char *name)
{
	bool found = false;
	size_t i = place_of(d, name, &found);
	char *copy = NULL;

	if (found)
		return &d->slot[i];
	copy = d->n < PXE_IMAGE_DIR_MAX ? strdup(name) : NULL;
	if (copy == NULL) {
		if (!d->is_full)
			d->on_change(PXE_IMAGE_REFUSED, name, NULL,
			    d->n < PXE_IMAGE_DIR_MAX ? -ENOMEM : PXE_E_LIMIT, d->arg);
		d->is_full = true;
		return NULL;
	}
	memmove(&d->slot[i + 1], &d->slot[i], (d->n - i) * sizeof(d->slot[0]));
	d->n++;
	d->slot[i] = (struct slot){.name = copy};
	return &d->slot[i];
}

/* The image is not to be had any more; the slot stays. */
static void drop_image(struct pxe_image_dir *d, struct slot *s)
{
	struct pxe_image *image = s->image;

	if (image == NULL)
		return;
	s->image = NULL;
	d->on_change(PXE_IMAGE_GONE, image->name, image, 0, d->arg);
	pxe_image_unref(image);
}

static void forget(struct pxe_image_dir *d, struct slot *s)
{
	size_t i = (size_t)(s - d->slot);

	drop_image(d, s);
	free(s->name);
	d->n--;
	memmove(&d->slot[i], &d->slot[i + 1], (d->n - i) * sizeof(d->slot[0]));
	d->is_full = false;
}

/* --- what is on disk --- */

static bool is_wanted(const struct pxe_image_dir *d, const char *name)
{
	size_t n = strlen(name), suffix = strlen(d->suffix);

	return name[0] != '.' && n > suffix && pxe_str_ieq(name + n - suffix, d->suffix);
}

/* name may be new, replaced, removed, or as it was. */
static void refresh(struct pxe_image_dir *d, const char *name)
{
	struct pxe_image *image = NULL;
	struct slot *s = take(d, name);
	int err = 0;

	if (s == NULL)
		return;
	s->is_busy = false;
	if (s->image != NULL && pxe_image_is_at(s->image, d->dir_fd, s->name))
		return;
	drop_image(d, s);
	err = pxe_image_open(d->dir_fd, s->name, &image);
	if (err == -ENOENT) {
		forget(d, s);
		return;
	}
	if (err != 0 && err != s->err)
		d->on_change(PXE_IMAGE_REFUSED, s->name, NULL, err, d->arg);
	s->err = err;
	s->image = image;
	if (image != NULL)
		d->on_change(PXE_IMAGE_NEW, image->name, image, 0, d->arg);
}

/* Somebody writes to name: it comes back when he closes it. */
static void set_busy(struct pxe_image_dir *d, const char *name)
{
	struct slot *s = take(d, name);

	if (s == NULL || s->is_busy)
		return;
	drop_image(d, s);
	s->is_busy = true;
	s->err = 0;
	s->mtime_ns = -1;
}

/* A name that is not there by a writer, who would close it, is there for good. */
static void on_created(struct pxe_image_dir *d, const char *name)
{
	struct stat st;

	if (fstatat(d->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (S_ISREG(st.st_mode) && st.st_nlink == 1)
		set_busy(d, name);
	else
		refresh(d, name);
}

static int read_folder(struct pxe_image_dir *d)
{
	int fd = openat(d->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e = NULL;

	if (dir == NULL) {
		int err = -errno;

		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	for (size_t i = 0; i < d->n; i++)
		d->slot[i].is_seen = false;
	while ((e = readdir(dir)) != NULL) {
		struct slot *s = NULL;

		if (!is_wanted(d, e->d_name))
			continue;
		s = find(d, e->d_name);
		if (s == NULL || !s->is_busy)
			refresh(d, e->d_name);
		s = find(d, e->d_name);
		if (s != NULL)
			s->is_seen = true;
	}
	(void)closedir(dir);
	for (size_t i = d->n; i > 0; i--) {
		if (!d->slot[i - 1].is_seen)
			forget(d, &d->slot[i - 1]);
	}
	return 0;
}

static void close_folder(struct pxe_image_dir *d)
{
	if (d->watch >= 0)
		(void)inotify_rm_watch(d->inotify_fd, d->watch);
	if (d->dir_fd >= 0)
		(void)close(d->dir_fd);
	d->watch = d->dir_fd = -1;
}

/* Watch first, then look: what changes between is seen twice, and not missed. */
static int open_folder(struct pxe_image_dir *d)
{
	int err = 0;

	d->watch = inotify_add_watch(d->inotify_fd, d->path, WATCHED);
	if (d->watch < 0)
		return -errno;
	d->dir_fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = d->dir_fd < 0 ? -errno : read_folder(d);
	if (err != 0)
		close_folder(d);
	return err;
}

/* The folder itself went: so do its images, until there is one at its path again. */
static void lose_folder(struct pxe_image_dir *d)
{
	close_folder(d);
	while (d->n > 0)
		forget(d, &d->slot[d->n - 1]);
}

static bool is_folder_at_path(const struct pxe_image_dir *d)
{
	struct stat a, b;

	return d->dir_fd >= 0 && fstat(d->dir_fd, &a) == 0 && stat(d->path, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* --- the loop --- */

static void on_event(struct pxe_image_dir *d, const struct inotify_event *e, const char *name)
{
	struct slot *s = NULL;

	if ((e->mask & IN_Q_OVERFLOW) != 0 && d->dir_fd >= 0)
		(void)read_folder(d);
	if (e->wd != d->watch)
		return; /* of a folder that we left */
	if ((e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
		lose_folder(d);
		return;
	}
	if (e->len == 0 || (e->mask & IN_ISDIR) != 0 || !is_wanted(d, name))
		return;
	if ((e->mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
		s = find(d, name);
		if (s != NULL)
			forget(d, s);
	} else if ((e->mask & IN_CREATE) != 0) {
		on_created(d, name);
	} else if ((e->mask & IN_MODIFY) != 0) {
		set_busy(d, name);
	} else if ((e->mask & IN_ATTRIB) != 0) { /* may be read now, or is dated anew */
		s = find(d, name);
		if (s != NULL && !s->is_busy)
			refresh(d, name);
	} else {
		refresh(d, name);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct pxe_image_dir *d = poll->data;
	char buf[EVENTS_LEN];
	ssize_t n = 0;

	(void)status;
	(void)events;
	n = read(d->inotify_fd, buf, sizeof(buf));
	for (ssize_t at = 0; at < n;) {
		struct inotify_event e;

		memcpy(&e, buf + at, sizeof(e));
		on_event(d, &e, buf + at + sizeof(e));
		at += (ssize_t)(sizeof(e) + e.len);
	}
}

/* What is busy but has not changed since the last time has lost its writer, or never had one:
 * truncate(2) writes without closing. */
static void settle(struct pxe_image_dir *d)
{
	for (size_t i = d->n; i > 0; i--) {
		struct slot *s = &d->slot[i - 1];
		struct stat st;
		int64_t mtime_ns = 0;

		if (!s->is_busy)
			continue;
		if (fstatat(d->dir_fd, s->name, &st, 0) != 0) {
			forget(d, s);
			continue;
		}
		mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		if (s->mtime_ns == mtime_ns && s->size == (uint64_t)st.st_size) {
			refresh(d, s->name);
			continue; /* s may be gone */
		}
		s->mtime_ns = mtime_ns;
		s->size = (uint64_t)st.st_size;
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct pxe_image_dir *d = timer->data;

	if (!is_folder_at_path(d)) {
		lose_folder(d);
		(void)open_folder(d);
		return;
	}
	settle(d);
	if (d->rescans)
		(void)read_folder(d);
}

static void dir_free(struct pxe_image_dir *d)
{
	free(d->path);
	free(d->suffix);
	free(d);
}

static void on_closed(uv_handle_t *handle)
{
	struct pxe_image_dir *d = handle->data;

	if (--d->handles == 0)
		dir_free(d);
}

static int start(struct pxe_image_dir *d, uv_loop_t *loop, unsigned rescan_s)
{
	uint64_t period_ms = 1000ull * (rescan_s > 0 ? rescan_s : (unsigned)SETTLE_S);
	int err = uv_poll_init(loop, &d->poll, d->inotify_fd);

	if (err != 0)
		return err;
	(void)uv_timer_init(loop, &d->timer);
	d->poll.data = d->timer.data = d;
	d->handles = 2;
	err = uv_poll_start(&d->poll, UV_READABLE, on_readable);
	return err != 0 ? err : uv_timer_start(&d->timer, on_timer, period_ms, period_ms);
}

int pxe_image_dir_open(uv_loop_t *loop, const char *path, const char *suffix, unsigned rescan_s,
    pxe_image_fn on_change, void *arg, struct pxe_image_dir **out_dir)
{
	struct pxe_image_dir *d = calloc(1, sizeof(*d));
	int err = 0;

	if (d == NULL)
		return -ENOMEM;
	d->watch = d->dir_fd = -1;
	d->rescans = rescan_s > 0;
	d->on_change = on_change;
	d->arg = arg;
	d->path = strdup(path);
	d->suffix = strdup(suffix);
	d->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->inotify_fd < 0)
		err = -errno;
	else if (d->path == NULL || d->suffix == NULL)
		err = -ENOMEM;
	else
		err = start(d, loop, rescan_s);
	if (err == 0)
		err = open_folder(d);
	if (err != 0) {
		pxe_image_dir_close(d);
		return err;
	}
	*out_dir = d;
	return 0;
}

void pxe_image_dir_close(struct pxe_image_dir *dir)
{
	if (dir == NULL)
		return;
	for (size_t i = 0; i < dir->n; i++) {
		pxe_image_unref(dir->slot[i].image);
		free(dir->slot[i].name);
	}
	dir->n = 0;
	close_folder(dir);
	if (dir->handles > 0) {
		uv_close((uv_handle_t *)&dir->poll, on_closed);
		uv_close((uv_handle_t *)&dir->timer, on_closed);
	}
	if (dir->inotify_fd >= 0)
		(void)close(dir->inotify_fd);
	if (dir->handles == 0) /* it has not come to the loop */
		dir_free(dir);
}

struct pxe_image *pxe_image_dir_find(const struct pxe_image_dir *dir, const char *name)
{
	bool found = false;
	size_t i = place_of(dir, name, &found);

	return found ? dir->slot[i].image : NULL;
}

struct pxe_image *pxe_image_dir_at(const struct pxe_image_dir *dir, size_t i)
{
	for (size_t k = 0; k < dir->n; k++) {
		if (dir->slot[k].image != NULL && i-- == 0)
			return dir->slot[k].image;
	}
	return NULL;
}
