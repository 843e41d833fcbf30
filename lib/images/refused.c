/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images/refused.h"

#include <stdbool.h>
#include <string.h>

#include "formats/compression.h"

static const struct signature {
    const char *magic;
    size_t size;
    const char *sentence; /* goes on behind "The file PATH " */
} signatures[] = {
    {"QEVM", 4,
     "is a migration stream of QEMU (\"virsh dump\" or \"savevm\"): make an image with "
     "\"dump-guest-memory\" or \"virsh dump --memory-only\""},
    {"LibvirtQemudSave", 16,
     "is a saved machine of libvirt (\"virsh save\"): make an image with \"virsh dump "
     "--memory-only\""},
    {"LibvirtQemudPart", 16, "is a saved machine of libvirt that was never finished"},
    {"AVML", 4,
     "is a compressed image of AVML: convert it with \"avml-convert --source-format "
     "lime-compressed "
     "--format lime\""},
    /* VMware's .vmss and .vmsn, 32 and 64 bits: the memory itself is mostly in the .vmem beside. */
    {"\xd0\xbe\xd2\xbe", 4, "is a VMware snapshot: use the .vmem file beside it, as a raw image"},
    {"\xd1\xba\xd1\xba", 4, "is a VMware snapshot: use the .vmem file beside it, as a raw image"},
    {"\xd2\xbe\xd2\xbe", 4, "is a VMware snapshot: use the .vmem file beside it, as a raw image"},
    {"\xd3\xbe\xd3\xbe", 4, "is a VMware snapshot: use the .vmem file beside it, as a raw image"},
    {"QFI\xfb", 4, "is a disk image (qcow2), which holds no memory"},
    {"KDMV", 4, "is a disk image (VMDK), which holds no memory"},
    {"conectix", 8, "is a disk image (VHD), which holds no memory"},
    {"hibr", 4, "is a hibernation file of Windows, which is not read: dump the machine's memory"},
    {"HIBR", 4, "is a hibernation file of Windows, which is not read: dump the machine's memory"},
    {"LUKS\xba\xbe", 6, "is encrypted (LUKS): open it with cryptsetup first"},
    {"Salted__", 8, "is encrypted (OpenSSL): decrypt it first"},
    {"age-encryption.org/", 19, "is encrypted (age): decrypt it first"},
    {"-----BEGIN PGP MESSAGE-----", 27, "is encrypted (OpenPGP): decrypt it first"},
    {"PK\x03\x04", 4, "is a ZIP archive: unpack it first"},
    {"MDMP", 4, "is a minidump of a Windows program, not the memory of a machine"},
};

static bool begins_with(struct vmmap_window *file, const char *magic, size_t size)
{
    const unsigned char *bytes = vmmap_window_at(file, 0, size);
    return bytes && memcmp(bytes, magic, size) == 0;
}

static struct vmmap_error *refuse_compressed(const char *path, struct vmmap_window *file)
{
    enum { MAGIC_SIZE = 6 };
    const unsigned char *magic = vmmap_window_at(file, 0, MAGIC_SIZE);
    const struct vmmap_compression *compression =
        magic ? vmmap_compression_detect(magic, MAGIC_SIZE) : NULL;
    if (!compression)
        return NULL;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "The file %s is compressed (%s): unpack it with \"%s < FILE > "
                              "image\".",
                              path, compression->name, compression->command);
}

struct vmmap_error *vmmap_image_refuse(const char *path, struct vmmap_window *file)
{
    if (file->reader->size == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The memory image %s is empty.", path);
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if (begins_with(file, signatures[i].magic, signatures[i].size))
            return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "The file %s %s.", path,
                                      signatures[i].sentence);
    }
    return refuse_compressed(path, file);
}
