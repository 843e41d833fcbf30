/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/process_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/proc_file.h"
#include "support.h"

START_TEST(memory_is_read_up_to_the_first_page_that_is_not_there)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    memset(memory, 'a', page);
    ck_assert_int_eq(munmap(memory + page, page), 0);
    struct vmmap_process_memory process;
    assert_ok(vmmap_process_memory_open((uint64_t)getpid(), &process));
    char bytes[16] = "";
    const uint64_t end = (uintptr_t)memory + page;
    ck_assert_uint_eq(vmmap_process_memory_read(&process, end - 4, bytes, sizeof(bytes)), 4);
    ck_assert_mem_eq(bytes, "aaaa\0", 5);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, end - 16, bytes, sizeof(bytes)), 16);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, end, bytes, sizeof(bytes)), 0);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, 0, bytes, sizeof(bytes)), 0);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, UINT64_MAX - 3, bytes, 16), 0);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, INT64_MAX - 3, bytes, 16), 0);
    ck_assert_uint_eq(vmmap_process_memory_read(&process, end - 16, bytes, 0), 0);
    vmmap_process_memory_close(&process);
    ck_assert_int_eq(process.fd, -1);
    vmmap_process_memory_close(&process);
}
END_TEST

START_TEST(a_process_that_is_not_there)
{
    struct vmmap_process_memory process;
    struct vmmap_error *error = vmmap_process_memory_open(INT32_MAX, &process);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, VMMAP_ERROR_UNAVAILABLE);
    ck_assert_ptr_nonnull(strstr(error->message, "There is no /proc/2147483647/mem: "));
    ck_assert_int_eq(process.fd, -1);
    vmmap_error_destroy(error);
    vmmap_process_memory_close(&process);
}
END_TEST

START_TEST(errors_say_what_would_help)
{
    struct vmmap_error *error = vmmap_proc_file_error(7, "mem", EACCES);
    ck_assert_ptr_nonnull(strstr(error->message, "/proc/7/mem may not be read"));
    ck_assert_ptr_nonnull(strstr(error->message, "run GDB as root"));
    vmmap_error_destroy(error);
    error = vmmap_proc_file_error(7, "maps", EIO);
    ck_assert_str_eq(error->message, "/proc/7/maps can not be read: Input/output error.");
    vmmap_error_destroy(error);
}
END_TEST

static struct vmmap_error *interrupt(void *context)
{
    (void)context;
    return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
}

START_TEST(a_file_is_read_whole)
{
    const struct vmmap_target target = {.poll = interrupt}; /* not asked for so short a file */
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    char wanted[32];
    int size = snprintf(wanted, sizeof(wanted), "Pid:\t%d\n", getpid());
    assert_ok(vmmap_proc_file_read(&target, (uint64_t)getpid(), "status", &text));
    ck_assert_ptr_nonnull(memmem(text.data, text.size, wanted, (size_t)size));
    text.size = 0;
    struct vmmap_error *error = vmmap_proc_file_read(&target, (uint64_t)getpid(), "none", &text);
    ck_assert_ptr_nonnull(error);
    ck_assert_uint_eq(text.size, 0);
    vmmap_error_destroy(error);
    vmmap_buffer_deinit(&text);
}
END_TEST

int main(void)
{
    return RUN_TESTS("process_memory", memory_is_read_up_to_the_first_page_that_is_not_there,
                     a_process_that_is_not_there, errors_say_what_would_help, a_file_is_read_whole);
}
