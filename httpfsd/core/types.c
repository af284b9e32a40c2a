/* SPDX-License-Identifier: BSD-2-Clause */
/* types.c -- see types.h. */
#include "httpfsd/core/types.h"

static const struct type_rule builtin[] = {
    {".asc", "text/plain", false},
    {".bin", "application/octet-stream", false},
    {".bz2", "application/x-bzip2", true},
    {".cer", "application/pkix-cert", false},
    {".cfg", "text/plain", false},
    {".conf", "text/plain", false},
    {".crt", "application/x-x509-ca-cert", false},
    {".css", "text/css", false},
    {".csv", "text/csv", false},
    {".deb", "application/vnd.debian.binary-package", true},
    {".dsc", "text/plain", false},
    {".dtb", "application/octet-stream", false},
    {".efi", "application/efi", false}, /* exactly this: UEFI 2.10 24.7.4, some firmware insists */
    {".gif", "image/gif", true},
    {".gpg", "application/pgp-keys", false},
    {".gz", "application/gzip", true},
    {".htm", "text/html", false},
    {".html", "text/html", false},
    {".ico", "image/vnd.microsoft.icon", false},
    {".img", "application/octet-stream", true}, /* EDK2 falls back to the name's suffix */
    {".ipxe", "text/plain", false},
    {".iso", "application/x-iso9660-image", true},
    {".jpeg", "image/jpeg", true},
    {".jpg", "image/jpeg", true},
    {".js", "text/javascript", false},
    {".json", "application/json", false},
    {".ks", "text/plain", false},
    {".log", "text/plain", false},
    {".lz4", "application/x-lz4", true},
    {".md", "text/markdown", false},
    {".mjs", "text/javascript", false},
    {".pdf", "application/pdf", false},
    {".pem", "application/x-pem-file", false},
    {".png", "image/png", true},
    {".preseed", "text/plain", false},
    {".qcow2", "application/x-qemu-disk", true},
    {".repo", "text/plain", false},
    {".rpm", "application/x-rpm", true},
    {".seed", "text/plain", false},
    {".sh", "text/plain", false},
    {".sig", "application/pgp-signature", false},
    {".squashfs", "application/octet-stream", true},
    {".svg", "image/svg+xml", false},
    {".tar", "application/x-tar", true},
    {".tbz", "application/x-bzip2", true},
    {".tgz", "application/gzip", true},
    {".toml", "text/plain", false},
    {".treeinfo", "text/plain", false},
    {".txt", "text/plain", false},
    {".txz", "application/x-xz", true},
    {".udeb", "application/vnd.debian.binary-package", true},
    {".wim", "application/x-ms-wim", true},
    {".woff2", "font/woff2", true},
    {".xml", "application/xml", false},
    {".xz", "application/x-xz", true},
    {".yaml", "text/plain", false},
    {".yml", "text/plain", false},
    {".zck", "application/octet-stream", true},
    {".zip", "application/zip", true},
    {".zst", "application/zstd", true},
};

const struct type_rule *types_builtin(size_t i)
{
	return i < sizeof(builtin) / sizeof(builtin[0]) ? &builtin[i] : NULL;
}

static const struct type_rule *longest(
    const struct type_rule *rule, size_t n, struct slice name, size_t *best_len)
{
	const struct type_rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(rule[i].suffix);

		if (len <= *best_len || len > name.len ||
		    !slice_is_word(
			(struct slice){name.p + name.len - len, len}, rule[i].suffix, len))
			continue;
		best = &rule[i];
		*best_len = len;
	}
	return best;
}

static struct slice base_name(const char *name)
{
	const char *base = strrchr(name, '/');

	return slice_of(base != NULL ? base + 1 : name);
}

const char *types_of(const struct types *t, const char *name)
{
	struct slice s = base_name(name);
	size_t len = 0;
	const struct type_rule *rule = longest(t->own, t->nown, s, &len);

	len = 0;
	if (rule == NULL)
		rule = longest(builtin, sizeof(builtin) / sizeof(builtin[0]), s, &len);
	if (rule != NULL)
		return rule->type;
	return t->fallback != NULL ? t->fallback : "application/octet-stream";
}

bool types_is_packed(const char *name)
{
	size_t len = 0;
	const struct type_rule *rule =
	    longest(builtin, sizeof(builtin) / sizeof(builtin[0]), base_name(name), &len);

	return rule != NULL && rule->is_packed;
}
