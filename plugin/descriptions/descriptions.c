/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/descriptions.h"

#define ADDRESS_OF_DESCRIPTION(name) &name##_description,

const struct command_description *const command_descriptions[] = {
    FOR_EACH_COMMAND(ADDRESS_OF_DESCRIPTION) NULL};
