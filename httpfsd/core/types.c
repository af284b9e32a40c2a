/* SPDX-License-Identifier: BSD-2-Clause */
/* types.c -- see types.h. */
#include "httpfsd/core/types.h"

static const struct type_rule builtin[] = {
    {".asc", "text/plain"},
    {".bin", "application/octet-stream"},
    {".bz2", "application/x-bzip2"},
    {".cer", "application/pkix-cert"},
    {".cfg", "text/plain"},
    {".conf", "text/plain"},
    {".crt", "application/x-x509-ca-cert"},
    {".css", "text/css"},
    {".csv", "text/csv"},
    {".deb", "application/vnd.debian.binary-package"},
    {".dsc", "text/plain"},
    {".dtb", "application/octet-stream"},
    {".efi", "application/efi"}, /* exactly this: UEFI 2.10 24.7.4, some firmware insists */
    {".gif", "image/gif"},
    {".gpg", "application/pgp-keys"},
    {".gz", "application/gzip"},
    {".htm", "text/html"},
    {".html", "text/html"},
    {".ico", "image/vnd.microsoft.icon"},
    {".img", "application/octet-stream"}, /* EDK2 falls back to the name's suffix */
    {".ipxe", "text/plain"},
    {".iso", "application/x-iso9660-image"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript"},
    {".json", "application/json"},
    {".ks", "text/plain"},
    {".log", "text/plain"},
    {".lz4", "application/x-lz4"},
    {".md", "text/markdown"},
    {".mjs", "text/javascript"},
    {".pdf", "application/pdf"},
    {".pem", "application/x-pem-file"},
    {".png", "image/png"},
    {".preseed", "text/plain"},
    {".qcow2", "application/x-qemu-disk"},
    {".repo", "text/plain"},
    {".rpm", "application/x-rpm"},
    {".seed", "text/plain"},
    {".sh", "text/plain"},
    {".sig", "application/pgp-signature"},
    {".squashfs", "application/octet-stream"},
    {".svg", "image/svg+xml"},
    {".tar", "application/x-tar"},
    {".tbz", "application/x-bzip2"},
    {".tgz", "application/gzip"},
    {".toml", "text/plain"},
    {".treeinfo", "text/plain"},
    {".txt", "text/plain"},
    {".txz", "application/x-xz"},
    {".udeb", "application/vnd.debian.binary-package"},
    {".wim", "application/x-ms-wim"},
    {".woff2", "font/woff2"},
    {".xml", "application/xml"},
    {".xz", "application/x-xz"},
    {".yaml", "text/plain"},
    {".yml", "text/plain"},
    {".zck", "application/octet-stream"},
    {".zip", "application/zip"},
    {".zst", "application/zstd"},
};

const struct type_rule *types_builtin(size_t i)
{
	return i < sizeof(builtin) / sizeof(builtin[0]) ? &builtin[i] : NULL;
}

static const char *longest(
    const struct type_rule *rule, size_t n, struct slice name, size_t *best_len)
{
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(rule[i].suffix);

		if (len <= *best_len || len > name.len ||
		    !slice_is_word(
			(struct slice){name.p + name.len - len, len}, rule[i].suffix, len))
			continue;
		best = rule[i].type;
		*best_len = len;
	}
	return best;
}

const char *types_of(const struct types *t, const char *name)
{
	const char *base = strrchr(name, '/');
	struct slice s = slice_of(base != NULL ? base + 1 : name);
	size_t len = 0;
	const char *type = longest(t->own, t->nown, s, &len);

	len = 0;
	if (type == NULL)
		type = longest(builtin, sizeof(builtin) / sizeof(builtin[0]), s, &len);
	if (type == NULL)
		type = t->fallback != NULL ? t->fallback : "application/octet-stream";
	return type;
}
