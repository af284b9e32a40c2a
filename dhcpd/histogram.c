/* SPDX-License-Identifier: BSD-2-Clause */
/* histogram.c -- how often which duration or number came up. */
#include "dhcpd/histogram.h"

#include <inttypes.h>

const struct histogram_kind histogram_us = {
    .bound = {50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 10000000},
    .n = 16,
    .unit = 1e-6};
const struct histogram_kind histogram_size = {
    .bound = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768},
    .n = 16,
    .unit = 1};

void histogram_add(struct histogram *h, const struct histogram_kind *kind, uint64_t value)
{
	unsigned i = 0;

	while (i < kind->n && value > kind->bound[i])
		i++;
	h->bucket[i]++;
	h->sum += value;
	h->count++;
}

uint64_t histogram_at(const struct histogram *h, const struct histogram_kind *kind, double share)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < kind->n; i++) {
		seen += h->bucket[i];
		if (seen > 0 && (double)seen >= share * (double)h->count)
			return kind->bound[i];
	}
	return h->count > 0 ? kind->bound[kind->n - 1] : 0;
}

void histogram_metrics(struct pxe_text *t, const struct histogram *h,
    const struct histogram_kind *kind, const char *name, const char *help)
{
	uint64_t seen = 0;

	pxe_text_addf(t, "# TYPE %s histogram\n# HELP %s %s\n", name, name, help);
	for (unsigned i = 0; i < kind->n; i++) {
		seen += h->bucket[i];
		pxe_text_addf(t, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
		    (double)kind->bound[i] * kind->unit, seen);
	}
	pxe_text_addf(t, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, h->count);
	pxe_text_addf(t, "%s_sum %.9g\n%s_count %" PRIu64 "\n", name, (double)h->sum * kind->unit,
	    name, h->count);
}

void histogram_json(struct pxe_json *j, const struct histogram *h,
    const struct histogram_kind *kind, const char *key)
{
	pxe_json_open(j, key, '{');
	pxe_json_u64(j, "count", h->count);
	pxe_json_u64(j, "mean", h->count > 0 ? h->sum / h->count : 0);
	pxe_json_u64(j, "p50", histogram_at(h, kind, 0.5));
	pxe_json_u64(j, "p99", histogram_at(h, kind, 0.99));
	pxe_json_close(j, '}');
}
