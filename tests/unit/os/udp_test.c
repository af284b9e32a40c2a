/* SPDX-License-Identifier: BSD-2-Clause */
/* udp_test.c -- datagrams over loopback: where they came from and went, and what errors do. */
#include "libpxecommon/os/udp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "libpxecommon/os/sockaddr.h"
#include "os_test.h"

/* What on_recv saw. */
struct seen {
	unsigned total, batches, biggest_batch;
	unsigned want;
	struct pxe_dgram last;
	char text[64];
	bool close_now;
};

static void on_recv(struct pxe_udp *udp, struct pxe_dgram *dg, unsigned n, void *arg)
{
	struct seen *seen = arg;

	seen->batches++;
	seen->total += n;
	seen->biggest_batch = n > seen->biggest_batch ? n : seen->biggest_batch;
	seen->last = dg[n - 1];
	memset(seen->text, 0, sizeof(seen->text));
	memcpy(seen->text, dg[n - 1].data,
	    dg[n - 1].len < sizeof(seen->text) ? dg[n - 1].len : sizeof(seen->text) - 1);
	if (seen->close_now)
		pxe_udp_close(udp);
}

static bool has_all(void *arg)
{
	struct seen *seen = arg;

	return seen->total >= seen->want;
}

static struct pxe_endpoint endpoint(const char *text)
{
	struct pxe_endpoint ep = {0};

	ck_assert_int_eq(pxe_endpoint_parse(text, 0, &ep), 0);
	return ep;
}

static struct pxe_ip ip(const char *text)
{
	return endpoint(text).ip;
}

static struct pxe_udp *open_at(uv_loop_t *loop, const char *where, struct seen *seen)
{
	struct pxe_udp_opts opts = pxe_udp_defaults();
	struct pxe_udp *udp = NULL;

	opts.bind = endpoint(where);
	opts.broadcast = true;
	ck_assert_int_eq(pxe_udp_open(loop, &opts, seen != NULL ? on_recv : NULL, seen, &udp), 0);
	return udp;
}

static struct pxe_dgram_out message(const char *text, struct pxe_endpoint to)
{
	struct pxe_dgram_out out = {.nparts = 1, .to = to};

	out.part[0].iov_base = (void *)(uintptr_t)text;
	out.part[0].iov_len = strlen(text);
	return out;
}

static struct pxe_endpoint to_port(const char *address, struct pxe_udp *udp)
{
	struct pxe_endpoint to = {.ip = ip(address), .port = pxe_udp_local(udp).port};

	return to;
}

static void assert_ip(const struct pxe_ip *have, const char *want)
{
	char text[PXE_IP_STRLEN];

	ck_assert_str_eq(pxe_ip_str(have, text), want);
}

START_TEST(tells_both_addresses_and_interface)
{
	static const struct {
		const char *bind, *to, *from;
	} rows[] = {
	    {"0.0.0.0", "127.0.0.2", "127.0.0.5"},
	    {"0.0.0.0", "127.255.255.255", "127.0.0.1"}, /* broadcast */
	    {"::", "::1", "::1"},
	    {":0", "127.0.0.3", "127.0.0.7"}, /* dual stack shows plain IPv4 */
	    {":0", "::1", "::1"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen seen = {.want = 1};
		uv_loop_t loop;
		struct pxe_udp *rx = NULL, *tx = NULL;
		struct pxe_dgram_out out;
		int err = -1;

		ck_assert_int_eq(uv_loop_init(&loop), 0);
		rx = open_at(&loop, rows[i].bind, &seen);
		tx = open_at(&loop, rows[i].bind, NULL);
		out = message("hello ", to_port(rows[i].to, rx));
		out.nparts = 2;
		out.part[1] = (struct iovec){(void *)(uintptr_t) "world", 5};
		out.from = ip(rows[i].from);
		ck_assert_uint_eq(pxe_udp_send(tx, &out, 1, &err), 1);
		ck_assert_int_eq(err, 0);
		ck_assert(os_test_run(&loop, has_all, &seen, 2000));
		ck_assert_str_eq(seen.text, "hello world");
		assert_ip(&seen.last.to, rows[i].to);
		assert_ip(&seen.last.from.ip, rows[i].from);
		ck_assert_uint_eq(seen.last.from.port, pxe_udp_local(tx).port);
		ck_assert_uint_eq(seen.last.ifindex, 1);
		pxe_udp_close(rx);
		pxe_udp_close(tx);
		os_test_close_loop(&loop);
	}
}
END_TEST

START_TEST(batches_lose_nothing)
{
	struct seen seen = {.want = 500};
	uv_loop_t loop;
	struct pxe_udp *rx = NULL, *tx = NULL;
	struct pxe_dgram_out out[500];

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	rx = open_at(&loop, "127.0.0.1", &seen);
	tx = open_at(&loop, "127.0.0.1", NULL);
	for (size_t i = 0; i < ROWS(out); i++)
		out[i] = message("x", to_port("127.0.0.1", rx));
	ck_assert_uint_eq(pxe_udp_send(tx, out, ROWS(out), NULL), ROWS(out));
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_eq(seen.total, ROWS(out));
	ck_assert_uint_eq(seen.biggest_batch, PXE_UDP_BATCH);
	ck_assert_uint_eq(pxe_udp_overflows(rx), 0);
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(long_datagram_is_cut)
{
	struct seen seen = {.want = 1};
	struct pxe_udp_opts opts = pxe_udp_defaults();
	uv_loop_t loop;
	struct pxe_udp *rx = NULL, *tx = NULL;
	char big[1001];
	struct pxe_dgram_out out;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	opts.bind = endpoint("127.0.0.1");
	opts.max_dgram = 600;
	opts.batch = 4;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, on_recv, &seen, &rx), 0);
	tx = open_at(&loop, "127.0.0.1", NULL);
	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	out = message(big, to_port("127.0.0.1", rx));
	ck_assert_uint_eq(pxe_udp_send(tx, &out, 1, NULL), 1);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_eq(seen.last.len, 600);
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(refused_datagrams_do_not_stop_the_others)
{
	struct seen seen = {.want = 2};
	static char huge[70000];
	uv_loop_t loop;
	struct pxe_udp *rx = NULL, *tx = NULL;
	struct pxe_dgram_out out[5];
	int err[5] = {1, 1, 1, 1, 1};

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	rx = open_at(&loop, "127.0.0.1", &seen);
	tx = open_at(&loop, "127.0.0.1", NULL);
	memset(huge, 'z', sizeof(huge) - 1);
	out[0] = message("a", to_port("::1", rx)); /* not for this socket's family */
	out[1] = message("b", to_port("127.0.0.1", rx));
	out[2] = message(huge, to_port("127.0.0.1", rx));
	out[3] = message("c", to_port("127.0.0.1", rx));
	out[4] = message("d", to_port("127.0.0.1", rx));
	out[4].from = ip("192.0.2.77"); /* no address of ours */
	ck_assert_uint_eq(pxe_udp_send(tx, out, 5, err), 5);
	ck_assert_int_eq(err[0], -EAFNOSUPPORT);
	ck_assert_int_eq(err[1], 0);
	ck_assert_int_eq(err[2], -EMSGSIZE);
	ck_assert_int_eq(err[3], 0);
	ck_assert_int_lt(err[4], 0);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_str_eq(seen.text, "c");
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

/* A connected socket is the one way to make Linux report ICMP errors without being asked to; inetd
 * and careless units hand over such sockets. */
START_TEST(icmp_errors_are_incidents)
{
	struct seen seen = {.want = 3};
	struct pxe_udp_opts opts = pxe_udp_defaults();
	struct sockaddr_storage ss;
	struct pxe_endpoint peer = endpoint("127.0.0.1:1");
	uv_loop_t loop;
	struct pxe_udp *udp = NULL, *other = NULL;
	struct pxe_dgram_out out;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), peer_fd = socket(AF_INET, SOCK_DGRAM, 0);
	int len = 0;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	/* A port that nobody has: bind it, learn it, close it. */
	peer.port = 0;
	len = pxe_sockaddr_set(&ss, AF_INET, &peer);
	ck_assert_int_eq(bind(peer_fd, (struct sockaddr *)&ss, (socklen_t)len), 0);
	(void)getsockname(peer_fd, (struct sockaddr *)&ss, &(socklen_t){sizeof(ss)});
	peer = pxe_sockaddr_get(&ss);
	(void)close(peer_fd);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&ss, sizeof(struct sockaddr_in)), 0);
	opts.fd = fd;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, on_recv, &seen, &udp), 0);
	/* Each one draws a "port unreachable"; the last send meets the error of the first. */
	for (int i = 0; i < 20; i++) {
		out = message("anybody?", peer);
		ck_assert_uint_eq(pxe_udp_send(udp, &out, 1, NULL), 1);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	other = open_at(&loop, "127.0.0.1", NULL);
	pxe_udp_close(other);
	opts = pxe_udp_defaults();
	opts.bind = peer;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &other), 0);
	for (int i = 0; i < 3; i++) {
		out = message("here", pxe_udp_local(udp));
		ck_assert_uint_eq(pxe_udp_send(other, &out, 1, NULL), 1);
	}
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_str_eq(seen.text, "here");
	pxe_udp_close(udp);
	pxe_udp_close(other);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(overflow_is_counted)
{
	struct seen seen = {.want = 1};
	struct pxe_udp_opts opts = pxe_udp_defaults();
	uv_loop_t loop;
	struct pxe_udp *rx = NULL, *tx = NULL;
	struct pxe_dgram_out out;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	opts.bind = endpoint("127.0.0.1");
	opts.rcvbuf = 4096;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, on_recv, &seen, &rx), 0);
	tx = open_at(&loop, "127.0.0.1", NULL);
	out = message("flood", to_port("127.0.0.1", rx));
	pxe_udp_pause(rx);
	for (int i = 0; i < 500; i++)
		ck_assert_uint_eq(pxe_udp_send(tx, &out, 1, NULL), 1);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(seen.total, 0);
	pxe_udp_resume(rx);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	/* The kernel reports the count with the first datagram it queues afterwards. */
	seen.want = seen.total + 1;
	ck_assert_uint_eq(pxe_udp_send(tx, &out, 1, NULL), 1);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_gt(pxe_udp_overflows(rx), 0);
	ck_assert_uint_eq(pxe_udp_overflows(rx) + seen.total, 501);
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(closes_inside_its_callback)
{
	struct seen seen = {.want = 1, .close_now = true};
	uv_loop_t loop;
	struct pxe_udp *rx = NULL, *tx = NULL;
	struct pxe_dgram_out out[200];
	struct pxe_endpoint was;
	struct pxe_udp_opts opts = pxe_udp_defaults();

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	rx = open_at(&loop, "127.0.0.1", &seen);
	tx = open_at(&loop, "127.0.0.1", NULL);
	was = pxe_udp_local(rx);
	for (size_t i = 0; i < ROWS(out); i++)
		out[i] = message("x", was);
	ck_assert_uint_eq(pxe_udp_send(tx, out, ROWS(out), NULL), ROWS(out));
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_eq(seen.batches, 1);
	/* The port is free at once. */
	opts.bind = was;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &rx), 0);
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(failures_have_their_errno)
{
	uv_loop_t loop;
	struct pxe_udp *udp = NULL, *taken = NULL;
	struct pxe_udp_opts opts = pxe_udp_defaults();

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	taken = open_at(&loop, "127.0.0.1", NULL);
	opts.bind = pxe_udp_local(taken);
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), -EADDRINUSE);
	opts.bind = endpoint("192.0.2.77");
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), -EADDRNOTAVAIL);
	opts.bind = endpoint("127.0.0.1");
	opts.device = "no-such-device";
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), -ENODEV);
	opts = pxe_udp_defaults();
	opts.fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), -EPROTOTYPE);
	ck_assert_int_eq(close(opts.fd), 0); /* still ours */
	opts.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), -EAFNOSUPPORT);
	(void)close(opts.fd);
	pxe_udp_close(taken);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(buffer_is_forced_when_permitted)
{
	struct pxe_udp_opts opts = pxe_udp_defaults();
	uv_loop_t loop;
	struct pxe_udp *udp = NULL;
	int size = 0;
	socklen_t len = sizeof(size);

	SKIP_UNLESS_ROOT();
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	opts.bind = endpoint("127.0.0.1");
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, NULL, NULL, &udp), 0);
	ck_assert_int_eq(getsockopt(pxe_udp_fd(udp), SOL_SOCKET, SO_RCVBUF, &size, &len), 0);
	ck_assert_int_eq(size, 2 * (4 << 20)); /* the kernel doubles what it is told */
	pxe_udp_close(udp);
	os_test_close_loop(&loop);
}
END_TEST

/* What on_error saw. */
static struct {
	unsigned total;
	int err;
	struct pxe_endpoint peer;
} refused;

static void pause_on_error(struct pxe_udp *udp, const struct pxe_endpoint *peer, int err, void *arg)
{
	(void)arg;
	refused.total++;
	refused.err = err;
	refused.peer = *peer;
	pxe_udp_pause(udp);
}

static bool was_refused(void *arg)
{
	(void)arg;
	return refused.total > 0;
}

/* Many parts of one length leave in one call and arrive as so many datagrams, in order. */
START_TEST(parts_become_datagrams)
{
	struct seen seen = {.want = 5};
	struct iovec part[5];
	struct pxe_dgram_out out;
	struct pxe_udp *rx = NULL, *tx = NULL;
	uv_loop_t loop;
	int err = -1;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	rx = open_at(&loop, "127.0.0.1", &seen);
	tx = open_at(&loop, "127.0.0.1", NULL);
	out = message("not this one", to_port("127.0.0.1", rx));
	for (size_t i = 0; i < ROWS(part); i++)
		part[i] = (struct iovec){(void *)(uintptr_t) & "one.two.six.ten.end."[4 * i], 4};
	out.many = part;
	out.nmany = ROWS(part);
	out.segment = 4;
	ck_assert_uint_eq(pxe_udp_send(tx, &out, 1, &err), 1);
	ck_assert_int_eq(err, 0);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_eq(seen.total, 5);
	ck_assert_str_eq(seen.text, "end.");
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

/* The last datagram of a segmented one may be shorter; more than the kernel takes is refused for
 * itself, and what follows it leaves. */
START_TEST(segments_are_cut_apart)
{
	static const char many[200] = {0}; /* kernels take 64 or 128 */
	struct seen seen = {.want = 4};
	struct pxe_dgram_out out[2];
	struct pxe_udp *rx = NULL, *tx = NULL;
	uv_loop_t loop;
	int err[2] = {-1, -1};

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	rx = open_at(&loop, "127.0.0.1", &seen);
	tx = open_at(&loop, "127.0.0.1", NULL);
	out[0] = message("", to_port("127.0.0.1", rx));
	out[0].part[0] = (struct iovec){(void *)(uintptr_t)many, sizeof(many)};
	out[0].segment = 1;
	out[1] = message("one.two.six.X", to_port("127.0.0.1", rx));
	out[1].segment = 4;
	ck_assert_uint_eq(pxe_udp_send(tx, out, 2, err), 2);
	ck_assert_int_eq(err[0], -EINVAL);
	ck_assert_int_eq(err[1], 0);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	ck_assert_uint_eq(seen.total, 4);
	ck_assert_uint_eq(seen.last.len, 1);
	ck_assert_str_eq(seen.text, "X");
	pxe_udp_close(rx);
	pxe_udp_close(tx);
	os_test_close_loop(&loop);
}
END_TEST

START_TEST(multicast_hops_are_of_the_family)
{
	uv_loop_t loop;
	struct pxe_udp *udp = NULL;
	int got = 0;
	socklen_t len = sizeof(got);

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	udp = open_at(&loop, "127.0.0.1", NULL);
	ck_assert_int_eq(pxe_udp_multicast_hops(udp, 7), 0);
	ck_assert_int_eq(getsockopt(pxe_udp_fd(udp), IPPROTO_IP, IP_MULTICAST_TTL, &got, &len), 0);
	ck_assert_int_eq(got, 7);
	ck_assert_int_eq(pxe_udp_multicast_hops(udp, 300), -EINVAL);
	pxe_udp_close(udp);
	udp = open_at(&loop, "[::1]", NULL);
	ck_assert_int_eq(pxe_udp_multicast_hops(udp, 9), 0);
	len = sizeof(got);
	ck_assert_int_eq(
	    getsockopt(pxe_udp_fd(udp), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &got, &len), 0);
	ck_assert_int_eq(got, 9);
	pxe_udp_close(udp);
	os_test_close_loop(&loop);
}
END_TEST

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* where: what the socket is bound to. */
static void check_refusal(const char *where)
{
	struct seen seen = {.want = 1};
	struct pxe_udp_opts opts = pxe_udp_defaults();
	struct pxe_endpoint dead;
	uv_loop_t loop;
	struct pxe_udp *udp = NULL, *other = NULL;
	struct pxe_dgram_out out;

	memset(&refused, 0, sizeof(refused));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	other = open_at(&loop, "127.0.0.1", NULL);
	dead = to_port("127.0.0.1", other);
	pxe_udp_close(other);
	opts.bind = endpoint(where);
	opts.on_error = pause_on_error;
	ck_assert_int_eq(pxe_udp_open(&loop, &opts, on_recv, &seen, &udp), 0);
	out = message("anybody?", dead);
	ck_assert_uint_eq(pxe_udp_send(udp, &out, 1, NULL), 1);
	ck_assert(os_test_run(&loop, was_refused, NULL, 2000));
	ck_assert_int_eq(refused.err, -ECONNREFUSED);
	assert_ip(&refused.peer.ip, "127.0.0.1");
	ck_assert_uint_eq(refused.peer.port, dead.port);
	/* Paused in the callback: nothing is received until it is resumed. */
	other = open_at(&loop, "127.0.0.1", NULL);
	out = message("here", to_port("127.0.0.1", udp));
	ck_assert_uint_eq(pxe_udp_send(other, &out, 1, NULL), 1);
	(void)os_test_run(&loop, never, NULL, 50);
	ck_assert_uint_eq(seen.total, 0);
	pxe_udp_resume(udp);
	ck_assert(os_test_run(&loop, has_all, &seen, 2000));
	pxe_udp_close(udp);
	pxe_udp_close(other);
	os_test_close_loop(&loop);
}

START_TEST(refusals_name_the_peer)
{
	check_refusal("127.0.0.1");
}
END_TEST

START_TEST(refusals_of_ipv4_reach_a_socket_of_both)
{
	check_refusal("*");
}
END_TEST

CHECK_MAIN("os/udp", tells_both_addresses_and_interface, batches_lose_nothing, long_datagram_is_cut,
    refused_datagrams_do_not_stop_the_others, parts_become_datagrams, segments_are_cut_apart,
    multicast_hops_are_of_the_family, icmp_errors_are_incidents, overflow_is_counted,
    closes_inside_its_callback, failures_have_their_errno, buffer_is_forced_when_permitted,
    refusals_name_the_peer, refusals_of_ipv4_reach_a_socket_of_both)
