/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Which processes of this machine may be read for a stub. Copies of this program, with what QEMU's
 * program is recognised by in one place or another, are at the other ends of this process's
 * sockets.
 */

#include "providers/stub_process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/qemu_program.h"
#include "providers/kept.h"
#include "providers/settings.h"
#include "support.h"

/* Put together when it runs, so that this program itself does not have them. */
static char packet[64], copyright[64];

enum { ROOM = 160 };

/* Where a copy gets them: in what is loaded read-only, or writable. */
__attribute__((used)) static const char read_only[ROOM] = "(read-only place of the marks)";
__attribute__((used)) static char writable[ROOM] = "(writable place of the marks)";

enum place { NOWHERE, READ_ONLY, WRITABLE, AFTER_THE_END };

struct program {
    enum place packet, copyright;
    bool is_deleted;
};

static char folder[] = "/tmp/vmmap-stub-XXXXXX"; /* of the copies; main() removes it */

static const struct program qemu = {READ_ONLY, READ_ONLY, false};

static void make_marks(void)
{
    snprintf(packet, sizeof(packet), "%s.%s", "qemu", "sstepbits");
    snprintf(copyright, sizeof(copyright), "%s and the %s developers", "Fabrice Bellard",
             "QEMU Project");
}

static char *read_self(size_t *size)
{
    struct stat status;
    int fd = open("/proc/self/exe", O_RDONLY);
    ck_assert(fd >= 0 && fstat(fd, &status) == 0);
    char *bytes = malloc((size_t)status.st_size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(read(fd, bytes, (size_t)status.st_size), status.st_size);
    close(fd);
    *size = (size_t)status.st_size;
    return bytes;
}

/* Puts a mark into the copy of one of the two arrays, each of which is there once. */
static void put(char *bytes, size_t size, enum place place, const char *mark, size_t offset)
{
    if (place != READ_ONLY && place != WRITABLE)
        return;
    const char *array = place == READ_ONLY ? read_only : writable;
    char *at = memmem(bytes, size, array, strlen(array));
    ck_assert_ptr_nonnull(at);
    memcpy(at + offset, mark, strlen(mark) + 1);
}

static void write_program(const char *path, const struct program *program)
{
    size_t size;
    char *bytes = read_self(&size);
    put(bytes, size, program->copyright, copyright, ROOM / 2);
    put(bytes, size, program->packet, packet, 0); /* last: the array is found by how it begins */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    if (program->packet == AFTER_THE_END)
        ck_assert_int_gt(write(fd, packet, strlen(packet)), 0);
    if (program->copyright == AFTER_THE_END)
        ck_assert_int_gt(write(fd, copyright, strlen(copyright)), 0);
    close(fd);
    free(bytes);
}

/* A process of that program; its standard input is `end`, which is closed here. */
static pid_t start(const struct program *program, int end)
{
    static unsigned int count;
    char path[64], byte;
    int ready[2];
    snprintf(path, sizeof(path), "%s/%u", folder, count++);
    write_program(path, program);
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        dup2(end, STDIN_FILENO);
        for (int fd = 3; fd < 64; fd++) {
            if (fd != ready[1])
                close(fd);
        }
        execl(path, path, "wait", (char *)NULL);
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 0); /* until exec closes it */
    close(ready[0]);
    if (end >= 0)
        close(end);
    if (program->is_deleted)
        unlink(path);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Whoever runs the tests may have left sockets open in this process. */
static void close_sockets(void)
{
    struct stat status;
    for (int fd = 3; fd < 256; fd++) {
        if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
            close(fd);
    }
}

static const struct vmmap_target silent = {.context = NULL};

static bool is_qemu(const struct program *program)
{
    struct vmmap_program_file known = {.inode = 0};
    bool first, again;
    pid_t pid = start(program, -1);
    assert_ok(vmmap_qemu_program_check(&silent, (uint64_t)pid, &known, &first));
    ck_assert_int_eq(known.inode != 0, first);
    assert_ok(vmmap_qemu_program_check(&silent, (uint64_t)pid, &known, &again));
    ck_assert_int_eq(first, again);
    stop(pid);
    return first;
}

START_TEST(a_program_is_judged_by_what_it_loads)
{
    ck_assert(is_qemu(&qemu));
    ck_assert(is_qemu(&(struct program){READ_ONLY, READ_ONLY, .is_deleted = true}));
    ck_assert(!is_qemu(&(struct program){NOWHERE, NOWHERE, false}));
    ck_assert(!is_qemu(&(struct program){READ_ONLY, NOWHERE, false}));
    ck_assert(!is_qemu(&(struct program){NOWHERE, READ_ONLY, false}));
    ck_assert(!is_qemu(&(struct program){WRITABLE, READ_ONLY, false}));
    ck_assert(!is_qemu(&(struct program){READ_ONLY, WRITABLE, false}));
    ck_assert(!is_qemu(&(struct program){AFTER_THE_END, AFTER_THE_END, false}));
}
END_TEST

/* Another file at the same place is read anew. */
START_TEST(what_was_judged_is_that_file_only)
{
    struct vmmap_program_file known = {.inode = 0};
    bool is;
    pid_t one = start(&qemu, -1);
    pid_t other = start(&(struct program){NOWHERE, READ_ONLY, true}, -1);
    assert_ok(vmmap_qemu_program_check(&silent, (uint64_t)one, &known, &is));
    ck_assert(is);
    assert_ok(vmmap_qemu_program_check(&silent, (uint64_t)other, &known, &is));
    ck_assert(!is);
    stop(one);
    stop(other);
    struct vmmap_error *error = vmmap_qemu_program_check(&silent, INT32_MAX, &known, &is);
    ck_assert_ptr_nonnull(strstr(error->message, "There is no /proc/2147483647/exe"));
    vmmap_error_destroy(error);
    ck_assert(!is);
}
END_TEST

static struct vmmap_error *interrupt(void *context)
{
    (void)context;
    return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
}

START_TEST(judging_can_be_interrupted)
{
    const struct vmmap_target target = {.poll = interrupt};
    struct vmmap_program_file known = {.inode = 0};
    bool is;
    assert_error(vmmap_qemu_program_check(&target, (uint64_t)getpid(), &known, &is),
                 VMMAP_ERROR_INTERRUPTED, "Quit");
}
END_TEST

/* A search, and what it has looked at. */
struct search {
    struct vmmap_settings settings;
    struct vmmap_kept kept;
    struct vmmap_target_info info;
    struct vmmap_target target;
    const char *name; /* of the connection */
    uint64_t shown[8];
    size_t shown_count;
    uint64_t wanted; /* the process that is found, or 0 */
    struct vmmap_stub_process process;
};

static struct vmmap_error *tell_name(void *context, struct vmmap_buffer *ret)
{
    const struct search *search = context;
    vmmap_buffer_append_string(ret, search->name);
    return NULL;
}

static struct vmmap_error *visit(void *context, struct vmmap_stub_process *process, bool *found)
{
    struct search *search = context;
    ck_assert_int_ge(process->memory.fd, 0);
    ck_assert_uint_gt(process->mappings->count, 0);
    search->shown[search->shown_count++] = process->pid;
    *found = process->pid == search->wanted;
    return NULL;
}

static void set_up(struct search *search)
{
    *search = (struct search){.name = "|exec qemu", .process = VMMAP_STUB_PROCESS_INIT};
    search->info = (struct vmmap_target_info){
        .kind = VMMAP_TARGET_QEMU_SYSTEM, .settings = &search->settings, .kept = &search->kept};
    search->target = (struct vmmap_target){.context = search, .connection_name = tell_name};
    close_sockets();
}

static struct vmmap_error *find(struct search *search)
{
    const struct vmmap_stub_visitor visitor = {search, visit};
    search->shown_count = 0;
    vmmap_stub_process_deinit(&search->process);
    return vmmap_stub_find(&search->target, &search->info, &visitor, &search->process);
}

/* Nothing was found, nor looked at; the sentence has `wanted` in it. */
static void assert_refused(struct search *search, const char *wanted)
{
    struct vmmap_error *error = find(search);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(error->message, wanted), "%s", error->message);
    ck_assert_int_eq(error->code, VMMAP_ERROR_UNAVAILABLE);
    ck_assert_uint_eq(search->shown_count, 0);
    ck_assert_int_eq(search->process.memory.fd, -1);
    vmmap_error_destroy(error);
}

/* A process of the program at the other end of a new socket of this one. */
static pid_t connect_to(const struct program *program)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return start(program, ends[1]);
}

START_TEST(qemu_at_the_other_end_is_proved)
{
    struct search search;
    set_up(&search);
    pid_t pid = connect_to(&qemu);
    search.wanted = (uint64_t)pid;
    for (int i = 0; i < 2; i++) { /* found, and known to have been */
        assert_ok(find(&search));
        ck_assert_uint_eq(search.shown_count, 1);
        ck_assert_uint_eq(search.process.pid, (uint64_t)pid);
        ck_assert(search.process.is_peer && search.process.is_qemu);
        ck_assert_uint_eq(search.kept.peers.pid, (uint64_t)pid);
    }
    struct vmmap_map *notes;
    assert_ok(vmmap_map_create(&notes));
    assert_ok(vmmap_stub_process_note(&search.process, notes));
    assert_notes(notes, "");
    vmmap_map_destroy(notes);
    vmmap_stub_process_deinit(&search.process);
    stop(pid);
}
END_TEST

START_TEST(a_qemu_that_does_not_hold_the_memory)
{
    struct search search;
    set_up(&search);
    pid_t pid = connect_to(&qemu);
    struct vmmap_error *error = find(&search);
    ck_assert_ptr_nonnull(
        strstr(error->message, "does not hold the guest's memory where its stub"));
    vmmap_error_destroy(error);
    ck_assert_uint_eq(search.shown_count, 1);
    stop(pid);
}
END_TEST

START_TEST(a_relay_is_not_proved)
{
    struct search search;
    char wanted[128];
    set_up(&search);
    pid_t pid = connect_to(&(struct program){NOWHERE, NOWHERE, false});
    search.wanted = (uint64_t)pid;
    snprintf(wanted, sizeof(wanted),
             "Process %d, to which GDB is connected, does not run QEMU's program", pid);
    assert_refused(&search, wanted);
    ck_assert_uint_eq(search.kept.peers.pid, (uint64_t)pid);
    assert_refused(&search, wanted); /* nor when it is known already */
    stop(pid);
}
END_TEST

/* A QEMU behind the relay is not at the other end of our socket. */
START_TEST(who_is_behind_a_relay_is_not_proved)
{
    struct search search;
    int ends[2], behind[2];
    set_up(&search);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, behind), 0);
    pid_t relay = fork();
    if (relay == 0) {
        close(ends[0]);
        close(behind[1]);
        for (;;)
            pause();
    }
    close(ends[1]);
    close(behind[0]);
    pid_t pid = start(&qemu, behind[1]);
    search.wanted = (uint64_t)pid;
    assert_refused(&search, "does not run QEMU's program");
    stop(pid);
    stop(relay);
}
END_TEST

START_TEST(a_qemu_at_another_socket_vouches_for_nothing)
{
    struct search search;
    set_up(&search);
    pid_t good = connect_to(&qemu), other = connect_to(&(struct program){NOWHERE, NOWHERE, true});
    search.wanted = (uint64_t)good;
    assert_refused(&search, "but has further sockets, one of which may be this connection");
    stop(other);
    close_sockets();
    stop(good);
}
END_TEST

START_TEST(two_qemus_are_both_looked_at)
{
    struct search search;
    set_up(&search);
    pid_t first = connect_to(&qemu), second = connect_to(&qemu);
    for (int i = 0; i < 2; i++) {
        search.wanted = (uint64_t)(i ? first : second);
        assert_ok(find(&search));
        ck_assert_uint_eq(search.process.pid, search.wanted);
    }
    vmmap_stub_process_deinit(&search.process);
    stop(first);
    stop(second);
}
END_TEST

START_TEST(an_end_that_is_elsewhere)
{
    struct search search;
    set_up(&search);
    assert_refused(&search, "can not be seen on this machine");
    search.name = "localhost:1234";
    pid_t pid = connect_to(&qemu);
    assert_refused(&search, "can not be seen on this machine");
    stop(pid);
}
END_TEST

START_TEST(the_user_s_word_stands_for_any_process)
{
    struct search search;
    struct vmmap_map *notes;
    char wanted[256];
    set_up(&search);
    pid_t pid = start(&(struct program){NOWHERE, NOWHERE, false}, -1);
    search.settings.qemu_pid = search.wanted = (uint64_t)pid;
    assert_ok(find(&search));
    ck_assert(!search.process.is_peer && !search.process.is_qemu);
    assert_ok(vmmap_map_create(&notes));
    assert_ok(vmmap_stub_process_note(&search.process, notes));
    snprintf(wanted, sizeof(wanted),
             "Process %d (\"set vmmap qemu-pid\") does not run QEMU's program: that its memory may "
             "be read, and what is read told to the stub, is your word.\n",
             pid);
    assert_notes(notes, wanted);
    vmmap_map_destroy(notes);
    search.wanted = 0;
    snprintf(wanted, sizeof(wanted),
             "Process %d (\"set vmmap qemu-pid\") does not hold the memory of this target.", pid);
    assert_error(find(&search), VMMAP_ERROR_UNAVAILABLE, wanted);
    stop(pid);

    pid = start(&qemu, -1);
    search.settings.qemu_pid = search.wanted = (uint64_t)pid;
    assert_ok(find(&search));
    ck_assert(!search.process.is_peer && search.process.is_qemu);
    vmmap_stub_process_deinit(&search.process);
    stop(pid);
}
END_TEST

static void remove_folder(void)
{
    char path[64];
    for (unsigned int i = 0; i < 16; i++) {
        snprintf(path, sizeof(path), "%s/%u", folder, i);
        unlink(path);
    }
    rmdir(folder);
}

int main(int argc, char *argv[])
{
    if (argc == 2 && strcmp(argv[1], "wait") == 0) {
        for (;;)
            pause();
    }
    make_marks();
    if (!mkdtemp(folder))
        return 1;
    int result =
        RUN_TESTS("stub_process", a_program_is_judged_by_what_it_loads,
                  what_was_judged_is_that_file_only, judging_can_be_interrupted,
                  qemu_at_the_other_end_is_proved, a_qemu_that_does_not_hold_the_memory,
                  a_relay_is_not_proved, who_is_behind_a_relay_is_not_proved,
                  a_qemu_at_another_socket_vouches_for_nothing, two_qemus_are_both_looked_at,
                  an_end_that_is_elsewhere, the_user_s_word_stands_for_any_process);
    remove_folder();
    return result;
}
