/* SPDX-License-Identifier: BSD-2-Clause */
/* file_reader.h -- a conf_read_fn over real files. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static inline int file_read(void *arg, const char *path, char **out_text, size_t *out_len)
{
	FILE *f = fopen(path, "rb");
	long size = 0;
	int err = 0;

	(void)arg;
	if (f == NULL)
		return -errno;
	if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		err = -EIO;
	} else {
		*out_text = malloc((size_t)size + 1);
		*out_len = *out_text != NULL ? fread(*out_text, 1, (size_t)size, f) : 0;
		err = *out_text != NULL ? 0 : -ENOMEM;
	}
	(void)fclose(f);
	return err;
}
