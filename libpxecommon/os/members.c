/* SPDX-License-Identifier: BSD-2-Clause */
/* members.c -- multicast memberships by the thousand. */
#include "libpxecommon/os/members.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/os/sockaddr.h"

static int family_of(const struct pxe_ip *group)
{
	return group->family == 6 ? AF_INET6 : AF_INET;
}

static int change(int fd, const struct pxe_ip *group, unsigned ifindex, int what)
{
	struct pxe_endpoint ep = {.ip = *group};
	struct group_req req = {.gr_interface = ifindex};
	int level = group->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int err = pxe_sockaddr_set(&req.gr_group, family_of(group), &ep);

	if (err < 0)
		return err;
	return setsockopt(fd, level, what, &req, sizeof(req)) == 0 ? 0 : -errno;
}

static int join(int fd, const struct pxe_ip *group, unsigned ifindex)
{
	int err = change(fd, group, ifindex, MCAST_JOIN_GROUP);

	return err == -EADDRINUSE ? 0 : err;
}

/* What a full socket says; a system without memory, too, but that says it of a new one as well. */
static bool is_full(int err)
{
	return err == -ENOMEM || err == -ENOBUFS;
}

static int add_socket(struct pxe_members *m, int family)
{
	int *fd = realloc(m->fd, (m->n + 1) * sizeof(*fd));

	if (fd == NULL)
		return -ENOMEM;
	m->fd = fd;
	fd[m->n] = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd[m->n] < 0)
		return -errno;
	m->n++;
	return 0;
}

int pxe_members_join(struct pxe_members *m, const struct pxe_ip *group, unsigned ifindex)
{
	int err = -ENOBUFS;

	/* A full one still knows what it is a member of already. */
	for (size_t i = 0; i < m->n && is_full(err); i++)
		err = join(m->fd[i], group, ifindex);
	if (!is_full(err))
		return err;
	err = add_socket(m, family_of(group));
	if (err != 0)
		return err;
	err = join(m->fd[m->n - 1], group, ifindex);
	/* Whoever tries again and again must not collect sockets. */
	if (err != 0)
		(void)close(m->fd[--m->n]);
	return err;
}

int pxe_members_leave(struct pxe_members *m, const struct pxe_ip *group, unsigned ifindex)
{
	int err = 0;

	for (size_t i = 0; i < m->n; i++) {
		int e = change(m->fd[i], group, ifindex, MCAST_LEAVE_GROUP);

		if (e != 0 && e != -EADDRNOTAVAIL)
			err = e;
	}
	return err;
}

void pxe_members_close(struct pxe_members *m)
{
	for (size_t i = 0; i < m->n; i++)
		(void)close(m->fd[i]);
	free(m->fd);
	*m = (struct pxe_members){0};
}
