/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

#include "providers/kept.h"
#include "providers/machine/guest.h"
#include "providers/machine/page_tables.h"
#include "providers/machine/physical_map.h"
#include "providers/manual/explore.h"
#include "providers/manual/pages.h"
#include "providers/remote.h"

/* In the order in which they are tried: the bytes of the kernel before anybody's rendering. */
static const struct vmmap_provider *const providers[] = {
    &vmmap_provider_procfs,    &vmmap_provider_bare_metal,  &vmmap_provider_vfile,
    &vmmap_provider_qemu_user, &vmmap_provider_linux_tasks, &vmmap_provider_page_tables,
    &vmmap_provider_monitor,   &vmmap_provider_core,        &vmmap_provider_probe,
    &vmmap_provider_gdb,
};

enum { PROVIDER_COUNT = sizeof(providers) / sizeof(providers[0]) };

struct vmmap_session {
    const struct vmmap_target *target;
    const char *source; /* the name of the only provider to use, or NULL; static */
    bool labels;
    struct vmmap_settings settings;

    /* The last connection whose stub was asked what it is, and the answer. */
    struct vmmap_target_info identified;
    struct vmmap_kept kept; /* of that connection */

    struct vmmap_guest guest;
    char *image;                   /* owned: settings.image */
    struct vmmap_target_info core; /* of which this was found out: */
    bool core_is_machine;

    /* What is kept, and what the target said of itself at that time. */
    struct vmmap_target_info info;
    struct vmmap_map *map;  /* the whole map as its provider has it, or NULL */
    struct vmmap_map *laid; /* the same with the inferior's pages by hand, or NULL */
    struct vmmap_thread *threads;
    size_t thread_count;
    bool has_threads;
    struct vmmap_error *threads_error; /* why the threads could not be listed */

    struct vmmap_history history;

    struct vmmap_map *partial; /* the last answer that is not kept */

    struct vmmap_pages pages;     /* by hand, of every inferior */
    uint64_t explored_generation; /* of the target when its registers were explored */
};

struct vmmap_error *vmmap_session_create(const struct vmmap_target *target,
                                         struct vmmap_session **ret)
{
    struct vmmap_session *session = calloc(1, sizeof(*session));
    if (!session)
        return &vmmap_error_no_memory;
    session->target = target;
    session->labels = true;
    session->history = (struct vmmap_history)VMMAP_HISTORY_INIT;
    *ret = session;
    return NULL;
}

void vmmap_session_destroy(struct vmmap_session *session)
{
    if (!session)
        return;
    vmmap_session_invalidate(session);
    vmmap_map_destroy(session->partial);
    vmmap_pages_deinit(&session->pages);
    vmmap_history_deinit(&session->history);
    vmmap_guest_deinit(&session->guest);
    free(session->image);
    free(session);
}

size_t vmmap_session_source_count(void)
{
    return PROVIDER_COUNT;
}

const char *vmmap_session_source_name(size_t index)
{
    return providers[index]->name;
}

void vmmap_session_set_source(struct vmmap_session *session, const char *name)
{
    const char *source = NULL;
    for (size_t i = 0; name && i < PROVIDER_COUNT; i++) {
        if (strcmp(name, providers[i]->name) == 0)
            source = providers[i]->name;
    }
    if (source != session->source)
        vmmap_session_invalidate(session);
    session->source = source;
}

void vmmap_session_set_labels(struct vmmap_session *session, bool labels)
{
    if (labels != session->labels)
        vmmap_session_invalidate(session);
    session->labels = labels;
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* With a copy of the name of the image. */
static struct vmmap_error *take_settings(struct vmmap_session *session,
                                         const struct vmmap_settings *settings)
{
    char *image = settings->image ? strdup(settings->image) : NULL;
    if (settings->image && !image)
        return &vmmap_error_no_memory;
    free(session->image);
    session->image = image;
    session->settings = *settings;
    session->settings.image = image;
    return NULL;
}

struct vmmap_error *vmmap_session_set_settings(struct vmmap_session *session,
                                               const struct vmmap_settings *settings)
{
    const struct vmmap_settings *kept = &session->settings;
    if (settings->qemu_user != kept->qemu_user || settings->qemu_pid != kept->qemu_pid ||
        settings->phys_via != kept->phys_via || settings->mpu_select != kept->mpu_select ||
        settings->explore != kept->explore || settings->no_page_tables != kept->no_page_tables ||
        settings->image_base != kept->image_base || !is_same_text(settings->image, kept->image))
        vmmap_session_invalidate(session);
    if (settings->explore != kept->explore)
        session->explored_generation = 0;
    return take_settings(session, settings);
}

static void drop_laid(struct vmmap_session *session)
{
    vmmap_map_destroy(session->laid);
    session->laid = NULL;
}

void vmmap_session_invalidate(struct vmmap_session *session)
{
    vmmap_map_destroy(session->map);
    session->map = NULL;
    drop_laid(session);
    free(session->threads);
    session->threads = NULL;
    session->thread_count = 0;
    session->has_threads = false;
    vmmap_error_destroy(session->threads_error);
    session->threads_error = NULL;
}

static bool is_same_target(const struct vmmap_target_info *a, const struct vmmap_target_info *b)
{
    /* Each CPU of a machine has its own page tables. */
    if (a->kind == VMMAP_TARGET_QEMU_SYSTEM && a->tid != b->tid)
        return false;
    return a->kind == b->kind && a->running == b->running && a->inferior == b->inferior &&
           a->pid == b->pid && a->address_bits == b->address_bits &&
           a->connection == b->connection && a->generation == b->generation &&
           strcmp(a->architecture, b->architecture) == 0;
}

/* A connection without a number (GDB before 12) may be another one whenever the target changed. */
static bool is_identified(const struct vmmap_target_info *known,
                          const struct vmmap_target_info *info)
{
    if (known->kind == VMMAP_TARGET_NONE || known->connection != info->connection)
        return false;
    return info->connection != 0 ||
           (known->inferior == info->inferior && known->generation == info->generation);
}

/* The debugger knows only that the target is remote: asks the stub what it is, which takes packets,
 * once a connection. A stub that fails at that is one that is not known. */
static struct vmmap_error *identify(struct vmmap_session *session, struct vmmap_target_info *info)
{
    if (info->kind != VMMAP_TARGET_REMOTE)
        return NULL;
    if (!is_identified(&session->identified, info)) {
        if (info->running)
            return NULL;
        enum vmmap_target_kind kind;
        struct vmmap_error *error = vmmap_remote_identify(session->target, &kind);
        if (error && vmmap_error_is_fatal(error))
            return error;
        vmmap_error_destroy(error);
        session->kept = (struct vmmap_kept){.far_proc_pid = 0};
        session->identified = *info;
        session->identified.kind = kind;
    }
    info->kind = session->identified.kind;
    return NULL;
}

/* Looked at once for each core: by the debugger's number for the connection, or what it said last.
 */
static bool is_machine_core(struct vmmap_session *session, const struct vmmap_target_info *info,
                            const char *path)
{
    const struct vmmap_target_info *known = &session->core;
    if (known->kind != VMMAP_TARGET_CORE || known->connection != info->connection ||
        known->inferior != info->inferior || known->generation != info->generation) {
        session->core = *info;
        session->core_is_machine = vmmap_image_is_machine_core(path);
    }
    return session->core_is_machine;
}

/* The core file that is being debugged, if it is the memory of a machine; to be freed. */
static struct vmmap_error *find_machine_core(struct vmmap_session *session,
                                             const struct vmmap_target_info *info, char **ret)
{
    const struct vmmap_target *target = session->target;
    struct vmmap_buffer path = VMMAP_BUFFER_INIT;
    *ret = NULL;
    if (info->kind != VMMAP_TARGET_CORE || !target->core_path)
        return NULL;
    struct vmmap_error *error = target->core_path(target->context, &path);
    vmmap_buffer_append(&path, "", 1);
    if (!error)
        error = vmmap_buffer_status(&path);
    if (!error && is_machine_core(session, info, path.data)) {
        *ret = strdup(path.data);
        error = *ret ? NULL : &vmmap_error_no_memory;
    }
    vmmap_buffer_deinit(&path);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

/* The memory image that the user named, or else has as a core, is asked in the target's place. */
static struct vmmap_error *choose_image(struct vmmap_session *session,
                                        struct vmmap_target_info *info)
{
    char *core = NULL;
    struct vmmap_error *error = session->image ? NULL : find_machine_core(session, info, &core);
    const char *path = session->image ? session->image : core;
    if (!error)
        error = vmmap_guest_use_image(&session->guest, session->target, path,
                                      session->settings.image_base);
    free(core);
    if (error || !path)
        return error;
    info->kind = VMMAP_TARGET_IMAGE;
    info->running = false;
    info->pid = info->tid = 0;
    info->address_bits = 64;
    return NULL;
}

/* Asks the target what it is, and drops what is kept if that may have changed. */
static struct vmmap_error *refresh(struct vmmap_session *session)
{
    struct vmmap_target_info info = {.kind = VMMAP_TARGET_NONE, .address_bits = 64};
    struct vmmap_error *error = session->target->describe(session->target->context, &info);
    if (!error)
        error = identify(session, &info);
    if (error)
        return error;
    error = choose_image(session, &info);
    if (error)
        return error;
    info.settings = &session->settings;
    info.kept = &session->kept;
    info.guest = &session->guest;
    if (info.running || !is_same_target(&info, &session->info))
        vmmap_session_invalidate(session);
    session->info = info;
    return NULL;
}

static struct vmmap_error *create_map(const struct vmmap_session *session, struct vmmap_map **ret)
{
    struct vmmap_error *error = vmmap_map_create(ret);
    if (error)
        return error;
    (*ret)->target = vmmap_target_kind_name(session->info.kind);
    (*ret)->address_bits = session->info.address_bits;
    return NULL;
}

static bool lack_registers(const struct vmmap_thread *threads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!threads[i].has_stack_pointer || !threads[i].has_thread_pointer)
            return true;
    }
    return false;
}

/* The threads with all that the debugger, or else the map's source, knows of their registers. */
static struct vmmap_error *list_threads(const struct vmmap_session *session,
                                        const struct vmmap_provider *provider,
                                        struct vmmap_map *map, struct vmmap_thread **ret,
                                        size_t *count)
{
    struct vmmap_error *error = vmmap_target_threads(session->target, ret, count);
    if (error || !provider || !provider->complete_threads || !lack_registers(*ret, *count))
        return error;
    error = provider->complete_threads(session->target, *ret, *count);
    error = vmmap_map_note_error(map, error); /* some labels fewer */
    if (error)
        free(*ret);
    return error;
}

/* The threads as kept, or listed now. A failure that is not fatal is kept as well. */
static struct vmmap_error *fetch_threads(struct vmmap_session *session,
                                         const struct vmmap_provider *provider,
                                         struct vmmap_map *map)
{
    if (session->has_threads)
        return NULL;
    struct vmmap_thread *threads;
    size_t count;
    struct vmmap_error *error = list_threads(session, provider, map, &threads, &count);
    if (error && vmmap_error_is_fatal(error))
        return error;
    session->threads = threads;
    session->thread_count = count;
    session->threads_error = error;
    session->has_threads = true;
    return NULL;
}

/* `provider` made the map; NULL for none. */
static struct vmmap_error *label_threads(struct vmmap_session *session,
                                         const struct vmmap_provider *provider,
                                         struct vmmap_map *map)
{
    if (!session->labels || session->info.running || session->info.momentary ||
        !vmmap_map_may_have_thread_labels(map))
        return NULL;
    struct vmmap_error *error = fetch_threads(session, provider, map);
    if (error)
        return error;
    if (session->threads_error) {
        return vmmap_map_add_note(map, "Stacks and TLS blocks of threads are not labelled: %s",
                                  session->threads_error->message);
    }
    if (provider && provider->split_stacks) {
        error =
            provider->split_stacks(session->target, map, session->threads, session->thread_count);
    }
    return error ? error : vmmap_map_label_threads(map, session->threads, session->thread_count);
}

/* What the registers of threads say against the map that `provider` made. */
static struct vmmap_error *doubt_map(const struct vmmap_session *session,
                                     const struct vmmap_provider *provider, struct vmmap_map *map)
{
    if (!provider->doubt || !session->has_threads || map->count == 0)
        return NULL;
    return provider->doubt(&session->info, map, session->threads, session->thread_count);
}

/* Whether the setting allows this provider, and the target is one for it. */
static struct vmmap_error *is_candidate(const struct vmmap_session *session,
                                        const struct vmmap_provider *provider, bool *ret)
{
    *ret = (!session->source || session->source == provider->name) &&
           (!session->info.running || provider->while_running) &&
           provider->applies(session->target, &session->info);
    if (!*ret || !provider->suits)
        return NULL;
    struct vmmap_error *error = provider->suits(session->target, &session->info, ret);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error); /* the others will say what is wrong */
    *ret = false;
    return NULL;
}

/* Tries one provider on a new map, which takes over the notes of `*map` and replaces it if the
 * provider succeeds; otherwise `*map` gets one more note. */
static struct vmmap_error *try_provider(struct vmmap_session *session,
                                        const struct vmmap_provider *provider,
                                        struct vmmap_map **map)
{
    struct vmmap_map *filled;
    struct vmmap_error *error = create_map(session, &filled);
    if (error)
        return error;
    filled->provider = provider->name;
    for (size_t i = 0; i < (*map)->note_count && !error; i++)
        error = vmmap_map_add_note(filled, "%s", (*map)->notes[i]);
    if (!error) {
        error = provider->fill(session->target, &session->info, filled);
        if (error)
            error = vmmap_map_note_error(*map, error);
        else {
            struct vmmap_map *empty = *map;
            *map = filled;
            filled = empty;
        }
    }
    vmmap_map_destroy(filled);
    return error;
}

/* Where the target went away meanwhile, that is the one thing to say, and nothing more may be asked
 * of it: GDB 16 ends with an assertion in commands that expect a thread. */
static struct vmmap_error *note_loss(struct vmmap_session *session, struct vmmap_map **map,
                                     bool *lost)
{
    struct vmmap_target_info info = {.kind = VMMAP_TARGET_NONE};
    *lost = false;
    if (session->info.kind == VMMAP_TARGET_IMAGE)
        return NULL;
    struct vmmap_error *error = session->target->describe(session->target->context, &info);
    *lost = !error && info.kind == VMMAP_TARGET_NONE;
    if (!*lost)
        return error;
    struct vmmap_map *empty;
    error = create_map(session, &empty);
    if (error)
        return error;
    vmmap_map_destroy(*map);
    *map = empty;
    return vmmap_map_add_note(empty, "The target went away while its map was read.");
}

/* What was read of a process that runs may not hold any more. */
static struct vmmap_error *note_running(const struct vmmap_session *session, struct vmmap_map *map)
{
    if (!session->info.running || map->count == 0)
        return NULL;
    map->exact = false;
    return vmmap_map_add_note(map, "The program is running: its map may be changing, and what "
                                   "registers tell is not shown.");
}

static struct vmmap_error *fill_map(struct vmmap_session *session, struct vmmap_map **map)
{
    struct vmmap_error *error = NULL;
    const struct vmmap_provider *tried = NULL;
    bool lost = false;
    for (size_t i = 0; i < PROVIDER_COUNT && !error && !lost && (*map)->count == 0; i++) {
        bool is_tried;
        error = is_candidate(session, providers[i], &is_tried);
        if (error || !is_tried)
            continue;
        tried = providers[i];
        error = try_provider(session, tried, map);
        if (!error && (*map)->count == 0)
            error = note_loss(session, map, &lost);
    }
    if (error || lost)
        return error;
    if (!tried) {
        error = vmmap_map_add_note(
            *map, "The source %s (\"set vmmap source\") does not serve this kind of target (%s).",
            session->source ? session->source : "auto", (*map)->target);
    }
    if (!error)
        error = label_threads(session, tried, *map);
    if (!error && tried)
        error = doubt_map(session, tried, *map);
    return error ? error : note_running(session, *map);
}

/* Nothing to ask for a map: says why. */
static struct vmmap_error *note_absence(const struct vmmap_session *session, struct vmmap_map *map)
{
    if (session->info.kind == VMMAP_TARGET_NONE) {
        return vmmap_map_add_note(map, "There is no process: start one with \"run\", or use "
                                       "\"attach\", \"target remote\" or \"core-file\" (a "
                                       "compressed core has to be unpacked first).");
    }
    return vmmap_map_add_note(map, "The program is running: stop it first, with Ctrl-C or "
                                   "\"interrupt\".");
}

const struct vmmap_target *vmmap_session_target(const struct vmmap_session *session)
{
    return session->target;
}

struct vmmap_error *vmmap_session_describe(struct vmmap_session *session,
                                           const struct vmmap_target_info **ret)
{
    *ret = &session->info;
    return refresh(session);
}

/* A process of this machine can be asked about while it runs. */
static bool is_absent(const struct vmmap_session *session)
{
    const struct vmmap_target_info *info = &session->info;
    return info->kind == VMMAP_TARGET_NONE || (info->running && info->kind != VMMAP_TARGET_NATIVE);
}

static bool has_pages(const struct vmmap_session *session)
{
    return vmmap_pages_exist(&session->pages, session->info.inferior);
}

struct vmmap_error *vmmap_session_has_target(struct vmmap_session *session, bool *ret)
{
    struct vmmap_error *error = refresh(session);
    *ret = !error && (!is_absent(session) || has_pages(session));
    return error;
}

/* Replaces `*kept` by `map`, or destroys `map` if there was an error. */
static struct vmmap_error *keep_or_drop(struct vmmap_map **kept, struct vmmap_map *map,
                                        struct vmmap_error *error)
{
    if (error) {
        vmmap_map_destroy(map);
    } else {
        vmmap_map_destroy(*kept);
        *kept = map;
    }
    return error;
}

/* Drops the kept map if its provider says that it holds no longer. */
static struct vmmap_error *drop_outdated(struct vmmap_session *session)
{
    struct vmmap_error *error = NULL;
    bool holds = true;
    for (size_t i = 0; session->map && i < PROVIDER_COUNT; i++) {
        if (strcmp(providers[i]->name, session->map->provider) == 0 && providers[i]->check)
            error = providers[i]->check(session->target, &session->info, &holds);
    }
    if (!holds)
        vmmap_session_invalidate(session);
    return error;
}

/* Whether nothing tells of any memory. */
static bool knows_nothing(const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->regions[i].origin != VMMAP_ORIGIN_ASSUMED)
            return false;
    }
    return true;
}

static struct vmmap_error *may_explore(const struct vmmap_session *session, bool *ret)
{
    static const char question[] = "Nothing tells what memory there is. Look for it by reading "
                                   "around what the registers point at?";
    const struct vmmap_target *target = session->target;
    *ret = session->settings.explore == VMMAP_EXPLORE_ON;
    if (session->settings.explore != VMMAP_EXPLORE_ASK || !target->confirm)
        return NULL;
    return target->confirm(target->context, question, ret);
}

/* Around what the registers point at, if the user wants that: once while the target stands. */
static struct vmmap_error *explore_registers(struct vmmap_session *session, struct vmmap_map *map)
{
    const struct vmmap_target_info *info = &session->info;
    bool may = false;
    if (session->settings.explore == VMMAP_EXPLORE_OFF || !knows_nothing(map) ||
        session->explored_generation == info->generation ||
        (info->kind != VMMAP_TARGET_REMOTE && info->kind != VMMAP_TARGET_OTHER))
        return NULL;
    session->explored_generation = info->generation;
    struct vmmap_error *error = may_explore(session, &may);
    struct vmmap_map *found;
    if (error || !may)
        return error;
    error = vmmap_map_create(&found);
    if (error)
        return error;
    struct vmmap_exploration exploration = {session->target, info, .known = map};
    error = vmmap_explore_registers(&exploration, found);
    if (!error && found->count > 0)
        error = vmmap_pages_add_explored(&session->pages, info->inferior, found);
    vmmap_map_destroy(found);
    return vmmap_map_note_error(map, error);
}

/* What the provider has, kept or asked for now. */
static struct vmmap_error *find_base(struct vmmap_session *session)
{
    /* A map without rows is not worth keeping: what was in the way may be gone by now. */
    if (session->map && session->map->count > 0)
        return NULL;
    struct vmmap_map *map;
    struct vmmap_error *error = create_map(session, &map);
    if (error)
        return error;
    error = is_absent(session) ? note_absence(session, map) : fill_map(session, &map);
    if (!error)
        error = explore_registers(session, map);
    drop_laid(session);
    return keep_or_drop(&session->map, map, error);
}

/* The whole map of the target as it was described last, with the pages by hand. */
static struct vmmap_error *whole_map(struct vmmap_session *session, const struct vmmap_map **ret)
{
    struct vmmap_error *error = find_base(session);
    *ret = session->map;
    if (error || !has_pages(session))
        return error;
    if (!session->laid)
        error =
            vmmap_pages_lay(&session->pages, session->info.inferior, session->map, &session->laid);
    *ret = session->laid;
    return error;
}

struct vmmap_error *vmmap_session_map(struct vmmap_session *session, const struct vmmap_map **ret)
{
    struct vmmap_error *error = refresh(session);
    if (!error)
        error = drop_outdated(session);
    return error ? error : whole_map(session, ret);
}

/* What vmmap_session_map() answered last. */
static struct vmmap_map *shown_map(const struct vmmap_session *session)
{
    return has_pages(session) ? session->laid : session->map;
}

struct vmmap_error *vmmap_session_look(struct vmmap_session *session, const struct vmmap_map **ret)
{
    struct vmmap_error *error = vmmap_session_map(session, ret);
    if (error || (*ret)->count == 0)
        return error;
    return vmmap_history_add_look(&session->history, shown_map(session), &session->info);
}

struct vmmap_error *vmmap_session_share_map(struct vmmap_session *session, struct vmmap_map **ret)
{
    const struct vmmap_map *map;
    struct vmmap_error *error = vmmap_session_look(session, &map);
    if (!error)
        *ret = vmmap_map_share(shown_map(session));
    return error;
}

struct vmmap_history *vmmap_session_history(struct vmmap_session *session)
{
    return &session->history;
}

/* Asks the provider that would be tried first for the surroundings of one address. `*found` stays
 * false if it can only tell the whole map. */
static struct vmmap_error *fill_partial(struct vmmap_session *session,
                                        const struct vmmap_lookup *lookup, struct vmmap_map *map,
                                        bool *found)
{
    const struct vmmap_provider *provider = NULL;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < PROVIDER_COUNT && !provider && !error; i++) {
        bool is_first;
        error = is_candidate(session, providers[i], &is_first);
        if (!error && is_first)
            provider = providers[i];
    }
    if (error || !provider || !provider->lookup)
        return error;
    /* One more above: whether a page is a guard page shows in the region after it. */
    struct vmmap_lookup wider = *lookup;
    if (wider.after < UINT64_MAX)
        wider.after++;
    map->provider = provider->name;
    error = provider->lookup(session->target, &session->info, &wider, map);
    if (!error) {
        *found = true;
        error = label_threads(session, provider, map);
        return error ? error : note_running(session, map);
    }
    if (vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error); /* reading the whole map succeeds, or says what is wrong */
    return NULL;
}

struct vmmap_error *vmmap_session_lookup(struct vmmap_session *session,
                                         const struct vmmap_lookup *lookup,
                                         const struct vmmap_map **ret)
{
    struct vmmap_error *error = refresh(session);
    if (!error)
        error = drop_outdated(session);
    if (error)
        return error;
    if (!session->map && !is_absent(session) && !has_pages(session)) {
        struct vmmap_map *map;
        bool found = false;
        error = create_map(session, &map);
        if (error)
            return error;
        error = fill_partial(session, lookup, map, &found);
        error = keep_or_drop(&session->partial, map, error);
        *ret = session->partial;
        if (error || found)
            return error;
    }
    return whole_map(session, ret);
}

static struct vmmap_error *fill_space(const struct vmmap_session *session,
                                      const struct vmmap_space *space, struct vmmap_map *map)
{
    if (!vmmap_target_is_machine(&session->info))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There are no page tables to see: the target is no machine under "
                                  "QEMU (it is %s), so the options --root, --kernel, --user and "
                                  "--physical-map are not for it.",
                                  vmmap_target_kind_name(session->info.kind));
    if (space->is_physical)
        return vmmap_physical_map_fill(session->target, &session->info, map);
    map->provider = vmmap_provider_page_tables.name;
    return vmmap_page_tables_fill(session->target, &session->info, space, map);
}

struct vmmap_error *vmmap_session_space(struct vmmap_session *session,
                                        const struct vmmap_space *space,
                                        const struct vmmap_map **ret)
{
    struct vmmap_map *map;
    struct vmmap_error *error = refresh(session);
    if (!error)
        error = create_map(session, &map);
    if (error)
        return error;
    error = is_absent(session) ? note_absence(session, map) : fill_space(session, space, map);
    error = keep_or_drop(&session->partial, map, error);
    *ret = session->partial;
    return error;
}

struct vmmap_error *vmmap_session_add_pages(struct vmmap_session *session,
                                            const struct vmmap_map *pages)
{
    struct vmmap_error *error = refresh(session);
    drop_laid(session);
    return error ? error : vmmap_pages_add(&session->pages, session->info.inferior, pages);
}

static struct vmmap_error *explore(struct vmmap_session *session, uint64_t address, bool writes,
                                   struct vmmap_map *found, struct vmmap_session_explored *ret)
{
    struct vmmap_exploration exploration = {
        .target = session->target,
        .info = &session->info,
        .writes = writes,
    };
    struct vmmap_error *error = whole_map(session, &exploration.known);
    if (!error)
        error = vmmap_explore(&exploration, address, found);
    ret->packets = exploration.packets;
    ret->is_exact = exploration.is_exact;
    if (error || found->count == 0)
        return error;
    ret->rows = found->count;
    ret->start = found->regions[0].start;
    ret->last = found->regions[found->count - 1].last;
    return vmmap_pages_add_explored(&session->pages, session->info.inferior, found);
}

struct vmmap_error *vmmap_session_explore(struct vmmap_session *session, uint64_t address,
                                          bool writes, struct vmmap_session_explored *ret)
{
    struct vmmap_map *found;
    *ret = (struct vmmap_session_explored){.rows = 0};
    struct vmmap_error *error = refresh(session);
    if (!error && is_absent(session))
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   session->info.running
                                       ? "The program is running: stop it first, with Ctrl-C or "
                                         "\"interrupt\"."
                                       : "There is nothing to explore: connect to a target first.");
    if (!error)
        error = vmmap_map_create(&found);
    if (error)
        return error;
    error = explore(session, address, writes, found, ret);
    drop_laid(session);
    vmmap_map_destroy(found);
    return error;
}

struct vmmap_error *vmmap_session_clear_pages(struct vmmap_session *session, size_t *count)
{
    struct vmmap_error *error = refresh(session);
    drop_laid(session);
    *count = error ? 0 : vmmap_pages_clear(&session->pages, session->info.inferior);
    return error;
}

struct vmmap_error *vmmap_session_clear_page(struct vmmap_session *session, uint64_t address,
                                             struct vmmap_region *ret, bool *found)
{
    struct vmmap_error *error = refresh(session);
    drop_laid(session);
    *found = !error && vmmap_pages_clear_at(&session->pages, session->info.inferior, address, ret);
    return error;
}
