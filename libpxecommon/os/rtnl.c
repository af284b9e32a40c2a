/* SPDX-License-Identifier: BSD-2-Clause */
/* rtnl.c -- the part of rtnetlink(7) that interfaces need. */
#include "libpxecommon/os/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpxecommon/base/str.h"

enum {
	READ_MAX = 32768, /* what the kernel puts in one datagram at most */
	DUMP_TIMEOUT_S = 5
};

union buffer {
	struct nlmsghdr align;
	char bytes[READ_MAX];
};

static int open_socket(int type, unsigned groups)
{
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | type, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&nl, sizeof(nl)) != 0) {
		int err = -errno;

		(void)close(fd);
		return err;
	}
	return fd;
}

int pxe_rtnl_open(unsigned groups)
{
	return open_socket(SOCK_NONBLOCK, groups);
}

/* The macros for these walks do not fit together with checked conversions, and some of them take
 * padding that is not there off an unsigned length. */
struct run {
	const char *p;
	size_t left;
};

/* The next item of len bytes, header included. */
static const void *step(struct run *run, size_t header, size_t len)
{
	const char *at = run->p;
	size_t padded = NLMSG_ALIGN(len);

	if (len < header || len > run->left)
		return NULL;
	padded = padded < run->left ? padded : run->left;
	run->p += padded;
	run->left -= padded;
	return at;
}

static const struct nlmsghdr *next_message(struct run *run)
{
	struct nlmsghdr nh;

	if (run->left < sizeof(nh))
		return NULL;
	memcpy(&nh, run->p, sizeof(nh));
	return step(run, sizeof(nh), nh.nlmsg_len);
}

static const struct rtattr *next_attr(struct run *run)
{
	struct rtattr rta;

	if (run->left < sizeof(rta))
		return NULL;
	memcpy(&rta, run->p, sizeof(rta));
	return step(run, sizeof(rta), rta.rta_len);
}

/* What follows the fixed part of a message. */
static struct run attributes(const struct nlmsghdr *nh, size_t fixed)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(fixed);

	if (nh->nlmsg_len <= skip)
		return (struct run){0};
	return (struct run){(const char *)nh + skip, nh->nlmsg_len - skip};
}

/* Handing every message to fn. 1 at the end of a dump, 0 to go on, or -errno. */
static int take(const union buffer *buf, size_t len, pxe_rtnl_fn fn, void *arg)
{
	bool was_interrupted = false, is_done = false;
	struct run run = {buf->bytes, len};
	const struct nlmsghdr *nh = NULL;

	while ((nh = next_message(&run)) != NULL) {
		was_interrupted |= (nh->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (nh->nlmsg_type == NLMSG_DONE) {
			is_done = true;
		} else if (nh->nlmsg_type == NLMSG_ERROR) {
			struct nlmsgerr e;

			if (nh->nlmsg_len < NLMSG_LENGTH(sizeof(e)))
				return -EBADMSG;
			memcpy(&e, NLMSG_DATA(nh), sizeof(e));
			return e.error;
		} else {
			fn(nh, arg);
		}
	}
	if (was_interrupted)
		return -EINTR;
	return is_done ? 1 : 0;
}

/* One datagram, from the kernel only: anybody may send to a netlink socket. */
static ssize_t receive(int fd, union buffer *buf)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t n = 0;

	do {
		n = recvfrom(
		    fd, buf->bytes, sizeof(buf->bytes), 0, (struct sockaddr *)&from, &from_len);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	return n < 0 ? -errno : n;
}

int pxe_rtnl_read(int fd, pxe_rtnl_fn fn, void *arg)
{
	union buffer buf;
	ssize_t n = receive(fd, &buf);

	if (n > 0)
		(void)take(&buf, (size_t)n, fn, arg);
	return (int)n;
}

int pxe_rtnl_dump(int type, pxe_rtnl_fn fn, void *arg)
{
	struct {
		struct nlmsghdr nh;
		struct rtgenmsg gen;
	} req = {.nh = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
		     .nlmsg_type = (uint16_t)type,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		     .nlmsg_seq = 1},
	    .gen = {.rtgen_family = AF_UNSPEC}};
	/* The kernel answers at once; the time-out is for a day when it does not. */
	struct timeval limit = {.tv_sec = DUMP_TIMEOUT_S};
	union buffer buf;
	int fd = open_socket(0, 0), err = 0;
	bool was_interrupted = false;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
	    send(fd, &req, req.nh.nlmsg_len, 0) < 0)
		err = -errno;
	while (err == 0) {
		ssize_t n = receive(fd, &buf);

		err = n < 0 ? (int)n : take(&buf, (size_t)n, fn, arg);
		if (err == -EINTR) { /* read on to the end, but remember */
			was_interrupted = true;
			err = 0;
		}
	}
	(void)close(fd);
	if (err == 1)
		return was_interrupted ? -EINTR : 0;
	return err;
}

static void set_hw(struct pxe_hwaddr *hw, unsigned type, const struct rtattr *rta)
{
	size_t len = RTA_PAYLOAD(rta);

	*hw = (struct pxe_hwaddr){.type = (uint8_t)(type <= UINT8_MAX ? type : 0)};
	if (len > sizeof(hw->b))
		return;
	hw->len = (uint8_t)len;
	memcpy(hw->b, RTA_DATA(rta), len);
}

bool pxe_rtnl_parse_link(const struct nlmsghdr *nh, struct pxe_rtnl_link *out)
{
	struct ifinfomsg info;
	struct run run = {0};
	const struct rtattr *rta = NULL;

	if ((nh->nlmsg_type != RTM_NEWLINK && nh->nlmsg_type != RTM_DELLINK) ||
	    nh->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return false;
	memcpy(&info, NLMSG_DATA(nh), sizeof(info));
	/* A bridge tells of its ports in link messages of its own family: "deleted" is a port that
	 * left the bridge, and not an interface that went. */
	if (info.ifi_family != AF_UNSPEC)
		return false;
	*out = (struct pxe_rtnl_link){.index = (unsigned)info.ifi_index,
	    .flags = info.ifi_flags,
	    .is_gone = nh->nlmsg_type == RTM_DELLINK};
	run = attributes(nh, sizeof(info));
	while ((rta = next_attr(&run)) != NULL) {
		if (rta->rta_type == IFLA_IFNAME) {
			out->has_name =
			    pxe_str_copy(out->name, sizeof(out->name), RTA_DATA(rta)) == 0;
		} else if (rta->rta_type == IFLA_ADDRESS) {
			set_hw(&out->hw, info.ifi_type, rta);
			out->has_hw = true;
		} else if (rta->rta_type == IFLA_MTU && RTA_PAYLOAD(rta) >= sizeof(out->mtu)) {
			memcpy(&out->mtu, RTA_DATA(rta), sizeof(out->mtu));
			out->has_mtu = true;
		}
	}
	return true;
}

static void set_ip(struct pxe_ip *ip, unsigned family, const struct rtattr *rta)
{
	if (family == AF_INET && RTA_PAYLOAD(rta) == sizeof(uint32_t)) {
		uint32_t be = 0;

		memcpy(&be, RTA_DATA(rta), sizeof(be));
		*ip = pxe_ip_from4((struct pxe_ip4){ntohl(be)});
	} else if (family == AF_INET6 && RTA_PAYLOAD(rta) == sizeof(ip->v6.b)) {
		ip->family = 6;
		memcpy(ip->v6.b, RTA_DATA(rta), sizeof(ip->v6.b));
	}
}

bool pxe_rtnl_parse_addr(const struct nlmsghdr *nh, struct pxe_rtnl_addr *out)
{
	struct ifaddrmsg info;
	struct pxe_ip local = {0}, peer = {0};
	uint32_t flags = 0;
	struct run run = {0};
	const struct rtattr *rta = NULL;

	if ((nh->nlmsg_type != RTM_NEWADDR && nh->nlmsg_type != RTM_DELADDR) ||
	    nh->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return false;
	memcpy(&info, NLMSG_DATA(nh), sizeof(info));
	flags = info.ifa_flags;
	run = attributes(nh, sizeof(info));
	while ((rta = next_attr(&run)) != NULL) {
		if (rta->rta_type == IFA_LOCAL)
			set_ip(&local, info.ifa_family, rta);
		else if (rta->rta_type == IFA_ADDRESS)
			set_ip(&peer, info.ifa_family, rta);
		else if (rta->rta_type == IFA_FLAGS && RTA_PAYLOAD(rta) >= sizeof(flags))
			memcpy(&flags, RTA_DATA(rta), sizeof(flags));
	}
	/* On a point-to-point link IFA_ADDRESS is the other end; without one they are the same. */
	if (local.family == 0)
		local = peer;
	*out = (struct pxe_rtnl_addr){.index = info.ifa_index,
	    .is_gone = nh->nlmsg_type == RTM_DELADDR,
	    .addr = {.prefix = {.ip = local, .len = info.ifa_prefixlen},
		.secondary = (flags & IFA_F_SECONDARY) != 0,
		.tentative = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 &&
			     (flags & IFA_F_OPTIMISTIC) == 0}};
	return local.family != 0;
}
