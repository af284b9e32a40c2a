/* SPDX-License-Identifier: BSD-2-Clause */
/* script.c -- a scenario file. */
#include "script.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void script_open(struct script *s, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0, cap = 1 << 20;

	s->path = path;
	s->line = 0;
	s->text = s->at = malloc(cap);
	if (f == NULL || s->text == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	n = fread(s->text, 1, cap - 1, f);
	s->text[n] = '\0';
	(void)fclose(f);
}

void script_close(struct script *s)
{
	free(s->text);
}

char *script_line(struct script *s)
{
	char *line = s->at, *end = NULL;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	if (end != NULL) {
		*end = '\0';
		s->at = end + 1;
	} else {
		s->at = line + strlen(line);
	}
	s->line++;
	return line;
}

char *script_block(struct script *s)
{
	size_t cap = strlen(s->at) + 2, len = 0;
	char *text = malloc(cap), *line = NULL;

	if (text == NULL)
		abort();
	while ((line = script_line(s)) != NULL && strcmp(line, "}") != 0) {
		size_t n = strlen(line);

		memcpy(text + len, line, n);
		len += n;
		text[len++] = '\n';
	}
	text[len] = '\0';
	return text;
}

void words_split(char *line, struct words *out)
{
	char *p = line;

	out->n = 0;
	while (out->n < SCRIPT_WORDS_MAX) {
		char *to = NULL;
		bool quoted = false;

		while (*p == ' ' || *p == '\t')
			p++;
		if (*p == '\0' || *p == '#')
			return;
		out->v[out->n++] = to = p;
		for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++) {
			if (p[0] == '\\' && p[1] == '"')
				*to++ = *++p;
			else if (*p == '"')
				quoted = !quoted;
			else
				*to++ = *p;
		}
		if (*p != '\0')
			p++;
		*to = '\0';
	}
}
