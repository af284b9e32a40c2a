/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_test.c -- ISO 9660 images made by hand: what each structure means, each damage, each
 * limit. */
#include "libpxecommon/proto/iso9660.h"

#include <stdio.h>

#include "iso_maker.h"
#include "libpxecommon/proto/iso9660_priv.h"

static struct maker m;
static struct pxe_iso *iso;

enum place { ABS, FILE_, DIR_, INNER, LINK, MOVED, CONT, MULTI, MULTI2, LONG, ZISOFS, PLACES };
static size_t place[PLACES];

enum { FILE_BLOCK = 40, AREA = 100 };

/* The image that most tests begin with. */
static void make_image(void)
{
	struct su su;

	maker_start(&m);
	su = *su_px(&(struct su){0}, 0100644);
	place[FILE_] = put_rock(&m, "file", 0, FILE_BLOCK, 5000, &su);
	place[DIR_] = put_rock(&m, "dir", 2, 24, SECTOR, NULL);
	su = *su_sl(su_px(&(struct su){0}, 0120777), 0, "dir/inner");
	place[LINK] = put_rock(&m, "link", 0, 0, 0, &su);
	su = *su_cl(&(struct su){0}, 25);
	place[MOVED] = put_rock(&m, "moved", 0, 0, 0, &su);
	su = *su_ce(su_nm(&(struct su){0}, 1, "con"), AREA, 100, 11);
	place[CONT] = put_record(&m, "X", 1, 0, FILE_BLOCK, 1, &su);
	su = *su_nm(&(struct su){0}, 0, "tinued");
	memcpy(m.p + AREA * SECTOR + 100, su.p, su.len);
	place[MULTI] = put_rock(&m, "multi", 0x80, 50, 4096, NULL);
	place[MULTI2] = put_rock(&m, "multi", 0, 52, 1000, NULL);
	su = *su_add(&(struct su){0}, "TF",
	    "\202"
	    "1999123123595900\4",
	    18);
	place[LONG] = put_rock(&m, "longform", 0, FILE_BLOCK, 1, &su);
	su = *su_add(&(struct su){0}, "ZF", "pz\4\17\0\0\1\0\0\1\0\0", 12);
	place[ZISOFS] = put_rock(&m, "packed", 0, FILE_BLOCK, 100, &su);
	(void)put_record(&m, "OLD.TXT;1", 9, 1, FILE_BLOCK, 3, NULL);
	(void)put_rock(&m, "fork", 4, FILE_BLOCK, 3, NULL);
	su = *su_px(&(struct su){0}, 060600);
	(void)put_rock(&m, "device", 0, 0, 0, &su);
	su = *su_add(&(struct su){0}, "RE", "", 0);
	(void)put_rock(&m, "relocated", 2, 25, SECTOR, &su);
	(void)put_rock(&m, "none", 0, 0xffffffff, 0, NULL);
	put_dir(&m, 24, SECTOR, ROOT_AT / SECTOR);
	place[INNER] = put_rock(&m, "inner", 0, FILE_BLOCK, 10, NULL);
	put_dir(&m, 25, SECTOR, ROOT_AT / SECTOR);
	(void)put_rock(&m, "deep", 0, FILE_BLOCK, 20, NULL);
}

static void open_with(enum pxe_iso_names names, size_t index_max)
{
	char why[PXE_ISO_WHY_MAX] = "";
	struct pxe_iso_opts opts = {names, index_max, {3, 4}};
	int err = maker_open(&m, &opts, &iso, why);

	ck_assert_msg(err == 0, "%s: %s", pxe_strerror(err), why);
}

static void open_image(void)
{
	open_with(PXE_ISO_BEST, 0);
}

static int look(const char *path, struct pxe_iso_node *out)
{
	return pxe_iso_lookup(iso, path, PXE_ISO_LINKS_BENEATH, true, out);
}

static struct pxe_iso_node find(const char *path)
{
	struct pxe_iso_node node;
	int err = look(path, &node);

	ck_assert_msg(err == 0, "%s: %s (%s)", path, pxe_strerror(err), pxe_iso_why(iso));
	ck_assert_str_eq(pxe_iso_why(iso), "");
	return node;
}

static void close_image(void)
{
	pxe_iso_free(iso);
	iso = NULL;
}

/* Looking path up gives err and a sentence with why in it. */
static void expect(const char *path, int err, const char *why)
{
	struct pxe_iso_node node;
	int rc = look(path, &node);

	ck_assert_msg(rc == err, "%s: %s, should be %s (%s)", path, pxe_strerror(rc),
	    pxe_strerror(err), pxe_iso_why(iso));
	ck_assert_msg(
	    strstr(pxe_iso_why(iso), why) != NULL, "%s: says: %s", path, pxe_iso_why(iso));
}

/* --- what things mean --- */

START_TEST(what_is_in_the_image)
{
	static const struct {
		const char *path;
		enum pxe_iso_kind kind;
		uint64_t size;
		uint32_t block;
		int64_t mtime_s;
		uint32_t mode;
	} row[] = {
	    {".", PXE_ISO_DIR, ROOT_LEN, 20, 1795519815, 040755},
	    {"file", PXE_ISO_FILE, 5000, FILE_BLOCK, 1795519815, 0100644},
	    {"dir", PXE_ISO_DIR, SECTOR, 24, 1795519815, 0},
	    {"dir/inner", PXE_ISO_FILE, 10, FILE_BLOCK, 1795519815, 0},
	    {"link", PXE_ISO_FILE, 10, FILE_BLOCK, 1795519815, 0},
	    {"moved", PXE_ISO_DIR, SECTOR, 25, 1795519815, 040755},
	    {"moved/deep", PXE_ISO_FILE, 20, FILE_BLOCK, 1795519815, 0},
	    {"continued", PXE_ISO_FILE, 1, FILE_BLOCK, 1795519815, 0},
	    {"multi", PXE_ISO_FILE, 5096, 50, 1795519815, 0},
	    {"longform", PXE_ISO_FILE, 1, FILE_BLOCK, 946681199, 0},
	    {"packed", PXE_ISO_FILE, 100, FILE_BLOCK, 1795519815, 0},
	    {"old.txt", PXE_ISO_FILE, 3, FILE_BLOCK, 1795519815, 0},
	    {"device", PXE_ISO_OTHER, 0, 0, 1795519815, 060600},
	    {"none", PXE_ISO_FILE, 0, 0, 1795519815, 0},
	};

	make_image();
	for (unsigned pass = 0; pass < 2; pass++) {
		open_with(PXE_ISO_ROCK_RIDGE, pass == 0 ? 0 : 1); /* with an index, and without */
		for (size_t i = 0; i < ROWS(row); i++) {
			struct pxe_iso_node n = find(row[i].path);

			ck_assert_msg(
			    n.kind == row[i].kind && n.size == row[i].size && n.mode == row[i].mode,
			    "%s: kind %d size %llu mode %o", row[i].path, n.kind,
			    (unsigned long long)n.size, n.mode);
			ck_assert_msg(n.mtime_s == row[i].mtime_s, "%s: mtime %lld", row[i].path,
			    (long long)n.mtime_s);
			ck_assert_msg(n.nextent == (row[i].size > 0 ? 1 : 0), "%s", row[i].path);
			ck_assert_msg(n.nextent == 0 ||
					  (n.extent[0].offset == (uint64_t)row[i].block * SECTOR &&
					      n.extent[0].length == row[i].size),
			    "%s: extent", row[i].path);
			ck_assert_msg(
			    n.zisofs == (strcmp(row[i].path, "packed") == 0), "%s", row[i].path);
		}
		ck_assert_uint_eq(find("packed").plain_size, 65536);
		expect("fork", PXE_E_NOTFOUND, "no such name");
		expect("relocated", PXE_E_NOTFOUND, "no such name");
		expect("FILE", PXE_E_NOTFOUND, "no such name");
		expect("file/x", -ENOTDIR, "a file used as a directory");
		expect("", 0, "");
		ck_assert_uint_eq(pxe_iso_info(iso)->notes, 0);
		ck_assert_str_eq(pxe_iso_info(iso)->label, "A LABEL");
		ck_assert_int_eq(pxe_iso_info(iso)->mtime_s, 1767323045);
		ck_assert_uint_eq(pxe_iso_info(iso)->volume_len, sizeof(m.p));
		close_image();
	}
}
END_TEST

START_TEST(listing)
{
	static const char *const name[] = {"file", "dir", "link", "moved", "continued", "multi",
	    "longform", "packed", "old.txt", "device", "none"};
	struct pxe_iso_cursor cursor;
	struct pxe_iso_entry e;
	struct pxe_iso_node root, file;
	char target[100];
	size_t n = 0;

	make_image();
	open_image();
	root = find(".");
	ck_assert_int_eq(pxe_iso_dir_start(iso, &root, &cursor), 0);
	while (pxe_iso_dir_next(iso, &cursor, &e) > 0) {
		ck_assert_uint_lt(n, ROWS(name));
		ck_assert_str_eq(e.name, name[n++]);
		if (e.node.kind == PXE_ISO_LINK) {
			ck_assert_int_eq(pxe_iso_readlink(iso, &e.node, target, 100), 9);
			ck_assert_str_eq(target, "dir/inner");
			ck_assert_int_eq(pxe_iso_readlink(iso, &e.node, target, 10), 9);
			ck_assert_int_eq(pxe_iso_readlink(iso, &e.node, target, 9), PXE_E_TOOBIG);
		}
	}
	ck_assert_uint_eq(n, ROWS(name));
	file = find("file");
	ck_assert_int_eq(pxe_iso_dir_start(iso, &file, &cursor), -ENOTDIR);
	ck_assert_int_eq(pxe_iso_readlink(iso, &file, target, 100), -EINVAL);
	close_image();
}
END_TEST

START_TEST(dates)
{
	static const struct {
		uint8_t p[7];
		bool ok;
		int64_t want;
	} seven[] = {
	    {{70, 1, 1, 0, 0, 0, 0}, true, 0},
	    {{0, 1, 1, 0, 0, 0, 0}, true, -2208988800},
	    {{100, 2, 29, 12, 0, 0, 0}, true, 951825600},
	    {{100, 3, 1, 0, 0, 0, 0}, true, 951868800},
	    {{200, 2, 28, 23, 59, 59, 0}, true, 4107542399},
	    {{200, 3, 1, 0, 0, 0, 0}, true, 4107542400},
	    {{255, 12, 31, 23, 59, 59, 0}, true, 5869583999},
	    {{70, 1, 1, 1, 0, 0, 4}, true, 0},
	    {{70, 1, 1, 0, 0, 0, 0xd0}, true, 43200}, /* -48: twelve hours west */
	    {{70, 1, 1, 13, 0, 0, 52}, true, 0},
	    {{70, 1, 1, 0, 0, 0, 53}, true, 0}, /* no zone at all */
	    {{0, 0, 0, 0, 0, 0, 0}, false, 0},
	    {{70, 13, 1, 0, 0, 0, 0}, false, 0},
	    {{70, 1, 32, 0, 0, 0, 0}, false, 0},
	    {{70, 1, 0, 0, 0, 0, 0}, false, 0},
	    {{70, 1, 1, 24, 0, 0, 0}, false, 0},
	    {{70, 1, 1, 0, 60, 0, 0}, false, 0},
	    {{70, 1, 1, 0, 0, 61, 0}, false, 0},
	};
	static const struct {
		const char *p;
		bool ok;
		int64_t want;
	} seventeen[] = {
	    {"1970010100000000\0", true, 0},
	    {"2026112412301550\4", true, 1795519815},
	    {"0000000000000000\0", false, 0},
	    {"9999123123595999\0", true, 253402300799},
	    {"197001010000000x\0", true, 0}, /* hundredths are not looked at */
	    {"19700101000 0000\0", false, 0},
	    {" 970010100000000\0", false, 0},
	    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false, 0},
	};

	for (size_t i = 0; i < ROWS(seven); i++) {
		int64_t got = 0;

		ck_assert_msg(iso_date7(seven[i].p, &got) == seven[i].ok, "row %zu", i);
		ck_assert_msg(got == seven[i].want, "row %zu: %lld", i, (long long)got);
	}
	for (size_t i = 0; i < ROWS(seventeen); i++) {
		int64_t got = 0;

		ck_assert_msg(iso_date17((const uint8_t *)seventeen[i].p, &got) == seventeen[i].ok,
		    "%s", seventeen[i].p);
		ck_assert_msg(got == seventeen[i].want, "%s: %lld", seventeen[i].p, (long long)got);
	}
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *in, *out;
	} row[] = {
	    {"A.B;1", "a.b"},
	    {"A.;1", "a"},
	    {"A.B;", "a.b;"},
	    {"A.B;12", "a.b"},
	    {"A.B;1X", "a.b;1x"},
	    {"A", "a"},
	    {"7", "7"},
	    {";1", ";1"},
	    {"a..", "a"},
	    {"..", ".."},
	    {"_Z@[", "_z@["},
	};
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} joliet[] = {
	    {"\0a\0B\0;\0001", 8, "aB"},
	    {"\0\xfc\x65\xe5\x67\x2c", 6, "\xc3\xbc\xe6\x97\xa5\xe6\x9c\xac"},
	    {"\xd8\x3d\xde\x00", 4, "\xf0\x9f\x98\x80"},
	    {"\xd8\x3d\0a", 4,
		"\xef\xbf\xbd"
		"a"},
	    {"\xde\x00", 2, "\xef\xbf\xbd"},
	    {"\xd8\x3d", 2, "\xef\xbf\xbd"},
	    {"\0a\0", 3, "a"},
	    {"", 1, ""},
	};
	char out[PXE_ISO_NAME_MAX + 1];

	for (size_t i = 0; i < ROWS(row); i++) {
		size_t n = iso_name_plain((const uint8_t *)row[i].in, strlen(row[i].in), out);

		ck_assert_str_eq(out, row[i].out);
		ck_assert_uint_eq(n, strlen(row[i].out));
	}
	for (size_t i = 0; i < ROWS(joliet); i++) {
		size_t n = iso_name_joliet((const uint8_t *)joliet[i].in, joliet[i].len, out);

		ck_assert_str_eq(out, joliet[i].out);
		ck_assert_uint_eq(n, strlen(joliet[i].out));
	}
}
END_TEST

/* The longest name that a record can have, of the characters that take most bytes. */
START_TEST(longest_joliet_name)
{
	uint8_t in[222];
	char out[PXE_ISO_NAME_MAX + 1];

	memset(in, 0xff, sizeof(in));
	ck_assert_uint_eq(iso_name_joliet(in, sizeof(in), out), 333);
	ck_assert_int_le(333, PXE_ISO_NAME_MAX);
}
END_TEST

/* --- damage --- */

/* A structure made wrong: bytes at off behind the place. */
static const struct damage {
	const char *what;
	enum place place;
	size_t off;
	const char *bytes;
	size_t n;
	const char *path; /* NULL: the image does not open */
	int err;
	const char *why;
} damage[] = {
#define B(text) (text), sizeof(text) - 1
    {"no descriptor", ABS, 16 * SECTOR + 1, B("XX001"), NULL, PXE_E_SYNTAX, "not an ISO 9660"},
    {"descriptor version", ABS, 16 * SECTOR + 6, B("\2"), NULL, PXE_E_CORRUPT, "version 2"},
    {"High Sierra", ABS, 16 * SECTOR, B("xxxxxxxx\1CDROM"), NULL, PXE_E_UNSUPPORTED, "High Sierra"},
    {"UDF only", ABS, 16 * SECTOR, B("\0NSR02\1"), NULL, PXE_E_UNSUPPORTED, "UDF"},
    {"block size 4096", ABS, 16 * SECTOR + 128, B("\0\x10\x10\0"), NULL, PXE_E_CORRUPT,
	"logical block size 4096"},
    {"block size 0", ABS, 16 * SECTOR + 128, B("\0\0\0\0"), NULL, PXE_E_CORRUPT, "size 0"},
    {"root record too short", ABS, 16 * SECTOR + 156, B("\41"), NULL, PXE_E_CORRUPT,
	"byte 32924: a length of 33 bytes"},
    {"root record too long", ABS, 16 * SECTOR + 156, B("\43"), NULL, PXE_E_CORRUPT, "35 bytes"},
    {"root is a file", ABS, 16 * SECTOR + 156 + 25, B("\0"), NULL, PXE_E_CORRUPT,
	"its root is no directory"},
    {"root outside", ABS, 16 * SECTOR + 156 + 2, B("\0\2\0\0\0\0\2\0"), NULL, PXE_E_TRUNC,
	"the image ends at 1048576"},
    {"root's end outside", ABS, 16 * SECTOR + 156 + 10, B("\0\0\x10\0\0\x10\0\0"), NULL,
	PXE_E_TRUNC, "the image ends"},
    {"root is empty", ABS, 16 * SECTOR + 156 + 10, B("\0\0\0\0\0\0\0\0"), NULL, PXE_E_CORRUPT,
	"a directory of 0 bytes"},
    {"root's SP", ABS, ROOT_AT + 34 + 2, B("\5"), NULL, PXE_E_CORRUPT, "System Use entry"},
    {"no end of descriptors", ABS, 17 * SECTOR, B("\0xxxxx"), NULL, PXE_E_CORRUPT,
	"no end before byte 34816"},
    {"root does not begin with itself", ABS, ROOT_AT + 33, B("x"), "file", PXE_E_CORRUPT,
	"byte 40960: it does not begin"},

    {"record too short", DIR_, 0, B("\41"), "dir", PXE_E_CORRUPT, "a length of 33 bytes"},
    {"record leaves its sector", DIR_, 0, B("\377"), "dir", PXE_E_CORRUPT, "System Use entry"},
    {"name longer than the record", DIR_, 32, B("\377"), "dir", PXE_E_CORRUPT,
	"a name of 255 bytes"},
    {"no name", DIR_, 32, B("\0"), "dir", PXE_E_CORRUPT, "a name of 0 bytes"},
    {"directory outside", DIR_, 2, B("\0\2\0\0\0\0\2\0"), "dir/inner", PXE_E_TRUNC,
	"the image ends at"},
    {"directory where none is", DIR_, 2, B("\x2c\0\0\0\0\0\0\x2c"), "dir/inner", PXE_E_CORRUPT,
	"byte 90112: a length of 0 bytes"},
    {"directory of 0 bytes", DIR_, 10, B("\0\0\0\0\0\0\0\0"), "dir", PXE_E_CORRUPT, "0 bytes"},
    {"directory in pieces", DIR_, 25, B("\x82"), "dir", PXE_E_CORRUPT, "in several extents"},
    {"directory interleaved", DIR_, 26, B("\1\1"), "dir", PXE_E_UNSUPPORTED, "interleaved"},
    {"directory with attributes outside", DIR_, 1, B("\377"), "dir/inner", PXE_E_CORRUPT,
	"0 bytes"},

    {"file outside", FILE_, 2, B("\0\2\0\0\0\0\2\0"), "file", PXE_E_TRUNC, "5000 bytes at byte"},
    {"file far outside", FILE_, 2, B("\377\377\377\377\377\377\377\377"), "file", PXE_E_TRUNC,
	"the image ends"},
    {"file's end outside", FILE_, 10, B("\0\0\x10\0\0\x10\0\0"), "file", PXE_E_TRUNC, "the image"},
    {"file interleaved", FILE_, 26, B("\1"), "file", PXE_E_UNSUPPORTED, "unit 1, gap 0"},
    {"last piece missing", MULTI2, 33, B("YNM\12\1\0nulti"), "multi", PXE_E_CORRUPT, "last piece"},
    {"second piece outside", MULTI2, 2, B("\0\2\0\0\0\0\2\0"), "multi", PXE_E_TRUNC, "1000 bytes"},

    {"name with a slash", FILE_, 34 + 5, B("f/le"), "f/le", PXE_E_CORRUPT, "its name"},
    {"name with a NUL", FILE_, 34 + 5, B("fi\0e"), "fi", PXE_E_CORRUPT, "its name"},
    {"System Use entry of 3 bytes", FILE_, 34 + 2, B("\3"), "file", PXE_E_CORRUPT,
	"System Use entry of 3 bytes"},
    {"System Use entry too long", FILE_, 34 + 2, B("\377"), "file", PXE_E_CORRUPT, "255 bytes"},
    {"PX too short", FILE_, 34 + 9 + 2, B("\7"), "file", PXE_E_CORRUPT, "PX is too short"},
    {"SL component too long", LINK, 34 + 9 + 36 + 6, B("\77"), "link", PXE_E_CORRUPT,
	"SL is too short"},
    {"SL of a mount point", LINK, 34 + 9 + 36 + 5, B("\20"), "link", PXE_E_UNSUPPORTED,
	"flags 0x10"},
    {"CL outside", MOVED, 34 + 10 + 4, B("\0\2\0\0\0\0\2\0"), "moved", PXE_E_CORRUPT,
	"child link (CL)"},
    {"CL to no directory", MOVED, 34 + 10 + 4, B("\50\0\0\0\0\0\0\50"), "moved", PXE_E_CORRUPT,
	"no directory at byte 81920"},
    {"CL to the middle of one", MOVED, 34 + 10 + 4, B("\25\0\0\0\0\0\0\25"), "moved", PXE_E_CORRUPT,
	"no directory at byte 43008"},
    {"CE outside", CONT, 34 + 8 + 4, B("\0\2\0\0\0\0\2\0"), "continued", PXE_E_CORRUPT,
	"(CE) at byte 1048676 lies outside"},
    {"CE's offset outside", CONT, 34 + 8 + 12, B("\0\0\x10\0\0\x10\0\0"), "continued",
	PXE_E_CORRUPT, "lies outside"},
    {"CE too long", CONT, 34 + 8 + 20, B("\1\x40\0\0\0\0\x40\1"), "continued", PXE_E_LIMIT,
	"a continuation area (CE) of 16385 bytes"},
    {"CE longer than its entries", CONT, 34 + 8 + 20, B("\12\0\0\0\0\0\0\12"), "continued",
	PXE_E_CORRUPT, "System Use entry of 11 bytes, with 10 left"},
    {"ZF too short", ZISOFS, 34 + 11 + 2, B("\6"), "packed", PXE_E_CORRUPT, "ZF is too short"},
#undef B
};

/* With each damage: the error that it is, a sentence, and all the other files as before. */
START_TEST(damages)
{
	static const char *const others[] = {
	    "file", "dir/inner", "moved/deep", "longform", "old.txt"};

	for (size_t i = 0; i < 2 * ROWS(damage); i++) {
		const struct damage *d = &damage[i / 2];
		struct pxe_iso_opts opts = {.index_max = i % 2};
		char why[PXE_ISO_WHY_MAX] = "";
		struct pxe_iso_node node;
		size_t good = 0;
		int err = 0;

		make_image();
		memcpy(m.p + (d->place == ABS ? 0 : place[d->place]) + d->off, d->bytes, d->n);
		err = maker_open(&m, &opts, &iso, why);
		if (d->path == NULL) {
			ck_assert_msg(err == d->err && strstr(why, d->why) != NULL, "%s: %s (%s)",
			    d->what, pxe_strerror(err), why);
			continue;
		}
		ck_assert_msg(err == 0, "%s: %s", d->what, why);
		err = look(d->path, &node);
		ck_assert_msg(err == d->err && strstr(pxe_iso_why(iso), d->why) != NULL,
		    "%s: %s (%s)", d->what, pxe_strerror(err), pxe_iso_why(iso));
		for (size_t k = 0; k < ROWS(others); k++)
			good += look(others[k], &node) == 0;
		/* a record without a length hides those behind it in its sector */
		ck_assert_msg(good + 1 >= ROWS(others) || d->off == 0 || d->off == 32 ||
				  d->off == ROOT_AT + 33,
		    "%s: took %zu others with it", d->what, ROWS(others) - good);
		close_image();
	}
}
END_TEST

/* Odd ways to write a record. */
START_TEST(records_of_others)
{
	struct su su;
	struct pxe_iso_node n;
	size_t at = 0;

	maker_start(&m);
	at = put_record(&m, "AB", 2, 0, FILE_BLOCK, 1, NULL); /* without the byte behind its name */
	m.p[at] = 35;
	m.at = at + 35;
	su = *su_nm(su_nm(&(struct su){0}, 0, "first"), 0, "second");
	(void)put_record(&m, "X", 1, 0, FILE_BLOCK, 2, &su);
	su = *su_nm(&(struct su){0}, 2, "x");
	(void)put_record(&m, "DOT", 3, 0, FILE_BLOCK, 3, &su);
	su = *su_sl(su_sl(&(struct su){0}, 0, "/first"), 0, "second");
	(void)put_rock(&m, "link", 0, 0, 0, &su);
	su = *su_add(su_add(&(struct su){0}, "ST", "", 0), "XX", "\0\0", 2);
	su.p[6] = 99; /* behind the end: not looked at */
	(void)put_rock(&m, "stopped", 0, FILE_BLOCK, 4, &su);
	su = *su_add(&(struct su){0}, "ZF", "PZ\4\17\0\0\0\0\2\0\0\0", 12); /* zisofs2 */
	(void)put_rock(&m, "packed", 0, FILE_BLOCK, 4, &su);
	(void)put_rock(&m, "d", 2, 24, SECTOR, NULL);
	put_dir(&m, 24, SECTOR, 20);
	su = *su_sl(&(struct su){0}, 0, "/first");
	(void)put_rock(&m, "absolute", 0, 0, 0, &su);
	open_image();
	ck_assert_uint_eq(find("ab").size, 1);
	ck_assert_uint_eq(find("first").size, 2);
	ck_assert_uint_eq(find("dot").size, 3);
	ck_assert_uint_eq(find("stopped").size, 4);
	ck_assert_uint_eq(find("packed").plain_size, 2ull << 32);
	ck_assert_int_eq(pxe_iso_lookup(iso, "link", PXE_ISO_LINKS_IN_ROOT, true, &n), 0);
	ck_assert_uint_eq(n.size, 2);
	ck_assert_int_eq(pxe_iso_lookup(iso, "d/absolute", PXE_ISO_LINKS_IN_ROOT, true, &n), 0);
	ck_assert_uint_eq(n.size, 2);
	close_image();
}
END_TEST

/* A child link to a block that begins with the "." of another directory. */
START_TEST(child_link_to_a_copy)
{
	make_image();
	memcpy(m.p + 60 * SECTOR, m.p + 25 * SECTOR, SECTOR);
	both32(m.p + place[MOVED] + 34 + 10 + 4, 60);
	open_image();
	expect("moved", PXE_E_CORRUPT, "no directory at byte 122880");
	close_image();
}
END_TEST

START_TEST(record_across_sectors)
{
	enum { TO = ROOT_AT + SECTOR - 40 };
	size_t last = 0, cross = 0;

	maker_start(&m);
	while (m.at < TO - 50)
		last = put_rock(&m, "f", 0, FILE_BLOCK, 1, NULL);
	m.p[last] = (uint8_t)(TO - last);
	m.at = ROOT_AT + SECTOR;
	(void)put_rock(&m, "next", 0, FILE_BLOCK, 1, NULL);
	m.at = 300 * SECTOR;
	cross = put_rock(&m, "cross", 0, FILE_BLOCK, 1, NULL);
	memcpy(m.p + TO, m.p + cross, m.p[cross]);
	open_image();
	expect("cross", PXE_E_CORRUPT, "byte 42968: a length of 44 bytes, 40 are there");
	close_image();
}
END_TEST

/* Of several faults the first is told, with its own words. */
START_TEST(first_fault_counts)
{
	for (size_t r = 0; r < 2; r++) {
		make_image();
		m.p[place[FILE_] + 26] = 1;
		m.p[place[LONG] + 34 + 2] = 3;
		open_with(PXE_ISO_BEST, r);
		expect("file", PXE_E_UNSUPPORTED, "interleaved");
		expect("longform", PXE_E_UNSUPPORTED, "interleaved");
		close_image();
	}
}
END_TEST

START_TEST(orders_that_disagree)
{
	make_image();
	m.p[place[FILE_] + 10 + 7] ^= 1; /* the big-endian half of the size */
	open_image();
	ck_assert_uint_eq(find("file").size, 5000);
	ck_assert_uint_eq(pxe_iso_info(iso)->notes, PXE_ISO_NOTE_ENDIAN);
	ck_assert_ptr_nonnull(
	    strstr(pxe_iso_note_text(PXE_ISO_NOTE_ENDIAN), "both byte orders disagree"));
	ck_assert_str_eq(pxe_iso_note_text(0), "");
	ck_assert_str_eq(pxe_iso_note_text(3), "");
	close_image();
}
END_TEST

/* A download that broke off: what is there is served. */
START_TEST(short_image)
{
	make_image();
	m.size = FILE_BLOCK * SECTOR + 100;
	open_image();
	ck_assert_uint_eq(pxe_iso_info(iso)->notes, PXE_ISO_NOTE_SHORT);
	ck_assert_uint_eq(find("moved/deep").size, 20);
	expect("file", PXE_E_TRUNC, "5000 bytes at byte 81920, the image ends at 82020");
	close_image();
}
END_TEST

/* Cut at every byte up to the first file: an error or the truth, and no read behind the end. */
START_TEST(cut_anywhere)
{
	char why[PXE_ISO_WHY_MAX] = "";
	unsigned opened = 0;

	make_image();
	for (m.size = 0; m.size < FILE_BLOCK * SECTOR; m.size += m.size < 16 * SECTOR ? 977 : 31) {
		struct pxe_iso_node node;
		int err = maker_open(&m, NULL, &iso, why);

		MUST(err == 0 || (err == PXE_E_TRUNC && why[0] != '\0'), "at %llu: %s (%s)",
		    (unsigned long long)m.size, pxe_strerror(err), why);
		if (err != 0)
			continue;
		opened++;
		err = look("file", &node);
		MUST(err == PXE_E_TRUNC, "at %llu: %s", (unsigned long long)m.size,
		    pxe_strerror(err));
		err = look("moved/deep", &node);
		MUST(err != 0 || m.size >= 26 * SECTOR, "at %llu: found",
		    (unsigned long long)m.size);
		close_image();
	}
	ck_assert_uint_gt(opened, 100);
}
END_TEST

START_TEST(reading_fails)
{
	static const struct {
		int given, got;
	} row[] = {{-EIO, -EIO}, {-ENXIO, -ENXIO}, {PXE_E_CORRUPT, -EIO}, {1, -EIO}};
	char why[PXE_ISO_WHY_MAX] = "";

	for (size_t i = 0; i < ROWS(row); i++) {
		make_image();
		(void)put_rock(&m, "far", 2, 57, SECTOR, NULL);
		m.fail = row[i].given;
		m.fail_at = 0;
		ck_assert_int_eq(maker_open(&m, NULL, &iso, why), row[i].got);
		m.fail_at = UINT64_MAX;
		open_with(PXE_ISO_BEST, 1);
		m.fail_at = 0;
		expect("dir/inner", row[i].got, "reading ");
		m.fail_at = 24 * SECTOR; /* what was not read must not have been kept */
		(void)find("file");
		expect("dir/inner", row[i].got, "at byte 49152: ");
		m.fail_at = UINT64_MAX;
		(void)find("dir/inner");
		(void)find("moved/deep");
		m.fail_at = 57 * SECTOR; /* nor rubbish in the place of what was read before */
		expect("moved/far/x", row[i].got, "at byte 116736: ");
		(void)find("moved/deep");
		close_image();
	}
}
END_TEST

START_TEST(other_names)
{
	char why[PXE_ISO_WHY_MAX] = "";
	struct pxe_iso_opts opts = {.names = PXE_ISO_JOLIET};
	uint8_t *d = m.p + 17 * SECTOR;

	make_image();
	ck_assert_int_eq(maker_open(&m, &opts, &iso, why), PXE_E_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(why, "Joliet"));
	memcpy(d, "\2CD001\1", 7);
	memcpy(d + 88, "%/E", 3);
	both32(d + 80, MAKER_SECTORS);
	both16(d + 128, SECTOR);
	memcpy(m.p + 18 * SECTOR, "\377CD001\1", 7);
	m.at = 17 * SECTOR + 156;
	(void)put_record(&m, "", 1, 2, 60, SECTOR, NULL);
	put_dir(&m, 60, SECTOR, 60);
	(void)put_record(&m, "\0J\0;\0001", 6, 0, FILE_BLOCK, 77, NULL);
	open_with(PXE_ISO_JOLIET, 0);
	ck_assert_uint_eq(find("J").size, 77);
	expect("j", PXE_E_NOTFOUND, "");
	expect("file", PXE_E_NOTFOUND, "");
	close_image();
	open_image();
	ck_assert_int_eq(pxe_iso_info(iso)->names, PXE_ISO_ROCK_RIDGE);
	close_image();
	open_with(PXE_ISO_PLAIN, 0);
	ck_assert_uint_eq(find("OLD.txt").size, 3);
	expect("J", PXE_E_NOTFOUND, "");
	close_image();
	m.p[ROOT_AT + 34] = 'X'; /* no SP, no Rock Ridge: then Joliet */
	open_image();
	ck_assert_int_eq(pxe_iso_info(iso)->names, PXE_ISO_JOLIET);
	close_image();
	opts.names = PXE_ISO_ROCK_RIDGE;
	ck_assert_int_eq(maker_open(&m, &opts, &iso, why), PXE_E_NOTFOUND);
	memcpy(m.p + 19 * SECTOR, "\0NSR03\1", 7); /* UDF beside it */
	open_image();
	ck_assert_uint_eq(pxe_iso_info(iso)->notes, PXE_ISO_NOTE_UDF);
	close_image();
}
END_TEST

/* Blocks of 512 bytes: numbers count those, and an extended attribute record comes before the data.
 */
START_TEST(small_blocks)
{
	uint8_t *d = m.p + 16 * SECTOR;

	maker_start(&m);
	both16(d + 128, 512);
	both32(d + 80, 4 * MAKER_SECTORS);
	both32(d + 156 + 2, 80);
	m.p[put_record(&m, "A.;1", 4, 0, 200, 600, NULL) + 1] = 3;
	open_with(PXE_ISO_PLAIN, 0);
	ck_assert_uint_eq(find("a").extent[0].offset, 203 * 512);
	ck_assert_uint_eq(pxe_iso_info(iso)->volume_len, sizeof(m.p));
	close_image();
}
END_TEST

/* Rock Ridge behind CD-ROM XA: fourteen bytes come before the entries in every record. */
START_TEST(behind_xa)
{
	struct su su = {.len = 14}, root = {.len = 14};

	maker_start(&m);
	m.at = ROOT_AT;
	(void)su_px(su_add(su_add(&root, "SP", "\xbe\xef\16", 3), "RR", "\1", 1), 040755);
	(void)put_record(&m, "", 1, 2, ROOT_AT / SECTOR, ROOT_LEN, &root);
	(void)put_record(&m, "\1", 1, 2, ROOT_AT / SECTOR, ROOT_LEN, NULL);
	(void)su_nm(&su, 0, "behind");
	(void)put_record(&m, "X", 1, 0, FILE_BLOCK, 5, &su);
	open_with(PXE_ISO_ROCK_RIDGE, 0);
	ck_assert_uint_eq(find("behind").size, 5);
	close_image();
}
END_TEST

/* --- limits --- */

START_TEST(files_over_4_gib)
{
	struct pxe_iso_node n;

	maker_start(&m);
	m.size = 3ull << 32;
	(void)put_rock(&m, "adjoining", 0x80, 100, 0xfffff800, NULL);
	(void)put_rock(&m, "adjoining", 0x80, 100 + 0x1fffff, 0xfffff800, NULL);
	(void)put_rock(&m, "adjoining", 0, 100 + 2 * 0x1fffff, 12345, NULL);
	(void)put_rock(&m, "apart", 0x80, 100, 0xfffff800, NULL);
	(void)put_rock(&m, "apart", 0, 0x300000, 5, NULL);
	open_image();
	n = find("adjoining");
	ck_assert_uint_eq(n.nextent, 1);
	ck_assert_uint_eq(n.size, 2 * 0xfffff800ull + 12345);
	ck_assert_uint_eq(n.extent[0].length, n.size);
	n = find("apart");
	ck_assert_uint_eq(n.nextent, 2);
	ck_assert_uint_eq(n.size, 0xfffff800ull + 5);
	ck_assert_uint_eq(n.extent[1].offset, 0x300000ull * SECTOR);
	close_image();
}
END_TEST

START_TEST(pieces_are_limited)
{
	maker_start(&m);
	both32(m.p + 16 * SECTOR + 156 + 10, 8 * SECTOR);
	for (unsigned i = 0; i <= PXE_ISO_EXTENTS_MAX; i++)
		(void)put_rock(&m, "p", i < PXE_ISO_EXTENTS_MAX ? 0x80 : 0, 50 + 2 * i, 1, NULL);
	for (unsigned i = 0; i < PXE_ISO_EXTENTS_MAX; i++)
		(void)put_rock(
		    &m, "q", i < PXE_ISO_EXTENTS_MAX - 1 ? 0x80 : 0, 50 + 2 * i, 1, NULL);
	open_image();
	expect("p", PXE_E_LIMIT, "in more than 32 pieces");
	ck_assert_uint_eq(find("q").nextent, PXE_ISO_EXTENTS_MAX);
	close_image();
	maker_start(&m);
	(void)put_rock(&m, "open", 0x80, 50, 1, NULL);
	(void)put_record(&m, "NEXT", 4, 0, 50, 2, NULL);
	open_image();
	expect("open", PXE_E_CORRUPT, "last piece");
	ck_assert_uint_eq(find("next").size, 2);
	close_image();
}
END_TEST

/* A damaged record between the pieces of a file: none of them becomes a file of its own. */
START_TEST(pieces_around_damage)
{
	struct pxe_iso_cursor cursor;
	struct pxe_iso_entry e;
	struct pxe_iso_node root;
	size_t at = 0;
	int rc = 0;

	maker_start(&m);
	(void)put_rock(&m, "p", 0x80, 50, SECTOR, NULL);
	at = put_rock(&m, "p", 0x80, 51, SECTOR, NULL);
	m.at = ROOT_AT + SECTOR;
	(void)put_rock(&m, "p", 0, 52, 9, NULL);
	(void)put_rock(&m, "q", 0, 53, 9, NULL);
	m.p[at] = 3;
	open_image();
	expect("p", PXE_E_CORRUPT, "a length of 3 bytes");
	ck_assert_uint_eq(find("q").size, 9);
	root = find(".");
	ck_assert_int_eq(pxe_iso_dir_start(iso, &root, &cursor), 0);
	while ((rc = pxe_iso_dir_next(iso, &cursor, &e)) != 0)
		ck_assert_msg(rc < 0 || strcmp(e.name, "q") == 0, "%s", e.name);
	close_image();
}
END_TEST

START_TEST(directory_is_limited)
{
	maker_start(&m);
	m.size = 1u << 30;
	(void)put_rock(&m, "big", 2, 100, PXE_ISO_DIR_LEN_MAX + 1, NULL);
	(void)put_rock(&m, "fits", 2, 100, PXE_ISO_DIR_LEN_MAX, NULL);
	put_dir(&m, 100, PXE_ISO_DIR_LEN_MAX, 20); /* and zeros */
	open_image();
	expect("big", PXE_E_LIMIT, "a directory of 67108865 bytes");
	expect("fits/x", PXE_E_NOTFOUND, "");
	m.reads = 0;
	expect("fits/x", PXE_E_NOTFOUND, "");
	ck_assert_uint_le(m.reads, 2); /* it is known by now */
	close_image();
}
END_TEST

START_TEST(depth_is_limited)
{
	char path[2 * PXE_ISO_DEPTH_MAX + 10] = "";

	maker_start(&m);
	(void)put_rock(&m, "d", 2, 30, SECTOR, NULL);
	for (unsigned i = 0; i < PXE_ISO_DEPTH_MAX; i++) {
		put_dir(&m, 30 + i, SECTOR, 20);
		(void)put_rock(&m, "d", 2, 31 + i, SECTOR, NULL);
		(void)strcat(path, i > 0 ? "/d" : "d");
	}
	open_image();
	expect(path + 2, 0, "");
	expect(path, PXE_E_LIMIT, "more than 128 directories deep");
	close_image();
}
END_TEST

START_TEST(directories_in_a_circle)
{
	struct su su = *su_cl(&(struct su){0}, 24);

	maker_start(&m);
	(void)put_rock(&m, "d", 2, 24, SECTOR, NULL);
	put_dir(&m, 24, SECTOR, 20);
	(void)put_rock(&m, "root", 2, 20, ROOT_LEN, NULL);
	(void)put_rock(&m, "self", 2, 24, SECTOR, NULL);
	(void)put_rock(&m, "child", 0, 0, 0, &su);
	open_image();
	expect("d/root", PXE_E_CORRUPT, "the directory at byte 40960 contains itself");
	expect("d/self/self", PXE_E_CORRUPT, "contains itself");
	expect("d/child", PXE_E_CORRUPT, "contains itself");
	close_image();
}
END_TEST

/* l0 -> l1 -> ... -> file, one more than are followed. */
START_TEST(symlinks_are_limited)
{
	char name[20], target[20];
	struct su su;

	maker_start(&m);
	both32(m.p + 16 * SECTOR + 156 + 10, 8 * SECTOR);
	for (unsigned i = 0; i <= PXE_ISO_LINKS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "l%u", i);
		(void)snprintf(
		    target, sizeof(target), i < PXE_ISO_LINKS_MAX ? "l%u" : "file", i + 1);
		su = *su_sl(&(struct su){0}, 0, target);
		(void)put_rock(&m, name, 0, 0, 0, &su);
	}
	(void)put_rock(&m, "file", 0, FILE_BLOCK, 1, NULL);
	su = *su_sl(&(struct su){0}, 0, "self");
	(void)put_rock(&m, "self", 0, 0, 0, &su);
	su = *su_sl(&(struct su){0}, 0, "");
	(void)put_rock(&m, "empty", 0, 0, 0, &su);
	open_image();
	expect("l0", -ELOOP, "more than 40 symlinks");
	expect("l1", 0, "");
	expect("self", -ELOOP, "");
	expect("empty", PXE_E_NOTFOUND, "without a target");
	close_image();
}
END_TEST

/* n times the same entry from the beginning of sector AREA. */
static void fill_area(const struct su *entry, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		memcpy(m.p + AREA * SECTOR + i * entry->len, entry->p, entry->len);
}

START_TEST(steps_are_limited)
{
	/* "d/../" forty times in each of fifteen SL entries: 600 names to resolve */
	char target[201] = "";
	struct su su, ce;

	maker_start(&m);
	for (unsigned i = 0; i < 40; i++)
		(void)strcat(target, "d/../");
	su = *su_sl(&(struct su){0}, 1, target);
	fill_area(&su, 15);
	ce = *su_ce(&(struct su){0}, AREA, 0, (uint32_t)(15 * su.len));
	(void)put_rock(&m, "link", 0, 0, 0, &ce);
	(void)put_rock(&m, "d", 2, 24, SECTOR, NULL);
	put_dir(&m, 24, SECTOR, 20);
	open_image();
	expect("link/d", 0, "");
	expect("link/link/d", PXE_E_LIMIT, "more than 1024 names to resolve");
	close_image();
}
END_TEST

START_TEST(texts_are_limited)
{
	char text[201], name[256];
	struct su su, ce, nm;

	maker_start(&m);
	memset(text, 'x', 200);
	text[200] = '\0';
	su = *su_sl(&(struct su){0}, 1, text);
	fill_area(&su, 21);
	ce = *su_ce(&(struct su){0}, AREA, 0, (uint32_t)(21 * su.len));
	(void)put_rock(&m, "link", 0, 0, 0, &ce);
	nm = *su_nm(&(struct su){0}, 1, text);
	memcpy(m.p + (AREA + 5) * SECTOR, nm.p, nm.len);
	text[55] = '\0';
	nm = *su_ce(su_nm(&(struct su){0}, 1, text), AREA + 5, 0, (uint32_t)nm.len);
	(void)put_record(&m, "X", 1, 0, FILE_BLOCK, 1, &nm);
	text[55] = 'x';
	text[56] = '\0';
	nm = *su_ce(su_nm(&(struct su){0}, 1, text), AREA + 5, 0, 205);
	(void)put_record(&m, "Y", 1, 0, FILE_BLOCK, 2, &nm);
	m.size = sizeof(m.p);
	open_image();
	expect("link", PXE_E_LIMIT, "its symlink target (SL) is longer than 4095");
	expect("nothing", PXE_E_LIMIT, "its Rock Ridge name (NM) is longer than 255");
	memset(name, 'x', 255);
	name[255] = '\0';
	ck_assert_uint_eq(find(name).size, 1);
	close_image();
}
END_TEST

/* Continuation areas that lead to each other: 64 of them are read, for one record; and all records
 * of a directory like that end at the limit of one call, which is not spent again. */
START_TEST(areas_are_limited)
{
	struct su ce, back;
	char name[20];

	maker_start(&m);
	both32(m.p + 16 * SECTOR + 156 + 10, 10 * SECTOR);
	back = *su_ce(&(struct su){0}, AREA, 0, PXE_ISO_AREA_LEN_MAX);
	fill_area(&back, 1);
	ce = *su_ce(&(struct su){0}, AREA, 0, (uint32_t)back.len);
	(void)put_rock(&m, "loop", 0, FILE_BLOCK, 1, &ce);
	open_image();
	expect("loop", PXE_E_LIMIT, "more than 64 continuation areas (CE), or a loop");
	close_image();
	for (unsigned i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "loop%u", i);
		(void)put_rock(&m, name, 0, FILE_BLOCK, 1, &ce);
	}
	open_image();
	expect("loop", PXE_E_LIMIT, "loop");
	close_image();
	both32(m.p + 16 * SECTOR + 156 + 10, 20 * SECTOR);
	m.at = ROOT_AT + 10 * SECTOR;
	for (unsigned i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "more%u", i);
		(void)put_rock(&m, name, 0, FILE_BLOCK, 1, &ce);
	}
	fill_area(&back, 1);
	open_image();
	expect("more1", PXE_E_LIMIT, "256 MiB");
	expect("more1", PXE_E_LIMIT, "256 MiB");
	close_image();
}
END_TEST

START_TEST(paths_are_limited)
{
	static char path[PXE_ISO_LINK_MAX + 10];

	make_image();
	open_image();
	memset(path, 'x', PXE_ISO_NAME_MAX + 1);
	expect(path, -ENAMETOOLONG, "a name of 341 bytes");
	path[PXE_ISO_NAME_MAX] = '\0';
	expect(path, PXE_E_NOTFOUND, "");
	memset(path, '/', sizeof(path) - 1);
	expect(path, -ENAMETOOLONG, "a path of 4104 bytes");
	path[PXE_ISO_LINK_MAX] = '\0';
	expect(path, 0, "");
	expect("/dir//./inner", 0, "");
	expect("dir/inner/", -ENOTDIR, "");
	expect("dir/", 0, "");
	expect("..", PXE_E_TRAVERSAL, "");
	expect("dir/../..", PXE_E_TRAVERSAL, "");
	expect("dir/../file", 0, "");
	close_image();
}
END_TEST

/* --- the index --- */

static void make_many(unsigned dirs, unsigned files)
{
	char name[40];

	maker_start(&m);
	for (unsigned i = 0; i < dirs; i++) {
		(void)snprintf(name, sizeof(name), "dir%u", i);
		(void)put_rock(&m, name, 2, 40 + 4 * i, 4 * SECTOR, NULL);
	}
	for (unsigned i = 0; i < dirs; i++) {
		put_dir(&m, 40 + 4 * i, 4 * SECTOR, 20);
		for (unsigned k = 0; k < files; k++) {
			(void)snprintf(name, sizeof(name), "file%u", k);
			(void)put_rock(&m, name, 0, 30, 1000 * i + k, NULL);
		}
	}
	m.size = 1 << 30;
}

/* The same answers with room for all indexes, for one, and for none. */
START_TEST(index_makes_no_difference)
{
	static const size_t room[] = {0, 8192, 1};
	unsigned reads[ROWS(room)];
	uint64_t state = 7;
	char path[40];

	make_many(10, 120);
	for (size_t r = 0; r < ROWS(room); r++) {
		open_with(PXE_ISO_BEST, room[r]);
		m.reads = 0;
		for (unsigned n = 0; n < 3000; n++) {
			unsigned i = (unsigned)(test_random(&state) % 10);
			unsigned k = (unsigned)(test_random(&state) % 130);
			struct pxe_iso_node node;
			int err = 0;

			(void)snprintf(path, sizeof(path), "dir%u/file%u", i, k);
			err = look(path, &node);
			MUST(err == (k < 120 ? 0 : PXE_E_NOTFOUND), "%s: %s", path,
			    pxe_strerror(err));
			MUST(err != 0 || node.size == 1000 * i + k, "%s: size", path);
		}
		reads[r] = m.reads;
		MUST(iso->index_len <= (room[r] > 0 ? room[r] : PXE_ISO_INDEX_DEFAULT) || r == 2,
		    "%zu bytes of index", iso->index_len);
		close_image();
	}
	ck_assert_uint_gt(reads[0], 0);
	ck_assert_uint_gt(reads[1], 0);
}
END_TEST

/* Of two entries of one name the first counts, with an index and without. */
START_TEST(first_of_equal_names)
{
	for (size_t r = 0; r < 2; r++) {
		maker_start(&m);
		(void)put_rock(&m, "same", 0, FILE_BLOCK, 1, NULL);
		(void)put_rock(&m, "same", 0, FILE_BLOCK, 2, NULL);
		(void)put_rock(&m, "other", 0, FILE_BLOCK, 3, NULL);
		open_with(PXE_ISO_BEST, r);
		ck_assert_uint_eq(find("same").size, 1);
		ck_assert_uint_eq(find("other").size, 3);
		close_image();
	}
}
END_TEST

CHECK_MAIN("proto/iso9660", what_is_in_the_image, listing, dates, names, longest_joliet_name,
    damages, records_of_others, child_link_to_a_copy, record_across_sectors, first_fault_counts,
    orders_that_disagree, short_image, cut_anywhere, reading_fails, other_names, small_blocks,
    behind_xa, files_over_4_gib, pieces_are_limited, pieces_around_damage, directory_is_limited,
    depth_is_limited, directories_in_a_circle, symlinks_are_limited, steps_are_limited,
    texts_are_limited, areas_are_limited, paths_are_limited, index_makes_no_difference,
    first_of_equal_names)
