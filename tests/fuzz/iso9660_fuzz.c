/* SPDX-License-Identifier: BSD-2-Clause */
/* iso9660_fuzz.c -- any image: nothing is read or given that lies outside, names are fit for paths,
 * and a lookup says the same with an index and without.
 *
 * An image is mostly zeros, in which a mutation does nothing, so the input is what is not: pieces
 * of a number (16 bits, little-endian: byte 32768 + 32 times that), a length (8 bits) and so many
 * bytes. iso9660_seed.py makes one of an image. */
#undef NDEBUG /* a fuzz build is a release build */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "libpxecommon/base/buf.h"
#include "libpxecommon/proto/iso9660.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 32768, UNIT = 32, BODY = 4096 * UNIT, DEPTH = 8, ENTRIES = 200 };

struct input {
	uint64_t size; /* of the image */
	unsigned entries;
	struct pxe_iso *iso, *slow; /* the same image; slow has no room for an index */
	uint8_t body[BODY];         /* the image behind HEAD; the head is zeros */
};

static int read_input(void *arg, uint64_t off, void *buf, size_t len)
{
	const struct input *in = arg;
	uint8_t *out = buf;

	assert(off <= in->size && len <= in->size - off && len > 0);
	for (; off < HEAD && len > 0; off++, len--)
		*out++ = 0;
	if (len > 0)
		memcpy(out, in->body + (off - HEAD), len);
	return 0;
}

static void check_node(const struct input *in, const struct pxe_iso_node *n)
{
	uint64_t sum = 0;

	assert(n->nextent <= PXE_ISO_EXTENTS_MAX && n->record < in->size);
	assert(n->kind == PXE_ISO_FILE || n->nextent == (n->kind == PXE_ISO_DIR ? 1 : 0));
	for (unsigned i = 0; i < n->nextent; i++) {
		const struct pxe_iso_extent *e = &n->extent[i];

		assert(e->length > 0 && e->offset <= in->size);
		assert(e->length <= in->size - e->offset);
		sum += e->length;
	}
	assert(sum == n->size);
}

/* Each way to ask for a path. Where the first entry of a name is good, so is the path of it. */
static void check_path(const struct input *in, const char *path, uint64_t record)
{
	struct pxe_iso_node a, b;
	int err = 0;

	for (unsigned i = 0; i < 6; i++) {
		enum pxe_iso_links links = (enum pxe_iso_links)(i / 2);

		err = pxe_iso_lookup(in->iso, path, links, i % 2 == 0, &a);
		assert((err == 0) == (pxe_iso_why(in->iso)[0] == '\0'));
		assert(pxe_iso_lookup(in->slow, path, links, i % 2 == 0, &b) == err);
		if (err != 0)
			continue;
		check_node(in, &a);
		assert(a.record == b.record && a.size == b.size && a.kind == b.kind);
		assert(i % 2 == 0 || a.record <= record || strchr(path, '/') != NULL);
	}
}

static void check_dir(struct input *in, const struct pxe_iso_node *dir, char *path, unsigned depth)
{
	struct pxe_iso_cursor cursor;
	struct pxe_iso_entry e;
	char target[PXE_ISO_LINK_MAX + 1];
	size_t len = strlen(path);
	int rc = pxe_iso_dir_start(in->iso, dir, &cursor);

	assert(rc == 0);
	while ((rc = pxe_iso_dir_next(in->iso, &cursor, &e)) != 0 && in->entries++ < ENTRIES) {
		if (rc < 0) {
			assert(pxe_iso_why(in->iso)[0] != '\0');
			continue;
		}
		check_node(in, &e.node);
		assert(e.name_len > 0 && e.name_len <= PXE_ISO_NAME_MAX);
		assert(strlen(e.name) == e.name_len && strchr(e.name, '/') == NULL);
		assert(strcmp(e.name, ".") != 0 && strcmp(e.name, "..") != 0);
		if (e.node.kind == PXE_ISO_LINK) {
			rc = pxe_iso_readlink(in->iso, &e.node, target, sizeof(target));
			assert(rc < 0 || (size_t)rc == strlen(target));
		}
		(void)snprintf(path + len, 4096 - len, "%s%s", len > 0 ? "/" : "", e.name);
		check_path(in, path, e.node.record);
		if (e.node.kind == PXE_ISO_DIR && depth < DEPTH)
			check_dir(in, &e.node, path, depth + 1);
		path[len] = '\0';
	}
}

static void check_image(struct input *in, enum pxe_iso_names names)
{
	struct pxe_iso_source source = {read_input, in, in->size};
	struct pxe_iso_opts opts = {names, 0, {1, 2}}, none = {names, 1, {1, 2}};
	struct pxe_iso_node root;
	char why[PXE_ISO_WHY_MAX] = "", path[4096] = "";
	int err = pxe_iso_new(&source, &opts, &in->iso, why, sizeof(why));

	assert((err == 0) == (why[0] == '\0'));
	if (err != 0)
		return;
	assert(pxe_iso_new(&source, &none, &in->slow, why, sizeof(why)) == 0);
	assert(pxe_iso_lookup(in->iso, ".", PXE_ISO_LINKS_NONE, false, &root) == 0);
	check_node(in, &root);
	in->entries = 0;
	check_dir(in, &root, path, 0);
	pxe_iso_free(in->iso);
	pxe_iso_free(in->slow);
}

static void take_pieces(struct input *in, const uint8_t *data, size_t size)
{
	struct pxe_rd rd = pxe_rd_init(data, size);

	memset(in->body, 0, sizeof(in->body));
	while (pxe_rd_left(&rd) > 3) {
		size_t at = pxe_rd_u8(&rd), n = 0;

		at = (at | (size_t)pxe_rd_u8(&rd) << 8) * UNIT % BODY;
		n = pxe_rd_u8(&rd);
		n = n < pxe_rd_left(&rd) ? n : pxe_rd_left(&rd);
		n = n < BODY - at ? n : BODY - at;
		pxe_rd_copy(&rd, in->body + at, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;

	take_pieces(&in, data, size);
	in.size = HEAD + BODY;
	for (int names = PXE_ISO_BEST; names <= PXE_ISO_PLAIN; names++)
		check_image(&in, (enum pxe_iso_names)names);
	return 0;
}
