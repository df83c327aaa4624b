#include "event/values.h"

#include "base/utf8.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES_MAX = 64, VALUES_MAX = 64 };

static bool key_allowed(const char *key)
{
	size_t n = strlen(key);
	return n > 0 && n <= KEY_BYTES_MAX &&
	       strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == n;
}

static struct value *find(const struct values *values, const char *key)
{
	for (size_t i = 0; i < values->count; i++)
		if (strcmp(values->items[i].key, key) == 0)
			return &values->items[i];
	return NULL;
}

static struct value *add(struct values *values, const char *key)
{
	struct value *items = must_alloc((values->count + 1) * sizeof *items);
	if (values->count)
		memcpy(items, values->items, values->count * sizeof *items);
	free(values->items);
	values->items = items;
	items[values->count].key = must_copy(key);
	return &items[values->count++];
}

bool values_set(struct values *values, const char *key, const char *text, size_t bytes,
		struct problem *problem)
{
	if (!key_allowed(key))
		return problem_set(problem, 400, "The value name \"%.64s\" is not allowed: use 1 to 64 of A-Z a-z 0-9 _ . -", key);
	if (!utf8_valid(text, bytes))
		return problem_set(problem, 400, "The value \"%s\" must be UTF-8 text without NUL.", key);
	struct value *value = find(values, key);
	if (!value && values->count >= VALUES_MAX)
		return problem_set(problem, 400, "An event may have at most %d values.", VALUES_MAX);
	if (!value)
		value = add(values, key);
	free(value->text);
	value->text = must_copy_n(text, bytes);
	return true;
}

const char *values_get(const struct values *values, const char *key)
{
	struct value *value = find(values, key);
	return value ? value->text : NULL;
}

char *values_take(struct values *values, const char *key)
{
	struct value *value = find(values, key);
	if (!value)
		return NULL;
	char *text = value->text;
	free(value->key);
	size_t after = (size_t)(values->items + values->count - value) - 1;
	memmove(value, value + 1, after * sizeof *value);
	values->count--;
	return text;
}

static int into_buf(const char *bytes, size_t n, void *arg)
{
	buf_add(arg, bytes, n);
	return 0;
}

void values_to_json(const struct values *values, struct buf *out)
{
	json_t *object = json_object();
	for (size_t i = 0; i < values->count; i++)
		json_object_set_new(object, values->items[i].key, json_string(values->items[i].text));
	json_dump_callback(object, into_buf, out, JSON_COMPACT);
	json_decref(object);
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a string";
	case JSON_INTEGER: case JSON_REAL: return "a number";
	case JSON_TRUE: case JSON_FALSE: return "true or false";
	case JSON_NULL: return "null";
	}
	return "something else";
}

static bool set_from_json(struct values *values, const char *key, const json_t *value, const char *example, struct problem *problem)
{
	if (json_is_null(value))
		return true;
	if (json_is_string(value))
		return values_set(values, key, json_string_value(value), json_string_length(value), problem);
	if (json_is_object(value) || json_is_array(value))
		return problem_set(problem, 400, "The value \"%.64s\" is %s: the JSON object must be flat, text, numbers and true/false by name, such as {\"%s\": \"Hello\"}.", key, type_name(value), example);
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	bool ok = values_set(values, key, text, strlen(text), problem);
	free(text);
	return ok;
}

bool values_from_json(struct values *values, const char *json, size_t bytes, const char *example, struct problem *problem)
{
	json_error_t error;
	const char *key;
	json_t *value, *object = json_loadb(json, bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	bool ok = true;

	if (!object)
		return problem_set(problem, 400, "The body is not JSON: %s (line %d).", error.text, error.line);
	if (!json_is_object(object))
		ok = problem_set(problem, 400, "The body is %s in JSON; it must be one flat object, such as {\"%s\": \"Hello\"}.", type_name(object), example);
	json_object_foreach(object, key, value)
		if (ok)
			ok = set_from_json(values, key, value, example, problem);
	json_decref(object);
	return ok;
}

void values_clear(struct values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free(values->items[i].key);
		free(values->items[i].text);
	}
	free(values->items);
	*values = (struct values)VALUES_INIT;
}
