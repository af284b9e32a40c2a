/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_image_test.c -- images as xorriso and genisoimage make them, against the folder they were
 * made from: each name, kind, date, mode, link target and byte. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpxecommon/proto/iso9660.h"
#include "tests/unit/check_main.h"

enum { SKIPPED = 77 };

static char top[] = "/tmp/pxe-iso-test-XXXXXX"; /* src/ and the images made of it */
static uint64_t seed = 1;

/* --- the folder --- */

static const char *src_path(const char *rel)
{
	static char path[2][PATH_MAX + sizeof(top) + 8];
	static unsigned turn;

	turn ^= 1;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/src/%s", top, rel);
	return path[turn];
}

static void make_dir(const char *rel)
{
	ck_assert_msg(mkdir(src_path(rel), 0755) == 0, "%s: %s", rel, strerror(errno));
}

/* A file of n bytes that no other file has; its date differs from its neighbours' too. */
static void make_file(const char *rel, size_t n)
{
	const char *path = src_path(rel);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 0}};
	FILE *f = fopen(path, "wb");

	ck_assert_msg(f != NULL, "%s: %s", rel, strerror(errno));
	for (size_t i = 0; i < n; i++)
		(void)fputc((int)(test_random(&seed) & 0xff), f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, n % 2 == 0 ? 0644 : 0755), 0);
	times[1].tv_sec = (time_t)(test_random(&seed) % 4000000000u);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void make_link(const char *rel, const char *target)
{
	ck_assert_msg(symlink(target, src_path(rel)) == 0, "%s: %s", rel, strerror(errno));
}

static void setup(void)
{
	memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(top));
	make_dir("");
}

static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A shell command in the folder above src/; its words go to a log that is shown when it fails. */
static int run(const char *fmt, ...)
{
	char command[4096], line[4600];
	va_list ap;
	int status = 0;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "cd %s && { %s ; } >log 2>&1", top, command);
	status = system(line);
	if (status != 0) {
		(void)snprintf(line, sizeof(line), "echo '%s'; tail -n 5 %s/log", command, top);
		(void)!system(line);
	}
	return status;
}

static void teardown(void)
{
	char line[200];

	(void)snprintf(line, sizeof(line), "rm -rf %s", top);
	ck_assert_int_eq(system(line), 0);
}

/* --- the image --- */

struct image {
	const char *name; /* how it was made, for messages */
	int fd;
	struct pxe_iso *iso;
	unsigned entries;
};

static int read_at(void *arg, uint64_t off, void *buf, size_t len)
{
	const struct image *img = arg;
	ssize_t n = pread(img->fd, buf, len, (off_t)off);

	return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EIO;
}

static struct image open_image(const char *name, enum pxe_iso_names names)
{
	static struct image img;
	char path[PATH_MAX], why[PXE_ISO_WHY_MAX];
	struct pxe_iso_opts opts = {.names = names, .seed = {1, 2}};
	struct pxe_iso_source source = {read_at, &img, 0};
	struct stat st;
	int err = 0;

	(void)snprintf(path, sizeof(path), "%s/image.iso", top);
	img = (struct image){.name = name, .fd = open(path, O_RDONLY | O_CLOEXEC)};
	ck_assert_msg(img.fd >= 0 && fstat(img.fd, &st) == 0, "%s: %s", path, strerror(errno));
	source.size = (uint64_t)st.st_size;
	err = pxe_iso_new(&source, &opts, &img.iso, why, sizeof(why));
	ck_assert_msg(err == 0, "%s: %s (%s)", name, pxe_strerror(err), why);
	if (names != PXE_ISO_BEST)
		ck_assert_int_eq(pxe_iso_info(img.iso)->names, names);
	ck_assert_uint_eq(pxe_iso_info(img.iso)->notes, 0);
	return img;
}

static void close_image(struct image *img)
{
	pxe_iso_free(img->iso);
	(void)close(img->fd);
}

static struct pxe_iso_node find(const struct image *img, const char *path, bool follow)
{
	struct pxe_iso_node node;
	int err = pxe_iso_lookup(img->iso, path, PXE_ISO_LINKS_IN_ROOT, follow, &node);

	ck_assert_msg(
	    err == 0, "%s: %s: %s (%s)", img->name, path, pxe_strerror(err), pxe_iso_why(img->iso));
	return node;
}

static int find_error(const struct image *img, const char *path, enum pxe_iso_links links)
{
	struct pxe_iso_node node;

	return pxe_iso_lookup(img->iso, path, links, true, &node);
}

/* len bytes at off of the file that node is, through its extents. */
static void read_node(const struct image *img, const struct pxe_iso_node *node, uint64_t off,
    uint8_t *buf, size_t len)
{
	for (unsigned i = 0; i < node->nextent && len > 0; i++) {
		const struct pxe_iso_extent *e = &node->extent[i];
		size_t n = len;

		if (off >= e->length) {
			off -= e->length;
			continue;
		}
		if (n > e->length - off)
			n = (size_t)(e->length - off);
		MUST(pread(img->fd, buf, n, (off_t)(e->offset + off)) == (ssize_t)n, "%s: read",
		    img->name);
		buf += n;
		len -= n;
		off = 0;
	}
	MUST(len == 0, "%s: extents end %zu bytes too early", img->name, len);
}

static void compare_bytes(const struct image *img, const char *rel, const struct pxe_iso_node *node)
{
	static uint8_t a[1 << 16], b[1 << 16];
	int fd = open(src_path(rel), O_RDONLY | O_CLOEXEC);

	MUST(fd >= 0, "%s: %s", rel, strerror(errno));
	for (uint64_t off = 0; off < node->size; off += sizeof(a)) {
		size_t n = node->size - off < sizeof(a) ? (size_t)(node->size - off) : sizeof(a);

		MUST(pread(fd, a, n, (off_t)off) == (ssize_t)n, "%s: source", rel);
		read_node(img, node, off, b, n);
		MUST(memcmp(a, b, n) == 0, "%s: %s: other bytes after %llu", img->name, rel,
		    (unsigned long long)off);
	}
	(void)close(fd);
}

static void compare_link(const struct image *img, const char *rel, const struct pxe_iso_node *node)
{
	char want[PATH_MAX], got[PXE_ISO_LINK_MAX + 1];
	ssize_t n = readlink(src_path(rel), want, sizeof(want) - 1);
	int len = pxe_iso_readlink(img->iso, node, got, sizeof(got));

	MUST(n >= 0 && len >= 0, "%s: %s: %s", img->name, rel, pxe_strerror(len));
	want[n] = '\0';
	MUST(strcmp(want, got) == 0, "%s: %s -> %s, should be %s", img->name, rel, got, want);
}

static void compare_node(const struct image *img, const char *rel, const struct stat *st)
{
	bool is_rr = pxe_iso_info(img->iso)->names == PXE_ISO_ROCK_RIDGE;
	struct pxe_iso_node node = find(img, rel, false);

	MUST((node.kind == PXE_ISO_DIR) == S_ISDIR(st->st_mode) &&
		 (node.kind == PXE_ISO_FILE) == S_ISREG(st->st_mode) &&
		 (node.kind == PXE_ISO_LINK) == S_ISLNK(st->st_mode) &&
		 (node.kind == PXE_ISO_OTHER) == S_ISFIFO(st->st_mode),
	    "%s: %s: kind %d", img->name, rel, node.kind);
	MUST(!S_ISREG(st->st_mode) || node.size == (uint64_t)st->st_size, "%s: %s: size %llu",
	    img->name, rel, (unsigned long long)node.size);
	MUST(node.mtime_s == st->st_mtime || (S_ISDIR(st->st_mode) && !is_rr),
	    "%s: %s: mtime %lld, should be %lld", img->name, rel, (long long)node.mtime_s,
	    (long long)st->st_mtime);
	MUST(node.mode == (is_rr ? st->st_mode : 0), "%s: %s: mode %o, should be %o", img->name,
	    rel, node.mode, st->st_mode);
	if (node.kind == PXE_ISO_FILE)
		compare_bytes(img, rel, &node);
	if (node.kind == PXE_ISO_LINK)
		compare_link(img, rel, &node);
}

/* All of the folder is in the image. */
static void compare_tree(struct image *img, const char *rel)
{
	DIR *d = opendir(src_path(rel));
	struct dirent *e = NULL;

	MUST(d != NULL, "%s: %s", rel, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		char sub[PATH_MAX];
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(sub, sizeof(sub), "%s%s%s", rel, *rel != '\0' ? "/" : "", e->d_name);
		MUST(lstat(src_path(sub), &st) == 0, "%s", sub);
		compare_node(img, sub, &st);
		img->entries++;
		if (S_ISDIR(st.st_mode))
			compare_tree(img, sub);
	}
	(void)closedir(d);
}

/* Entries below node, by listing. Each must be what a lookup of its name gives, for symlinks aside.
 * rr_moved, into which genisoimage moves deep directories, is not counted. */
static unsigned count_tree(const struct image *img, const struct pxe_iso_node *dir, const char *rel)
{
	struct pxe_iso_cursor cursor;
	struct pxe_iso_entry e;
	unsigned n = 0;
	int rc = pxe_iso_dir_start(img->iso, dir, &cursor);

	while (rc >= 0 && (rc = pxe_iso_dir_next(img->iso, &cursor, &e)) > 0) {
		char sub[PATH_MAX];
		struct pxe_iso_node found;

		(void)snprintf(sub, sizeof(sub), "%s%s%s", rel, *rel != '\0' ? "/" : "", e.name);
		found = find(img, sub, false);
		MUST(strlen(e.name) == e.name_len && found.record == e.node.record &&
			 found.size == e.node.size,
		    "%s: %s: listed and found differ", img->name, sub);
		if (strcmp(sub, "rr_moved") == 0) {
			MUST(count_tree(img, &e.node, sub) == 0, "%s: in rr_moved", img->name);
			continue;
		}
		n++;
		if (e.node.kind == PXE_ISO_DIR)
			n += count_tree(img, &e.node, sub);
	}
	MUST(rc == 0, "%s: listing %s: %s (%s)", img->name, rel, pxe_strerror(rc),
	    pxe_iso_why(img->iso));
	return n;
}

static void compare_image(const char *name, enum pxe_iso_names names)
{
	struct image img = open_image(name, names);
	struct pxe_iso_node root = find(&img, ".", true);

	compare_tree(&img, "");
	ck_assert_uint_gt(img.entries, 0);
	ck_assert_msg(
	    count_tree(&img, &root, "") == img.entries, "%s: more names than in the folder", name);
	close_image(&img);
}

/* --- programs --- */

static bool has_program(const char *name)
{
	char line[100];

	(void)snprintf(line, sizeof(line), "command -v %s >/dev/null", name);
	return system(line) == 0;
}

static const char *const programs[] = {"genisoimage", "xorriso -as mkisofs"};
static bool has[2];

/* Make image.iso of src/ with program i; false if it is not there. */
static bool make_image(size_t i, const char *args)
{
	return has[i] && run("%s -quiet %s -o image.iso src", programs[i], args) == 0;
}

static void make_rich_tree(void)
{
	char name[300], path[200] = "deep";

	make_file("empty", 0);
	make_file("one", 1);
	make_file("block", 2048);
	make_file("block and one", 2049);
	make_file("large", 3000001);
	make_file("UPPER", 10);
	make_file("upper", 11);
	make_file("\xc3\xbc\xe6\x97\xa5\xe6\x9c\xac.txt", 12);
	make_file("+~^%3a;1", 13);
	make_file("dot.", 14);
	make_file(".hidden", 15);
	memset(name, 'n', sizeof(name));
	name[244] = '\0';
	make_file(name, 16);
	name[100] = '\0';
	make_file(name, 17);
	make_dir("dir");
	make_dir("dir/sub");
	make_dir("none");
	make_file("dir/sub/file", 5000);
	make_dir(path);
	for (unsigned i = 0; i < 14; i++) {
		(void)snprintf(path + strlen(path), 20, "/level%u", i);
		make_dir(path);
		(void)snprintf(name, sizeof(name), "%.200s/file", path);
		make_file(name, 100 + i);
	}
	ck_assert_int_eq(link(src_path("large"), src_path("dir/hard")), 0);
	ck_assert_int_eq(mkfifo(src_path("fifo"), 0600), 0);
}

static void make_links(void)
{
	char target[1200] = "";

	make_link("to-file", "dir/sub/file");
	make_link("to-dir", "dir");
	make_link("dir/sub/up", "../../one");
	make_link("absolute", "/dir/sub/up");
	make_link("out", "../../../one");
	make_link("dangling", "nowhere");
	make_link("loop-a", "loop-b");
	make_link("loop-b", "loop-a");
	make_link("through", "to-dir/sub/up");
	make_link("slashes", "dir//sub");
	make_link("dots", "./dir/./sub/../sub/.");
	for (unsigned i = 0; i < 60; i++)
		(void)strcat(target, i % 2 == 0 ? "dir/" : "../");
	(void)strcat(target, "one");
	make_link("long-target", target);
	memset(target, 'c', 240);
	target[240] = '\0';
	make_link("long-component", target);
}

START_TEST(rock_ridge)
{
	make_rich_tree();
	make_links();
	for (size_t i = 0; i < ROWS(programs); i++) {
		/* -R makes modes and owners sane, -rock keeps them */
		if (make_image(i, "-rock -input-charset utf-8"))
			compare_image(programs[i], PXE_ISO_ROCK_RIDGE);
		if (make_image(i, "-rock -J -joliet-long -input-charset utf-8"))
			compare_image(programs[i], PXE_ISO_BEST);
	}
}
END_TEST

/* Names that Joliet can hold: up to 64 characters (103 with -joliet-long), in cases of their own.
 */
START_TEST(joliet)
{
	char name[400] = "";

	make_file("README.TXT", 100);
	make_file("lower.txt", 3);
	make_file("nodot", 2);
	make_file("two.dots.tar.gz", 5000);
	make_file("\xc3\xbc\xe6\x97\xa5\xe6\x9c\xac.txt", 12);
	for (unsigned i = 0; i < 100; i++)
		(void)strcat(name, i < 60 ? "x" : "\xc3\xa4");
	make_file(name, 17);
	make_dir("Dir");
	make_dir("Dir/Sub dir");
	make_file("Dir/Sub dir/File", 70000);
	for (size_t i = 0; i < ROWS(programs); i++) {
		if (make_image(i, "-J -joliet-long -input-charset utf-8"))
			compare_image(programs[i], PXE_ISO_JOLIET);
	}
}
END_TEST

START_TEST(plain)
{
	make_file("README.TXT", 100);
	make_file("noext", 2);
	make_dir("sub");
	make_file("sub/b.c", 4097);
	for (size_t i = 0; i < ROWS(programs); i++) {
		struct image img;
		struct pxe_iso_node node;

		/* what is in the image has upper-case names, and a Linux mount shows them in lower
		 */
		if (!make_image(i, "-iso-level 3"))
			continue;
		img = open_image(programs[i], PXE_ISO_PLAIN);
		node = find(&img, "readme.txt", true);
		compare_bytes(&img, "README.TXT", &node);
		ck_assert_uint_eq(find(&img, "ReadMe.TXT", true).record, node.record);
		ck_assert_uint_eq(find(&img, "noext", true).size, 2);
		node = find(&img, "SUB/b.C", true);
		compare_bytes(&img, "sub/b.c", &node);
		ck_assert_int_eq(find_error(&img, "readme.txt;1", 0), PXE_E_NOTFOUND);
		node = find(&img, ".", true);
		ck_assert_uint_eq(count_tree(&img, &node, ""), 4);
		close_image(&img);
	}
}
END_TEST

START_TEST(symlinks_are_followed)
{
	make_rich_tree();
	make_links();
	for (size_t i = 0; i < ROWS(programs); i++) {
		struct image img;
		uint64_t one = 0, sub = 0;

		if (!make_image(i, "-rock"))
			continue;
		img = open_image(programs[i], PXE_ISO_BEST);
		one = find(&img, "one", true).record;
		sub = find(&img, "dir/sub", true).record;
		ck_assert_uint_eq(find(&img, "dir/sub/up", true).record, one);
		ck_assert_uint_eq(find(&img, "to-dir/sub/up", true).record, one);
		ck_assert_uint_eq(find(&img, "through", true).record, one);
		ck_assert_uint_eq(find(&img, "long-target", true).record, one);
		ck_assert_uint_eq(find(&img, "absolute", true).record, one);
		ck_assert_uint_eq(find(&img, "out", true).record, one);
		ck_assert_uint_eq(find(&img, "dots", true).record, sub);
		ck_assert_uint_eq(find(&img, "dots/", false).record, sub);
		ck_assert_int_eq(find(&img, "dots", false).kind, PXE_ISO_LINK);
		ck_assert_int_eq(find_error(&img, "out", PXE_ISO_LINKS_BENEATH), PXE_E_TRAVERSAL);
		ck_assert_int_eq(
		    find_error(&img, "absolute", PXE_ISO_LINKS_BENEATH), PXE_E_TRAVERSAL);
		ck_assert_int_eq(find_error(&img, "dir/sub/up", PXE_ISO_LINKS_BENEATH), 0);
		ck_assert_int_eq(find_error(&img, "through", PXE_ISO_LINKS_NONE), PXE_E_DENIED);
		ck_assert_int_eq(find_error(&img, "loop-a", PXE_ISO_LINKS_BENEATH), -ELOOP);
		ck_assert_int_eq(
		    find_error(&img, "dangling", PXE_ISO_LINKS_BENEATH), PXE_E_NOTFOUND);
		ck_assert_int_eq(find_error(&img, "to-file/x", PXE_ISO_LINKS_BENEATH), -ENOTDIR);
		ck_assert_int_eq(find_error(&img, "one/", PXE_ISO_LINKS_BENEATH), -ENOTDIR);
		ck_assert_int_eq(find_error(&img, "ONE", PXE_ISO_LINKS_BENEATH), PXE_E_NOTFOUND);
		close_image(&img);
	}
}
END_TEST

/* genisoimage puts one symlink's components behind the record into one SL entry, whose length is a
 * byte that overflows. The link is lost, its neighbours are not. */
START_TEST(damage_of_genisoimage)
{
	struct image img;
	char target[1200] = "";

	make_file("a", 10);
	make_file("z", 11);
	for (unsigned i = 0; i < 121; i++)
		(void)strcat(target, i % 2 == 0 ? "../" : "src/");
	(void)strcat(target, "/a");
	make_link("m", target);
	if (make_image(1, "-rock"))
		compare_image(programs[1], PXE_ISO_ROCK_RIDGE);
	if (!make_image(0, "-rock"))
		return;
	img = open_image(programs[0], PXE_ISO_ROCK_RIDGE);
	ck_assert_uint_eq(find(&img, "a", true).size, 10);
	ck_assert_uint_eq(find(&img, "z", true).size, 11);
	ck_assert_int_eq(find_error(&img, "m", 0), PXE_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(pxe_iso_why(img.iso), "System Use entry"));
	close_image(&img);
}
END_TEST

START_TEST(hard_links_share_bytes)
{
	make_file("a", 5000);
	ck_assert_int_eq(link(src_path("a"), src_path("b")), 0);
	for (size_t i = 0; i < ROWS(programs); i++) {
		struct image img;

		if (!make_image(i, i == 0 ? "-R -cache-inodes" : "-R --hardlinks"))
			continue;
		img = open_image(programs[i], PXE_ISO_BEST);
		ck_assert_uint_eq(
		    find(&img, "a", true).extent[0].offset, find(&img, "b", true).extent[0].offset);
		close_image(&img);
	}
}
END_TEST

/* Enough files that their directory gets an index, asked for in an order of its own. */
START_TEST(large_directory)
{
	enum { FILES = 2000 };
	char name[40];

	make_dir("Packages");
	for (unsigned i = 0; i < FILES; i++) {
		(void)snprintf(name, sizeof(name), "Packages/package-%u.rpm", i);
		make_file(name, i % 5);
	}
	for (size_t i = 0; i < ROWS(programs); i++) {
		struct image img;

		if (!make_image(i, "-rock -J -joliet-long"))
			continue;
		compare_image(programs[i], PXE_ISO_ROCK_RIDGE);
		compare_image(programs[i], PXE_ISO_JOLIET);
		img = open_image(programs[i], PXE_ISO_BEST);
		ck_assert_int_eq(find_error(&img, "Packages/package-2000.rpm", 0), PXE_E_NOTFOUND);
		close_image(&img);
	}
}
END_TEST

/* An image that is a disk too: boot sector, partition table, a partition behind the volume; and one
 * that boots by El Torito. */
START_TEST(hybrid)
{
	make_file("boot.img", 2048);
	make_file("vmlinuz", 100000);
	make_file("efi.img", 65536);
	if (make_image(1, "-rock -b boot.img -c boot.cat -no-emul-boot -partition_offset 16 "
			  "-append_partition 2 0xef src/efi.img")) {
		struct image img = open_image("hybrid", PXE_ISO_ROCK_RIDGE);
		uint8_t mark[2];

		ck_assert_int_eq(pread(img.fd, mark, 2, 510), 2);
		ck_assert_msg(mark[0] == 0x55 && mark[1] == 0xaa, "not a hybrid image");
		compare_tree(&img, "");
		close_image(&img);
	}
	if (make_image(0, "-rock -b boot.img -c boot.cat -no-emul-boot")) {
		struct image img = open_image("El Torito", PXE_ISO_ROCK_RIDGE);

		compare_tree(&img, "");
		close_image(&img);
	}
}
END_TEST

START_TEST(zisofs)
{
	struct image img;
	struct pxe_iso_node node;

	make_file("random", 100);
	ck_assert_int_eq(run("head -c 200000 /dev/zero >src/zeros"), 0);
	if (!has_program("mkzftree") || !has[0]) {
		(void)printf("skipped: zisofs needs mkzftree and genisoimage\n");
		return;
	}
	ck_assert_int_eq(
	    run("mkzftree src packed && genisoimage -quiet -z -rock -o image.iso packed"), 0);
	img = open_image("zisofs", PXE_ISO_ROCK_RIDGE);
	node = find(&img, "zeros", true);
	ck_assert(node.zisofs);
	ck_assert_uint_eq(node.plain_size, 200000);
	ck_assert_uint_lt(node.size, 10000);
	node = find(&img, "random", true);
	ck_assert(!node.zisofs);
	compare_bytes(&img, "random", &node);
	close_image(&img);
}
END_TEST

/* A file of more than 4 GiB, which xorriso writes as extents that adjoin. Its bytes take a minute
 * to come, so only the head of the image is kept, in which the records and the first bytes are; the
 * rest are holes. */
START_TEST(more_than_4_gib)
{
	struct image img;
	struct pxe_iso_node node;
	uint8_t got[1000], want[1000];
	int fd = -1;

	if (!has[1])
		return;
	make_file("big", 1000);
	make_file("after", 7);
	ck_assert_int_eq(truncate(src_path("big"), 4400000000), 0);
	(void)run("xorriso -as mkisofs -quiet -R -iso-level 3 -o - src | head -c 1M >image.iso");
	ck_assert_int_eq(run("truncate -s 4400400000 image.iso"), 0);
	img = open_image("big", PXE_ISO_ROCK_RIDGE);
	node = find(&img, "big", true);
	ck_assert_uint_eq(node.size, 4400000000);
	ck_assert_uint_eq(node.nextent, 1);
	ck_assert_uint_eq(node.extent[0].length, 4400000000);
	fd = open(src_path("big"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, want, sizeof(want), 0), sizeof(want));
	read_node(&img, &node, 0, got, sizeof(got));
	ck_assert_mem_eq(got, want, sizeof(got));
	ck_assert_uint_eq(find(&img, "after", true).size, 7);
	node = find(&img, ".", true);
	ck_assert_uint_eq(count_tree(&img, &node, ""), 2);
	(void)close(fd);
	close_image(&img);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rock_ridge, joliet, plain, symlinks_are_followed,
	    damage_of_genisoimage, hard_links_share_bytes, large_directory, hybrid, zisofs,
	    more_than_4_gib};
	Suite *suite = suite_create("proto/iso9660_image");
	SRunner *runner = srunner_create(suite);
	int failed = 0;

	has[0] = has_program("genisoimage");
	has[1] = has_program("xorriso");
	for (size_t i = 0; i < ROWS(has); i++) {
		if (!has[i])
			(void)printf(
			    "skipped: images of %s, which is not installed\n", programs[i]);
	}
	if (!has[0] && !has[1])
		return SKIPPED;
	for (size_t i = 0; i < ROWS(tests); i++) {
		TCase *tcase = tcase_create(tests[i]->name);

		tcase_set_timeout(tcase, 300);
		tcase_add_checked_fixture(tcase, setup, teardown);
		tcase_add_test(tcase, tests[i]);
		suite_add_tcase(suite, tcase);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
