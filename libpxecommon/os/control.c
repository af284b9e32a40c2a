/* SPDX-License-Identifier: BSD-2-Clause */
/* control.c -- the control socket of a daemon: a Unix stream socket that pxectl talks to. */
#include "libpxecommon/os/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/base/str.h"
#include "libpxecommon/os/control_conn.h"
#include "libpxecommon/os/parent.h"
#include "libpxecommon/os/priv.h"

enum { BACKLOG = 16, SWEEP_MS = 1000 };

/* Directories above path that do not exist yet. The last one becomes owner's, who removes the
 * socket when it stops. */
static int make_dirs(const char *path, uid_t uid, gid_t gid)
{
	char dir[PATH_MAX];
	bool made = false;

	if (pxe_str_copy(dir, sizeof(dir), path) != 0)
		return -ENAMETOOLONG;
	for (char *p = strchr(dir + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		made = mkdir(dir, 0755) == 0;
		if (!made && errno != EEXIST)
			return -errno;
		if (made && chmod(dir, 0755) != 0)
			return -errno;
		if (made && strchr(p + 1, '/') == NULL && chown(dir, uid, gid) != 0)
			return -errno;
		*p = '/';
	}
	return 0;
}

static int address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	return pxe_str_copy(out->sun_path, sizeof(out->sun_path), path) == 0 ? 0 : -ENAMETOOLONG;
}

/* Whether somebody answers there decides between a conflict and a left-over. */
static int remove_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd = -1, err = 0;

	if (lstat(sun->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 || errno == EAGAIN)
		err = PXE_E_EXISTS;
	else if (errno != ECONNREFUSED)
		err = -errno;
	(void)close(fd);
	if (err == 0 && unlink(sun->sun_path) != 0 && errno != ENOENT)
		err = -errno;
	return err;
}

/* The folder may belong to the user that the daemon becomes, so a second look at the name could be
 * at a link to somebody else's file: the mode comes with the bind, and the owner follows no link.
 */
static int bind_at(int fd, const struct sockaddr_un *sun, mode_t mode, uid_t uid, gid_t gid)
{
	mode_t before = umask(0777 & ~mode);
	int err = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ? 0 : -errno;

	(void)umask(before);
	if (err == 0 && lchown(sun->sun_path, uid, gid) != 0) {
		err = -errno;
		(void)unlink(sun->sun_path);
	}
	return err;
}

static int open_socket(const struct pxe_control_opts *opts, int *out_fd)
{
	uid_t uid = (uid_t)-1, any_uid = 0;
	gid_t gid = (gid_t)-1, any_gid = 0;
	struct sockaddr_un sun;
	int fd = -1, err = 0;

	if (opts->owner != NULL)
		err = pxe_priv_ids(opts->owner, NULL, &uid, &any_gid);
	if (err == 0 && opts->group != NULL)
		err = pxe_priv_ids(NULL, opts->group, &any_uid, &gid);
	if (err == 0)
		err = address(opts->path, &sun);
	if (err == 0)
		err = make_dirs(opts->path, uid, gid);
	if (err == 0)
		err = remove_stale(&sun);
	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = fd < 0 ? -errno : bind_at(fd, &sun, opts->group != NULL ? 0660 : 0600, uid, gid);
	if (err != 0 && fd >= 0)
		(void)close(fd);
	if (err == 0)
		*out_fd = fd;
	return err;
}

void pxe_control_unref(struct pxe_control *ctl)
{
	if (--ctl->handles > 0)
		return;
	if (ctl->dir_fd >= 0)
		(void)close(ctl->dir_fd);
	free(ctl->path);
	free(ctl);
}

static void on_closed(uv_handle_t *handle)
{
	pxe_control_unref(handle->data);
}

static void on_sweep(uv_timer_t *timer)
{
	struct pxe_control *ctl = timer->data;
	uint64_t now_ms = uv_now(ctl->loop);

	PXE_LIST_FOREACH_SAFE (it, &ctl->conns)
		pxe_control_conn_sweep(PXE_CONTAINER(it, struct pxe_control_conn, link), now_ms);
}

static void refuse(struct pxe_control_conn *conn)
{
	static char error[] = "{\"error\":\"too many connections\"}\n";
	uv_buf_t buf = uv_buf_init(error, sizeof(error) - 1);

	(void)uv_try_write((uv_stream_t *)&conn->pipe, &buf, 1);
	pxe_control_conn_close(conn);
}

static void on_connection(uv_stream_t *listener, int status);

static void on_refused(uv_handle_t *handle)
{
	struct pxe_control *ctl = handle->data;
	bool is_waiting = ctl->is_waiting;

	ctl->is_refusing = ctl->is_waiting = false;
	if (is_waiting && uv_is_closing((uv_handle_t *)&ctl->listener) == 0)
		on_connection((uv_stream_t *)&ctl->listener, 0);
	pxe_control_unref(ctl);
}

/* No memory: libuv takes no other connection before this one is accepted, so it is, and closed. */
static void turn_away(struct pxe_control *ctl)
{
	if (ctl->is_refusing) {
		ctl->is_waiting = true;
		return;
	}
	(void)uv_pipe_init(ctl->loop, &ctl->unwanted, 0);
	ctl->unwanted.data = ctl;
	ctl->is_refusing = true;
	ctl->handles++;
	(void)uv_accept((uv_stream_t *)&ctl->listener, (uv_stream_t *)&ctl->unwanted);
	uv_close((uv_handle_t *)&ctl->unwanted, on_refused);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct pxe_control *ctl = listener->data;
	struct pxe_control_conn *conn = NULL;

	if (status < 0)
		return;
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		turn_away(ctl);
		return;
	}
	conn->ctl = ctl;
	(void)uv_pipe_init(ctl->loop, &conn->pipe, 0);
	conn->pipe.data = conn;
	ctl->handles++;
	ctl->nconns++;
	pxe_list_append(&ctl->conns, &conn->link);
	if (uv_accept(listener, (uv_stream_t *)&conn->pipe) != 0) {
		pxe_control_conn_close(conn);
		return;
	}
	if (ctl->nconns > PXE_CONTROL_CONNS_MAX) {
		refuse(conn);
		return;
	}
	if (ctl->nconns == 1)
		(void)uv_timer_start(&ctl->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	pxe_control_conn_start(conn);
}

static bool stat_name(const struct pxe_control *ctl, struct stat *out)
{
	return ctl->dir_fd >= 0 &&
	       fstatat(ctl->dir_fd, pxe_parent_name(ctl->path), out, AT_SYMLINK_NOFOLLOW) == 0;
}

static void remember_socket(struct pxe_control *ctl)
{
	struct stat st;

	if (stat_name(ctl, &st)) {
		ctl->dev = st.st_dev;
		ctl->ino = st.st_ino;
	}
}

/* Not when somebody replaced it: another daemon may be reached by that name now. */
static void remove_socket(struct pxe_control *ctl)
{
	struct stat st;

	if (stat_name(ctl, &st) && st.st_dev == ctl->dev && st.st_ino == ctl->ino)
		(void)unlinkat(ctl->dir_fd, pxe_parent_name(ctl->path), 0);
}

static int start(struct pxe_control *ctl, int fd)
{
	int err = uv_pipe_open(&ctl->listener, fd);

	if (err != 0) {
		(void)close(fd);
		return err;
	}
	return uv_listen((uv_stream_t *)&ctl->listener, BACKLOG, on_connection);
}

int pxe_control_new(uv_loop_t *loop, const struct pxe_control_opts *opts, struct pxe_control **out)
{
	struct pxe_control *ctl = calloc(1, sizeof(*ctl));
	int fd = -1, err = 0;

	if (ctl == NULL)
		return -ENOMEM;
	ctl->loop = loop;
	ctl->opts = *opts;
	ctl->path = strdup(opts->path);
	ctl->dir_fd = -1;
	ctl->started_ms = uv_now(loop);
	pxe_list_init(&ctl->conns);
	err = ctl->path != NULL ? open_socket(opts, &fd) : -ENOMEM;
	if (err != 0) {
		free(ctl->path);
		free(ctl);
		return err;
	}
	ctl->dir_fd = pxe_parent_open(ctl->path);
	remember_socket(ctl);
	(void)uv_timer_init(loop, &ctl->sweep);
	(void)uv_pipe_init(loop, &ctl->listener, 0);
	ctl->sweep.data = ctl->listener.data = ctl;
	ctl->handles = 2;
	uv_unref((uv_handle_t *)&ctl->sweep);
	err = start(ctl, fd);
	if (err != 0) {
		pxe_control_free(ctl);
		return err;
	}
	*out = ctl;
	return 0;
}

void pxe_control_forget_dir(struct pxe_control *ctl)
{
	if (ctl == NULL || ctl->dir_fd < 0)
		return;
	(void)close(ctl->dir_fd);
	ctl->dir_fd = -1;
}

void pxe_control_free(struct pxe_control *ctl)
{
	if (ctl == NULL)
		return;
	remove_socket(ctl);
	PXE_LIST_FOREACH_SAFE (it, &ctl->conns)
		pxe_control_conn_close(PXE_CONTAINER(it, struct pxe_control_conn, link));
	uv_close((uv_handle_t *)&ctl->sweep, on_closed);
	uv_close((uv_handle_t *)&ctl->listener, on_closed);
}

void pxe_control_kick(void *arg)
{
	struct pxe_control *ctl = arg;

	if (ctl == NULL)
		return;
	PXE_LIST_FOREACH_SAFE (it, &ctl->conns)
		pxe_control_conn_feed(PXE_CONTAINER(it, struct pxe_control_conn, link));
}
