/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_VIEW_H
#define VMMAP_TESTS_UNIT_VIEW_H

/**
 * @file
 * Everything that a renderer wants, made from rows: what the tests of the renderers share.
 */

#include "render/render.h"

struct test_view {
    struct vmmap_map *map;
    struct vmmap_filter filter;
    struct vmmap_selection selection;
    struct vmmap_layout layout;
    struct vmmap_view view; /**< to be rendered */
};

/** A view of make_map(rows); with `gaps` it has a layout. The map may be changed before rendering.
 */
void test_view_init(struct test_view *test, const char *rows, struct vmmap_filter filter,
                    bool gaps);

void test_view_deinit(struct test_view *test);

/** Removes all SGR sequences (ESC [ ... m) from `text` in place. */
void strip_sgr(char *text);

#endif
