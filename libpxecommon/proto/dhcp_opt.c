/* SPDX-License-Identifier: BSD-2-Clause */
/* dhcp_opt.c -- the registry of option spaces and definitions.
 *
 * Built-in ones are looked up in the generated table. What a configuration adds lies over it: one
 * overlay for each space it touches, with its own indices by name and by code, asked first. The
 * indices are sorted arrays that double in the arena; a configuration defines hundreds of options
 * at most, once.
 */
#include "libpxecommon/proto/dhcp_opt.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "libpxecommon/proto/dhcp_opt_table.h"

/* Borrowed pointers, sorted in a way only the user of the vector knows. */
struct vec {
	const void **v;
	size_t n, cap;
};

/* User definitions of one space. */
struct overlay {
	struct vec by_name;  /* the last definition of each name */
	struct vec by_code;  /* the last definition of each code */
	struct vec in_order; /* all */
};

struct pxe_opt_registry {
	struct pxe_arena *arena;
	struct vec spaces;         /* user spaces in order of id */
	struct vec spaces_by_name; /* the same in order of name */
	struct vec overlays;       /* by id of the space; NULL where nothing was defined */
};

struct pxe_opt_registry *pxe_opt_registry_new(struct pxe_arena *arena)
{
	struct pxe_opt_registry *reg = pxe_arena_alloc(arena, sizeof(*reg));

	if (reg != NULL)
		reg->arena = arena;
	return reg;
}

/* ---- sorted vectors ---- */

/* Order of key and an element. */
typedef int (*compare_fn)(const void *key, const void *element);

/* Index of the first element not below key; *out_hit when it equals key. */
static size_t search(const struct vec *vec, const void *key, compare_fn compare, bool *out_hit)
{
	size_t lo = 0, hi = vec->n;

	*out_hit = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(key, vec->v[mid]);

		if (c == 0)
			*out_hit = true;
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const void *vec_find(const struct vec *vec, const void *key, compare_fn compare)
{
	bool hit = false;
	size_t at = search(vec, key, compare, &hit);

	return hit ? vec->v[at] : NULL;
}

/* Room for one more element. */
static int vec_grow(struct pxe_arena *arena, struct vec *vec)
{
	size_t cap = vec->cap > 0 ? vec->cap * 2 : 8;
	const void **v = NULL;

	if (vec->n < vec->cap)
		return 0;
	v = pxe_arena_alloc(arena, cap * sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	if (vec->n > 0)
		memcpy(v, vec->v, vec->n * sizeof(*v));
	vec->v = v;
	vec->cap = cap;
	return 0;
}

/* Put an element in its place; one with the same key gives way. The vector has been grown. */
static void vec_put(struct vec *vec, const void *key, compare_fn compare, const void *element)
{
	bool hit = false;
	size_t at = search(vec, key, compare, &hit);

	if (!hit) {
		memmove(vec->v + at + 1, vec->v + at, (vec->n - at) * sizeof(*vec->v));
		vec->n++;
	}
	vec->v[at] = element;
}

/* A name that need not end where the string does. */
struct slice {
	const char *p;
	size_t len;
};

static int space_name_order(const void *key, const void *element)
{
	const struct slice *name = key;
	const struct pxe_opt_space *space = element;
	int c = strncasecmp(name->p, space->name, name->len);

	return c != 0 ? c : -(space->name[name->len] != '\0');
}

static int def_name_order(const void *key, const void *element)
{
	return strcasecmp(key, ((const struct pxe_opt_def *)element)->name);
}

static int def_code_order(const void *key, const void *element)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct pxe_opt_def *)element)->code;

	return (a > b) - (a < b);
}

/* ---- spaces ---- */

const struct pxe_opt_space *pxe_opt_space_dhcp(void)
{
	return &pxe_opt_table.space[0];
}

static const struct pxe_opt_space *find_space(const struct pxe_opt_registry *reg, struct slice name)
{
	for (size_t i = 0; i < pxe_opt_table.nspace; i++) {
		if (space_name_order(&name, &pxe_opt_table.space[i]) == 0)
			return &pxe_opt_table.space[i];
	}
	return reg != NULL ? vec_find(&reg->spaces_by_name, &name, space_name_order) : NULL;
}

const struct pxe_opt_space *pxe_opt_space_find(const struct pxe_opt_registry *reg, const char *name)
{
	return find_space(reg, (struct slice){name, strlen(name)});
}

const struct pxe_opt_space *pxe_opt_space_at(const struct pxe_opt_registry *reg, size_t i)
{
	if (i < pxe_opt_table.nspace)
		return &pxe_opt_table.space[i];
	i -= pxe_opt_table.nspace;
	return reg != NULL && i < reg->spaces.n ? reg->spaces.v[i] : NULL;
}

static bool code_width_is_right(unsigned width)
{
	return width == 1 || width == 2 || width == 4;
}

int pxe_opt_space_add(struct pxe_opt_registry *reg, const char *name, unsigned code_width,
    unsigned len_width, const struct pxe_opt_space **out_space)
{
	struct slice key = {name, strlen(name)};
	const struct pxe_opt_space *known = find_space(reg, key);
	struct pxe_opt_space *space = NULL;

	if (!code_width_is_right(code_width) || (len_width != 0 && !code_width_is_right(len_width)))
		return PXE_E_RANGE;
	if (known != NULL) {
		*out_space = known;
		return PXE_E_EXISTS;
	}
	space = pxe_arena_alloc(reg->arena, sizeof(*space));
	if (space == NULL || vec_grow(reg->arena, &reg->spaces) != 0 ||
	    vec_grow(reg->arena, &reg->spaces_by_name) != 0)
		return -ENOMEM;
	*space = (struct pxe_opt_space){
	    .name = pxe_arena_strdup(reg->arena, name),
	    .code_width = (uint8_t)code_width,
	    .len_width = (uint8_t)len_width,
	    .has_pad_end = code_width == 1,
	    .is_user = true,
	    .id = (uint32_t)(pxe_opt_table.nspace + reg->spaces.n),
	};
	if (space->name == NULL)
		return -ENOMEM;
	reg->spaces.v[reg->spaces.n++] = space;
	vec_put(&reg->spaces_by_name, &key, space_name_order, space);
	*out_space = space;
	return 0;
}

/* The registry's own of a space that it made. */
static struct pxe_opt_space *user_space(
    struct pxe_opt_registry *reg, const struct pxe_opt_space *space)
{
	return (struct pxe_opt_space *)reg->spaces.v[space->id - pxe_opt_table.nspace];
}

/* ---- lookups ---- */

/* What the configuration defined in a space; NULL when nothing. */
static const struct overlay *overlay_of(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space)
{
	return reg != NULL && space->id < reg->overlays.n ? reg->overlays.v[space->id] : NULL;
}

/* The built-in definitions of a space. */
static struct pxe_opt_range range_of(const struct pxe_opt_space *space)
{
	return space->id < pxe_opt_table.nspace ? pxe_opt_table.range[space->id]
						: (struct pxe_opt_range){0, 0};
}

static const struct pxe_opt_def *builtin_by_name(
    const struct pxe_opt_space *space, const char *name)
{
	struct pxe_opt_range range = range_of(space);
	const uint16_t *index = pxe_opt_table.by_name + range.first;
	size_t lo = 0, hi = range.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct pxe_opt_def *def = &pxe_opt_table.def[index[mid]];
		int c = strcasecmp(name, def->name);

		if (c == 0)
			return def;
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct pxe_opt_def *builtin_by_code(const struct pxe_opt_space *space, uint32_t code)
{
	struct pxe_opt_range range = range_of(space);
	const struct pxe_opt_def *def = pxe_opt_table.def + range.first;
	size_t lo = 0, hi = range.n;

	if (space->id == 0) {
		uint8_t row = code <= 255 ? pxe_opt_table.dhcp_row[code] : 0;

		return row != 0 ? &pxe_opt_table.def[row - 1] : NULL;
	}
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (def[mid].code == code)
			return &def[mid];
		if (def[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct pxe_opt_def *pxe_opt_by_name(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, const char *name)
{
	const struct overlay *overlay = overlay_of(reg, space);
	const struct pxe_opt_def *def = NULL;

	if (overlay != NULL)
		def = vec_find(&overlay->by_name, name, def_name_order);
	return def != NULL ? def : builtin_by_name(space, name);
}

const struct pxe_opt_def *pxe_opt_by_code(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, uint32_t code)
{
	const struct overlay *overlay = overlay_of(reg, space);
	const struct pxe_opt_def *def = NULL;

	if (overlay != NULL)
		def = vec_find(&overlay->by_code, &code, def_code_order);
	return def != NULL ? def : builtin_by_code(space, code);
}

const struct pxe_opt_def *pxe_opt_at(
    const struct pxe_opt_registry *reg, const struct pxe_opt_space *space, size_t i)
{
	const struct overlay *overlay = overlay_of(reg, space);
	struct pxe_opt_range range = range_of(space);

	if (i < range.n)
		return &pxe_opt_table.def[range.first + i];
	i -= range.n;
	return overlay != NULL && i < overlay->in_order.n ? overlay->in_order.v[i] : NULL;
}

/* ---- definitions ---- */

static bool is_pad_or_end(const struct pxe_opt_space *space, uint64_t code)
{
	return space->has_pad_end && (code == 0 || code == 255);
}

/* Can the space hold an option of this code? */
static bool code_fits(const struct pxe_opt_space *space, uint64_t code)
{
	if (is_pad_or_end(space, code) && !space->is_user)
		return false;
	return code <= UINT64_C(0xffffffff) >> (32 - 8 * space->code_width);
}

/* Types that take all that is left, so nothing can follow or repeat. */
static bool takes_the_rest(enum pxe_opt_type type)
{
	switch (type) {
	case PXE_OPT_TEXT:
	case PXE_OPT_STRING:
	case PXE_OPT_DOMAINS:
	case PXE_OPT_DOMAINS_COMPRESSED:
	case PXE_OPT_ENCAPSULATE:
	case PXE_OPT_ZEROLEN:
		return true;
	default:
		return false;
	}
}

static bool field_is_right(const struct pxe_opt_def *def, const struct pxe_opt_field *field)
{
	bool is_last = field == def->field + def->nfield - 1;

	switch (field->type) {
	case PXE_OPT_ENUM:
		return field->word != NULL && code_width_is_right(field->width);
	case PXE_OPT_ZEROLEN:
		return def->nfield == 1 && def->array == PXE_OPT_SINGLE;
	case PXE_OPT_ENCAPSULATE:
		if (def->encap == NULL)
			return false;
		break;
	case PXE_OPT_DOMAIN:
		break;
	default:
		if (!takes_the_rest(field->type) && pxe_opt_type_size(field->type) == 0)
			return false; /* no type of ours */
		break;
	}
	return !takes_the_rest(field->type) || (is_last && def->array == PXE_OPT_SINGLE);
}

static int check_def(const struct pxe_opt_def *def)
{
	if (def->nfield == 0 || def->field == NULL)
		return PXE_E_SYNTAX;
	if (def->nfield > PXE_OPT_FIELDS_MAX)
		return PXE_E_LIMIT;
	for (unsigned i = 0; i < def->nfield; i++) {
		if (!field_is_right(def, &def->field[i]))
			return PXE_E_SYNTAX;
	}
	return code_fits(def->space, def->code) ? 0 : PXE_E_RANGE;
}

/* A copy of a word list in the arena; NULL when out of memory. */
static const struct pxe_opt_word *copy_words(
    struct pxe_arena *arena, const struct pxe_opt_word *words)
{
	struct pxe_opt_word *copy = NULL;
	size_t n = 0;

	while (words[n].name != NULL)
		n++;
	copy = pxe_arena_memdup(arena, words, (n + 1) * sizeof(*words));
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		copy[i].name = pxe_arena_strdup(arena, words[i].name);
		if (copy[i].name == NULL)
			return NULL;
	}
	return copy;
}

/* A definition of the configuration's own in the arena; NULL when out of memory. */
static const struct pxe_opt_def *copy_def(struct pxe_arena *arena, const struct pxe_opt_def *def)
{
	struct pxe_opt_def *copy = pxe_arena_memdup(arena, def, sizeof(*def));
	struct pxe_opt_field *field =
	    pxe_arena_memdup(arena, def->field, def->nfield * sizeof(*def->field));

	if (copy == NULL || field == NULL)
		return NULL;
	for (unsigned i = 0; i < def->nfield; i++) {
		if (field[i].type != PXE_OPT_ENUM)
			continue;
		field[i].word = copy_words(arena, field[i].word);
		if (field[i].word == NULL)
			return NULL;
	}
	copy->field = field;
	copy->name = pxe_arena_strdup(arena, def->name);
	copy->encap = def->encap != NULL ? pxe_arena_strdup(arena, def->encap) : NULL;
	copy->rfc = NULL;
	copy->is_user = true;
	if (copy->name == NULL || (def->encap != NULL && copy->encap == NULL))
		return NULL;
	return copy;
}

/* The overlay of a space, made at its first definition; NULL when out of memory. */
static struct overlay *overlay_for(struct pxe_opt_registry *reg, const struct pxe_opt_space *space)
{
	struct overlay *overlay = NULL;

	while (reg->overlays.n <= space->id) {
		if (vec_grow(reg->arena, &reg->overlays) != 0)
			return NULL;
		reg->overlays.v[reg->overlays.n++] = NULL;
	}
	overlay = (struct overlay *)reg->overlays.v[space->id];
	if (overlay == NULL) {
		overlay = pxe_arena_alloc(reg->arena, sizeof(*overlay));
		reg->overlays.v[space->id] = overlay;
	}
	return overlay;
}

/* Define an option; one that came from "unknown-N" gets no name of its own, so that it follows
 * whatever its code is defined as later. */
static int define(struct pxe_opt_registry *reg, const struct pxe_opt_def *def, bool is_named,
    const struct pxe_opt_def **out_def)
{
	const struct pxe_opt_def *copy = NULL;
	struct overlay *overlay = overlay_for(reg, def->space);

	if (overlay == NULL || vec_grow(reg->arena, &overlay->by_name) != 0 ||
	    vec_grow(reg->arena, &overlay->by_code) != 0 ||
	    vec_grow(reg->arena, &overlay->in_order) != 0)
		return -ENOMEM;
	copy = copy_def(reg->arena, def);
	if (copy == NULL)
		return -ENOMEM;
	/* Juniper's boxes have an option 0: a space that says so has neither PAD nor END. */
	if (is_pad_or_end(def->space, def->code))
		user_space(reg, def->space)->has_pad_end = false;
	if (is_named)
		vec_put(&overlay->by_name, copy->name, def_name_order, copy);
	vec_put(&overlay->by_code, &copy->code, def_code_order, copy);
	overlay->in_order.v[overlay->in_order.n++] = copy;
	*out_def = copy;
	return 0;
}

int pxe_opt_define(
    struct pxe_opt_registry *reg, const struct pxe_opt_def *def, const struct pxe_opt_def **out_def)
{
	struct pxe_opt_def plain = *def;
	int err = check_def(def);

	if (err != 0)
		return err;
	/* With one field both kinds of array are the same; one spelling is enough. */
	if (plain.array == PXE_OPT_ARRAY_LAST && plain.nfield == 1)
		plain.array = PXE_OPT_ARRAY_RECORD;
	return define(reg, &plain, true, out_def);
}

/* ---- names as configurations write them ---- */

bool pxe_opt_unknown_code(const struct pxe_opt_space *space, const char *name, uint32_t *out_code)
{
	static const char prefix[] = "unknown-";
	uint64_t code = 0;

	if (strncasecmp(name, prefix, sizeof(prefix) - 1) != 0 ||
	    pxe_parse_u64(name + sizeof(prefix) - 1, 0, UINT32_MAX, &code) != 0 ||
	    !code_fits(space, code))
		return false;
	*out_code = (uint32_t)code;
	return true;
}

/* The option a configuration calls unknown-N, made when nothing has its code yet. */
static int lookup_unknown(struct pxe_opt_registry *reg, const struct pxe_opt_space *space,
    const char *name, uint32_t code, const struct pxe_opt_def **out_def)
{
	static const struct pxe_opt_field string = {.type = PXE_OPT_STRING};
	const struct pxe_opt_def *known = pxe_opt_by_code(reg, space, code);
	const struct pxe_opt_def def = {
	    .name = name, .space = space, .code = code, .nfield = 1, .field = &string};

	if (known == NULL && reg != NULL && !space->is_virtual)
		return define(reg, &def, false, out_def);
	if (known == NULL)
		return PXE_E_NOTFOUND;
	*out_def = known;
	return 0;
}

int pxe_opt_lookup(struct pxe_opt_registry *reg, const char *qualified,
    const struct pxe_opt_def **out_def, const struct pxe_opt_space **out_space)
{
	const char *dot = strchr(qualified, '.');
	const char *name = dot != NULL ? dot + 1 : qualified;
	const struct pxe_opt_space *space = pxe_opt_space_dhcp();
	const struct pxe_opt_def *def = NULL;
	uint32_t code = 0;

	if (dot != NULL)
		space = find_space(reg, (struct slice){qualified, (size_t)(dot - qualified)});
	*out_space = space;
	if (space == NULL)
		return PXE_E_NOTFOUND;
	def = pxe_opt_by_name(reg, space, name);
	if (def == NULL && pxe_opt_unknown_code(space, name, &code))
		return lookup_unknown(reg, space, name, code, out_def);
	if (def == NULL)
		return PXE_E_NOTFOUND;
	*out_def = def;
	return 0;
}
