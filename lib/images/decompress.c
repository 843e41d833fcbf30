/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images/decompress.h"

#include <dlfcn.h>

/* zlib.h: int uncompress(Bytef *dest, uLongf *destLen, const Bytef *source, uLong sourceLen). */
static bool run_zlib(void *function, const void *bytes, size_t size, void *ret, size_t *ret_size)
{
    int (*uncompress)(void *, unsigned long *, const void *, unsigned long);
    *(void **)&uncompress = function;
    unsigned long count = *ret_size;
    bool done = uncompress(ret, &count, bytes, size) == 0;
    *ret_size = count;
    return done;
}

/* lzo1x.h: int lzo1x_decompress_safe(src, src_len, dst, lzo_uintp dst_len, wrkmem); it uses no
 * static state, so that lzo_init() is not needed for it. */
static bool run_lzo(void *function, const void *bytes, size_t size, void *ret, size_t *ret_size)
{
    int (*decompress)(const void *, size_t, void *, size_t *, void *);
    *(void **)&decompress = function;
    return decompress(bytes, size, ret, ret_size, NULL) == 0;
}

/* snappy-c.h: snappy_status snappy_uncompress(compressed, length, uncompressed, size_t *). */
static bool run_snappy(void *function, const void *bytes, size_t size, void *ret, size_t *ret_size)
{
    int (*uncompress)(const void *, size_t, void *, size_t *);
    *(void **)&uncompress = function;
    return uncompress(bytes, size, ret, ret_size) == 0;
}

/* zstd.h: size_t ZSTD_decompress(dst, dstCapacity, src, size); an error is a number near SIZE_MAX.
 */
static bool run_zstd(void *function, const void *bytes, size_t size, void *ret, size_t *ret_size)
{
    size_t (*decompress)(void *, size_t, const void *, size_t);
    *(void **)&decompress = function;
    *ret_size = decompress(ret, *ret_size, bytes, size);
    return true;
}

static const struct method {
    const char *name;
    const char *library; /* of the ABI that is declared above */
    const char *symbol;
    bool (*run)(void *function, const void *bytes, size_t size, void *ret, size_t *ret_size);
} methods[] = {
    [VMMAP_METHOD_ZLIB] = {"zlib", "libz.so.1", "uncompress", run_zlib},
    [VMMAP_METHOD_LZO] = {"lzo", "liblzo2.so.2", "lzo1x_decompress_safe", run_lzo},
    [VMMAP_METHOD_SNAPPY] = {"snappy", "libsnappy.so.1", "snappy_uncompress", run_snappy},
    [VMMAP_METHOD_ZSTD] = {"zstd", "libzstd.so.1", "ZSTD_decompress", run_zstd},
};

/* Loaded once and kept: a library that is unloaded and loaded again for each page costs more than
 * the page. */
static struct vmmap_error *load(const struct method *method, void **ret)
{
    static void *functions[sizeof(methods) / sizeof(methods[0])];
    void **function = &functions[method - methods];
    if (!*function) {
        void *library = dlopen(method->library, RTLD_NOW | RTLD_LOCAL);
        *function = library ? dlsym(library, method->symbol) : NULL;
    }
    *ret = *function;
    if (*function)
        return NULL;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "Its pages are compressed with %s, and there is no %s on this "
                              "machine: install it, or convert the image with \"makedumpfile -E "
                              "IMAGE NEW-IMAGE\".",
                              method->name, method->library);
}

struct vmmap_error *vmmap_decompress(enum vmmap_compression_method method, const void *bytes,
                                     size_t size, void *ret, size_t ret_size, bool *done)
{
    void *function;
    *done = false;
    struct vmmap_error *error = load(&methods[method], &function);
    if (error)
        return error;
    size_t count = ret_size;
    *done = methods[method].run(function, bytes, size, ret, &count) && count == ret_size;
    return NULL;
}
