/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is a memory image: its ranges are in order, and all that they promise can be asked. */

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "images/image.h"

enum { RANGES_MAX = 256 };

static const struct vmmap_target target = {.context = NULL};

static void check_facts(const struct vmmap_image_facts *facts)
{
    REQUIRE(facts->format);
    REQUIRE((facts->vmcoreinfo == NULL) == (facts->vmcoreinfo_size == 0));
    for (size_t i = 0; i < facts->cpu_count; i++)
        REQUIRE(facts->cpus[i].has_registers || !facts->cpus[i].has_control_registers);
}

static void check_memory(struct vmmap_image *image)
{
    struct vmmap_image_range range;
    unsigned char bytes[0x2000];
    uint64_t from = 0;
    for (size_t i = 0; i < RANGES_MAX && vmmap_image_next_range(image, from, &range); i++) {
        REQUIRE(range.start <= range.last && range.last >= from);
        REQUIRE(range.presence != VMMAP_IMAGE_NO_MEMORY);
        vmmap_error_destroy(vmmap_image_read(image, range.start, bytes, 1));
        vmmap_error_destroy(vmmap_image_read(image, range.last, bytes, sizeof(bytes)));
        if (range.last == UINT64_MAX)
            break;
        from = range.last + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("image", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && ftruncate(fd, 0) == 0);
    REQUIRE(pwrite(fd, data, size, 0) == (ssize_t)size);
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const struct vmmap_image_options options = {.raw_base = 0x1000};
    struct vmmap_image *image;
    struct vmmap_error *error = vmmap_image_open(&target, path, &options, &image);
    if (!error) {
        check_facts(vmmap_image_facts(image));
        check_memory(image);
        vmmap_image_close(image);
    }
    vmmap_error_destroy(error);
    return 0;
}
