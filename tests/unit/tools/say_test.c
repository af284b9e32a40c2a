/* SPDX-License-Identifier: BSD-2-Clause */
/* say_test.c -- what a person sees of events, names and tables. */
#include "libpxecommon/tools/say.h"

#include <string.h>
#include <time.h>

#include "libpxecommon/base/err.h"
#include "libpxecommon/tools/kind.h"
#include "libpxecommon/tools/table.h"
#include "tests/unit/check_main.h"

#define CLOCK "\"seq\":1,\"time\":45296.7890"

static const struct {
	const char *json, *plain;
} lines[] = {
    {"{\"daemon\":\"dhcpd\"," CLOCK ",\"stage\":\"offer\",\"reason\":\"ok\",\"mac\":"
     "\"52:54:00:12:34:56\",\"ip\":\"192.0.2.9\",\"interface\":\"eth1\",\"arch\":7,"
     "\"vendor_class\":\"PXEClient\",\"file\":\"shimx64.efi\"}",
	"12:34:56.789  dhcpd    52:54:00:12:34:56  OFFER 192.0.2.9 boot file shimx64.efi via eth1 "
	"arch 7 (PXEClient)"},
    {"{\"daemon\":\"dhcpd\"," CLOCK ",\"stage\":\"discover\",\"reason\":\"no-free-lease\",\"text\":"
     "\"every permitted address is in use\",\"mac\":\"52:54:00:12:34:56\",\"giaddr\":"
     "\"10.0.0.1\",\"interface\":\"eth1\",\"detail\":\"pool a\",\"where\":\"dhcpd.conf:3\"}",
	"12:34:56.789  dhcpd    52:54:00:12:34:56  DISCOVER via 10.0.0.1: every permitted address "
	"is in use (pool a) [dhcpd.conf:3]"},
    {"{\"daemon\":\"relayd\"," CLOCK ",\"stage\":\"relay-request\",\"reason\":\"ok\",\"mac\":"
     "\"52:54:00:12:34:56\",\"interface\":\"eth1\",\"detail\":\"DISCOVER to 10.0.0.5\"}",
	"12:34:56.789  relayd   52:54:00:12:34:56  RELAY-REQUEST via eth1, DISCOVER to 10.0.0.5"},
    {"{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"tftp-read\",\"reason\":\"ok\",\"ip\":"
     "\"192.0.2.9\",\"file\":\"pxelinux.0\",\"bytes\":42430,\"size\":42430,\"duration\":0.02,"
     "\"retransmits\":3}",
	"12:34:56.789  tftpd    192.0.2.9          TFTP pxelinux.0, 42.4 kB in 0.020 s (2.1 MB/s), "
	"3 resent"},
    {"{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"tftp-read\",\"reason\":\"ok\",\"ip\":"
     "\"192.0.2.9\",\"file\":\"grubx64.efi\",\"bytes\":3800000,\"size\":3800000,\"duration\":6.6,"
     "\"blksize\":512}",
	"12:34:56.789  tftpd    192.0.2.9          TFTP grubx64.efi, 3.8 MB in 6.600 s (575.8 "
	"kB/s), slow: the client takes blocks of 512 bytes"},
    {"{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"tftp-read\",\"reason\":\"timeout\",\"text\":"
     "\"the client stopped answering\",\"ip\":\"192.0.2.9\",\"file\":\"initrd.img\",\"bytes\":"
     "1000000,\"size\":39000000,\"duration\":30}",
	"12:34:56.789  tftpd    192.0.2.9          TFTP initrd.img, 1.0 MB of 39.0 MB in 30.000 s "
	"(33.3 kB/s): the client stopped answering"},
    {"{\"daemon\":\"httpfsd\"," CLOCK ",\"stage\":\"http\",\"reason\":\"not-found\",\"text\":"
     "\"no such file\",\"ip\":\"192.0.2.9\",\"file\":\"/ks\\u001b[2J\\u009b.cfg\",\"status\":404}",
	"12:34:56.789  httpfsd  192.0.2.9          HTTP 404 /ks\\x1b[2J\\xc2\\x9b.cfg: no such "
	"file"},
    {"{\"daemon\":\"httpfsd\"," CLOCK ",\"stage\":\"http\",\"reason\":\"ok\",\"ip\":"
     "\"192.0.2.9\",\"file\":\"/\\u00fcber\",\"status\":200}",
	"12:34:56.789  httpfsd  192.0.2.9          HTTP 200 /\xc3\xbc"
	"ber"},
    {"{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"service\",\"reason\":\"started\",\"text\":"
     "\"service started\",\"detail\":\"root /srv\"}",
	"12:34:56.789  tftpd    -                  service started (root /srv)"},
    {"{\"daemon\":\"dhcpd\"," CLOCK ",\"stage\":\"teleport\",\"reason\":\"quantum\",\"mac\":"
     "\"52:54:00:12:34:56\"}",
	"12:34:56.789  dhcpd    52:54:00:12:34:56  TELEPORT: quantum"},
    /* A daemon that was taken over, and root's terminal. */
    {"{\"daemon\":\"d\\u001bc\"," CLOCK
     ",\"stage\":\"\\u001b[2J\",\"reason\":\"ok\",\"mac\":\"\\u0007\"}",
	"12:34:56.789  d\\x1bc   \\x07               \\x1b[2J"},
};

static void say(const char *json, bool colour, char *out, size_t cap)
{
	struct pxe_text t = pxe_text_init(out, cap);
	struct record r;

	ck_assert_int_eq(record_parse(json, strlen(json), &r), 0);
	say_record(&t, &r, colour);
	record_fini(&r);
}

START_TEST(events_are_one_line)
{
	char line[1024];

	(void)setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < ROWS(lines); i++) {
		say(lines[i].json, false, line, sizeof(line));
		ck_assert_str_eq(line, lines[i].plain);
	}
}
END_TEST

START_TEST(colour_tells_trouble)
{
	char line[1024];

	say(lines[1].json, true, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "\x1b[31mDISCOVER"));
	ck_assert_str_eq(line + strlen(line) - 4, "\x1b[0m");
	say(lines[3].json, true, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "\x1b[32mTFTP"));
	/* A miss that every boot has is no trouble. */
	say("{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"tftp-read\",\"reason\":\"not-found\","
	    "\"ip\":\"192.0.2.9\",\"file\":\"pxelinux.cfg/C0A8\"}",
	    true, line, sizeof(line));
	ck_assert_ptr_nonnull(
	    strstr(line, "\x1b[2mTFTP pxelinux.cfg/C0A8: not there, it tries on\x1b[0m"));
	say("{\"daemon\":\"tftpd\"," CLOCK ",\"stage\":\"tftp-read\",\"reason\":\"not-found\","
	    "\"ip\":\"192.0.2.9\",\"file\":\"pxelinux.cfg/default\"}",
	    true, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "\x1b[31mTFTP"));
}
END_TEST

START_TEST(sizes_are_short)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {{0, "0 B"}, {999, "999 B"}, {1000, "1.0 kB"}, {42430, "42.4 kB"},
	    {999949, "999.9 kB"}, {999951, "1.0 MB"}, {39000000, "39.0 MB"}, {4700000000, "4.7 GB"},
	    {UINT64_MAX, "18.4 EB"}};

	for (size_t i = 0; i < ROWS(sizes); i++) {
		char text[32];
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		say_bytes(&t, sizes[i].bytes);
		ck_assert_str_eq(text, sizes[i].text);
	}
}
END_TEST

START_TEST(text_is_safe_for_terminals)
{
	static const struct {
		const char *raw, *shown;
	} texts[] = {
	    {"plain", "plain"}, {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	    {"\xe4\xbd\xa0", "\xe4\xbd\xa0"}, {"a\nb\x7f", "a\\x0ab\\x7f"},
	    {"\xc2\x9b"
	     "2J",
		"\\xc2\\x9b2J"}, /* CSI as one character */
	    {"\xe2\x80\xae"
	     "txt",
		"\\xe2\\x80\\xaetxt"},           /* right-to-left override */
	    {"\xc0\xaf", "\\xc0\\xaf"},          /* overlong */
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
	    {"\xff\xc3", "\\xff\\xc3"},          /* cut off */
	};

	for (size_t i = 0; i < ROWS(texts); i++) {
		char text[64];
		struct pxe_text t = pxe_text_init(text, sizeof(text));

		say_escaped(&t, texts[i].raw);
		ck_assert_str_eq(text, texts[i].shown);
	}
}
END_TEST

START_TEST(names_tell_what_files_are)
{
	static const struct {
		const char *file;
		bool is_http, kernel_seen;
		enum kind kind;
	} files[] = {
	    {"pxelinux.0", false, false, KIND_LOADER},
	    {"EFI/BOOT/BOOTX64.EFI", false, false, KIND_LOADER},
	    {"menu.c32", false, false, KIND_LOADER},
	    {"boot/grub/x86_64-efi/linux.mod", false, false, KIND_LOADER},
	    {"pxelinux.cfg/01-52-54-00-12-34-56", false, false, KIND_CONFIG},
	    {"grub/grub.cfg-01-52-54-00-12-34-56", false, false, KIND_CONFIG},
	    {"boot.ipxe", true, false, KIND_CONFIG},
	    {"centos7/vmlinuz", false, false, KIND_KERNEL},
	    {"debian-installer/amd64/linux", false, false, KIND_KERNEL},
	    {"initrd.gz", false, false, KIND_INITRD},
	    {"images/pxeboot/initrd.img", true, true, KIND_INITRD},
	    {"/preseed.cfg", true, true, KIND_ANSWER},
	    {"/ks/web01.cfg", true, true, KIND_ANSWER},
	    {"/centos7.cfg", true, true, KIND_ANSWER},
	    {"/centos7.cfg", true, false, KIND_OTHER},
	    {"/centos7.cfg", false, true, KIND_OTHER},
	    {"/autoinstall/user-data", true, true, KIND_ANSWER},
	    {"/centos7/images/install.img", true, true, KIND_REPO},
	    {"/dists/bookworm/Release", true, true, KIND_REPO},
	    {"/pool/a.udeb", true, true, KIND_REPO},
	    {"readme", false, false, KIND_OTHER},
	};

	for (size_t i = 0; i < ROWS(files); i++) {
		enum kind kind = kind_of(files[i].file, files[i].is_http, files[i].kernel_seen);

		MUST(kind == files[i].kind, "%s is taken for a %s", files[i].file, kind_name(kind));
	}
	ck_assert(kind_is_search("pxelinux.cfg/C0A8"));
	ck_assert(kind_is_search("/grub/x86_64-efi/command.lst"));
	ck_assert(!kind_is_search("pxelinux.cfg/default"));
	ck_assert(!kind_is_search("pxelinux.0"));
}
END_TEST

START_TEST(other_json_is_no_event)
{
	static const char *const texts[] = {"", "{", "[]", "17", "{\"end\":true}",
	    "{\"daemon\":\"x\",\"stage\":\"offer\"}", "{\"daemon\":1,\"stage\":2,\"reason\":3}",
	    "{\"daemon\":\"x\",\"stage\":\"offer\",\"reason\":\"ok\"} x"};
	struct record r;

	for (size_t i = 0; i < ROWS(texts); i++)
		MUST(record_parse(texts[i], strlen(texts[i]), &r) == PXE_E_SYNTAX, "%s", texts[i]);
}
END_TEST

static void append(const char *line, void *arg)
{
	pxe_text_add(arg, line);
	pxe_text_addc(arg, '\n');
}

START_TEST(tables_have_every_column)
{
	static const char *const rows[] = {"{\"ip\":\"192.0.2.9\",\"state\":\"active\"}",
	    "{\"ip\":\"192.0.2.10\",\"state\":\"free\",\"host\":\"\xc3\xbc\\u001b\"}", "[1]", "no",
	    "{\"ip\":1,\"state\":true,\"host\":{\"a\":[1.5]},\"ends\":45296}"};
	struct table *t = table_new();
	char text[1024];
	struct pxe_text out = pxe_text_init(text, sizeof(text));

	(void)setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_ptr_nonnull(t);
	table_show(t, append, &out);
	ck_assert_str_eq(text, "");
	for (size_t i = 0; i < ROWS(rows); i++)
		ck_assert_int_eq(table_add(t, rows[i], strlen(rows[i])), 0);
	ck_assert_uint_eq(table_rows(t), 3);
	table_show(t, append, &out);
	ck_assert_str_eq(text, "IP          STATE   HOST         ENDS\n"
			       "192.0.2.9   active  -            -\n"
			       "192.0.2.10  free    \xc3\xbc\\x1b        -\n"
			       "1           yes     {\"a\":[1.5]}  1970-01-01 12:34:56\n");
	table_free(t);
}
END_TEST

CHECK_MAIN("tools/say", events_are_one_line, colour_tells_trouble, sizes_are_short,
    text_is_safe_for_terminals, names_tell_what_files_are, other_json_is_no_event,
    tables_have_every_column)
