/* SPDX-License-Identifier: BSD-2-Clause */
/* script.h -- a scenario file: its lines, its blocks, the words of a line. */
#pragma once

#include <stddef.h>

enum { SCRIPT_WORDS_MAX = 64 };

struct script {
	const char *path;
	char *text, *at; /* the file, and how far it is read */
	unsigned line;
};

/* A command line taken apart; words point into it. */
struct words {
	char *v[SCRIPT_WORDS_MAX];
	size_t n;
};

/* Read the file; ends the program when that fails. */
void script_open(struct script *s, const char *path);
void script_close(struct script *s);
/* The next line without its end; NULL at the end of the file. */
char *script_line(struct script *s);
/* Lines up to one that is just "}", as one string, to be freed. */
char *script_block(struct script *s);
/* Blanks separate words, quotes keep them together, # begins a comment. */
void words_split(char *line, struct words *out);
