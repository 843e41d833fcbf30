/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "root.h"

#include <string.h>

#include "expression.h"

/* What may stand before the address, or, without a colon, for it. */
static const struct {
    const char *word;
    enum vmmap_root_kind kind;
} words[] = {
    {"kernel", VMMAP_ROOT_KERNEL},
    {"user", VMMAP_ROOT_USER},
    {"ttbr0:", VMMAP_ROOT_TABLE},
    {"ttbr1:", VMMAP_ROOT_UPPER},
    {"ept:", VMMAP_ROOT_EPT},
    {"npt:", VMMAP_ROOT_NPT},
    {"cr3/ept:", VMMAP_ROOT_CPU_IN_EPT},
    {"cr3/npt:", VMMAP_ROOT_CPU_IN_NPT},
};

/* What is left to evaluate; NULL for nothing. */
static const char *take_word(const char *text, enum vmmap_root_kind *kind)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const size_t size = strlen(words[i].word);
        const bool has_address = words[i].word[size - 1] == ':';
        if (has_address ? strncmp(text, words[i].word, size) != 0
                        : strcmp(text, words[i].word) != 0)
            continue;
        *kind = words[i].kind;
        return has_address ? text + size : NULL;
    }
    *kind = VMMAP_ROOT_TABLE;
    return text;
}

bool root_parse(const char *text, struct vmmap_root *ret)
{
    *ret = (struct vmmap_root){.kind = VMMAP_ROOT_CPU};
    if (!text)
        return true;
    const char *address = take_word(text, &ret->kind);
    if (!address)
        return true;
    switch (expression_evaluate(address, "", &ret->address)) {
    case EXPRESSION_ADDRESS:
        return true;
    case EXPRESSION_NO:
        exception_forget();
        raise_user_error("Option --root takes the physical address of a page table, an expression, "
                         "or \"kernel\" or \"user\"; not \"%s\".",
                         text);
        return false;
    case EXPRESSION_ERROR:
        break;
    }
    return false;
}
