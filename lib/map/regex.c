/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/regex.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

/*
 * glibc's matcher is a finite automaton whose size is that of the pattern with its repetitions
 * written out: "((a{99}){99}){99}" takes gigabytes, and "a+" is "aa*" to it. Back-references make
 * it search instead, in exponential time. Many optional parts in one another take it half a minute
 * to compile: "((a??????)+b??????)+" with a hundred of each. Without these, the worst patterns of
 * 1000 characters take 0.3 s for a name of 4 KiB (measured with glibc 2.36).
 */
enum { PATTERN_MAX = 256, EXPANDED_MAX = 1000, DEPTH_MAX = 16 };

struct vmmap_regex {
    regex_t compiled;
    char pattern[PATTERN_MAX + 1];
};

/* Behind a bracket expression, "[]x]", "[^]x]" and "[[:alpha:]]" included; at the end of the
 * pattern if it does not end. */
static const char *skip_bracket(const char *at)
{
    at++;
    at += *at == '^';
    at += *at == ']';
    for (; *at && *at != ']'; at++) {
        if (at[0] == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
            const char end[] = {at[1], ']', '\0'};
            const char *found = strstr(at + 2, end);
            at = found ? found + 1 : at;
        }
    }
    return *at ? at + 1 : at;
}

/* Reads the larger number of "{n}", "{n,}" or "{n,m}" at `*at`, and goes behind it. 1 for what is
 * none. */
static size_t read_repetition(const char **at)
{
    size_t largest = 1, number = 0;
    const char *end = *at + 1;
    for (; (*end >= '0' && *end <= '9') || *end == ','; end++) {
        number = *end == ',' ? 0 : number * 10 + (size_t)(*end - '0');
        number = number > EXPANDED_MAX ? EXPANDED_MAX + 1 : number;
        largest = number > largest ? number : largest;
    }
    if (*end != '}')
        return 1;
    *at = end + 1;
    return largest + (end[-1] == ','); /* "a{2,}" is "aaa*" */
}

struct group {
    size_t size; /* expanded size of what is in it so far */
    size_t last; /* of that, the last thing, which a repetition would repeat */
};

static void add(struct group *group, size_t size)
{
    group->last = size > EXPANDED_MAX ? EXPANDED_MAX + 1 : size;
    group->size += size;
    if (group->size > EXPANDED_MAX)
        group->size = EXPANDED_MAX + 1;
}

/* Writes the last thing `count` times instead of once; the operator itself counts as one. */
static void repeat(struct group *group, size_t count)
{
    size_t size = group->last * count + 1;
    group->size += size - group->last;
    group->last = size;
    if (group->size > EXPANDED_MAX)
        group->size = group->last = EXPANDED_MAX + 1;
}

/* The size of a pattern that is not deeper than DEPTH_MAX, repetitions written out; above
 * EXPANDED_MAX it is not exact. */
static size_t expanded_size(const char *at)
{
    struct group groups[DEPTH_MAX + 1] = {{0, 0}};
    size_t depth = 0;
    while (*at) {
        const char *begin = at;
        if (*at == '(') {
            groups[++depth] = (struct group){0, 0};
        } else if (*at == ')' && depth > 0) {
            depth--;
            add(&groups[depth], groups[depth + 1].size + 1);
        } else if (*at == '{') {
            repeat(&groups[depth], read_repetition(&at));
        } else if (*at == '+') {
            repeat(&groups[depth], 2); /* "a+" is "aa*" */
        } else if (*at == '*' || *at == '?') {
            repeat(&groups[depth], 1);
        } else if (*at == '[') {
            at = skip_bracket(at);
            add(&groups[depth], 1);
        } else {
            at += at[0] == '\\' && at[1];
            add(&groups[depth], 1);
        }
        at += at == begin || *begin == '\\';
    }
    size_t size = 0;
    for (size_t i = 0; i <= depth; i++)
        size += groups[i].size;
    return size;
}

/* Behind the character, escaped one or bracket expression at `at`. */
static const char *skip_item(const char *at)
{
    if (*at == '[')
        return skip_bracket(at);
    return at + (*at == '\\' && at[1] ? 2 : 1);
}

/* "\1" to "\9" outside of brackets. */
static bool has_back_reference(const char *at)
{
    for (; *at; at = skip_item(at)) {
        if (*at == '\\' && at[1] >= '1' && at[1] <= '9')
            return true;
    }
    return false;
}

/* "a+?": POSIX does not say what that is (XBD 9.4.6). */
static bool has_double_repetition(const char *at)
{
    bool after_repetition = false;
    while (*at) {
        const char *begin = at;
        const bool is_repetition = strchr("*+?{", *at) != NULL;
        if (is_repetition && after_repetition)
            return true;
        after_repetition = is_repetition;
        if (*at == '{')
            (void)read_repetition(&at);
        if (at == begin)
            at = skip_item(at);
    }
    return false;
}

static size_t find_depth(const char *at)
{
    size_t depth = 0, deepest = 0;
    for (; *at; at = skip_item(at)) {
        depth += *at == '(';
        depth -= *at == ')' && depth > 0;
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

static struct vmmap_error *check(const char *pattern)
{
    if (strlen(pattern) > PATTERN_MAX)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The regular expression is longer than %d bytes.", PATTERN_MAX);
    if (has_back_reference(pattern))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The regular expression \"%s\" has a back-reference, for which "
                                  "matching could take for ever.",
                                  pattern);
    if (has_double_repetition(pattern))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The regular expression \"%s\" has a repetition (*, +, ? or {) "
                                  "right after another.",
                                  pattern);
    if (find_depth(pattern) > DEPTH_MAX)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The regular expression \"%s\" has more than %d parentheses in "
                                  "one another.",
                                  pattern, DEPTH_MAX);
    if (expanded_size(pattern) > EXPANDED_MAX)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The regular expression \"%s\" is too large: its repetitions "
                                  "written out are more than %d characters.",
                                  pattern, EXPANDED_MAX);
    return NULL;
}

struct vmmap_error *vmmap_regex_create(const char *pattern, struct vmmap_regex **ret)
{
    struct vmmap_error *error = check(pattern);
    if (error)
        return error;
    struct vmmap_regex *regex = calloc(1, sizeof(*regex));
    if (!regex)
        return &vmmap_error_no_memory;
    strcpy(regex->pattern, pattern); /* NOLINT: check() measured it */
    int code = regcomp(&regex->compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        *ret = regex;
        return NULL;
    }
    char reason[128];
    regerror(code, &regex->compiled, reason, sizeof(reason));
    free(regex);
    if (code == REG_ESPACE)
        return &vmmap_error_no_memory;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "The regular expression \"%s\" is not a valid one: %s.", pattern,
                              reason);
}

void vmmap_regex_destroy(struct vmmap_regex *regex)
{
    if (!regex)
        return;
    regfree(&regex->compiled);
    free(regex);
}

bool vmmap_regex_matches(const struct vmmap_regex *regex, const char *text)
{
    return regexec(&regex->compiled, text, 0, NULL, 0) == 0;
}

const char *vmmap_regex_pattern(const struct vmmap_regex *regex)
{
    return regex->pattern;
}
