/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const struct vmmap_target no_target = {.context = NULL};

/* What the connection is called, unless a test says otherwise. */
static const char *connection_name = "";

static struct vmmap_error *find_knowing(const struct vmmap_target *target,
                                        struct vmmap_peers_known *known, struct vmmap_peers *ret)
{
    const struct vmmap_connection connection =
        vmmap_connection_parse(connection_name, strlen(connection_name));
    return vmmap_peers_find(target, &connection, known, ret);
}

static struct vmmap_error *find(struct vmmap_peers *ret)
{
    struct vmmap_peers_known known = {.pid = 0};
    return find_knowing(&no_target, &known, ret);
}

/* A child that keeps `kept` open, and not `closed`, until it is killed. */
static pid_t keep_in_child(int kept, int closed)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)kept;
        close(closed);
        for (;;)
            pause();
    }
    close(kept);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The only peer of this process is the child, whom the test then ends. */
static void assert_only_peer(pid_t pid)
{
    struct vmmap_peers peers;
    /* The child may be between fork() and close(), but it has `kept` already. */
    assert_ok(find(&peers));
    ck_assert_uint_eq(peers.count, 1);
    ck_assert_uint_eq(peers.items[0].pid, (uint64_t)pid);
    ck_assert_uint_eq(peers.items[0].sockets, 1);
    ck_assert_uint_eq(peers.socket_count, 1);
    ck_assert_uint_eq(peers.local, 1);
    ck_assert_uint_eq(peers.reached, 1);
    ck_assert(!peers.has_more_sockets);
    vmmap_peers_deinit(&peers);
    stop(pid);
}

/* Whoever runs the tests may have left sockets open in this process. */
static void close_sockets(void)
{
    struct stat status;
    for (int fd = 0; fd < 256; fd++) {
        if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
            close(fd);
    }
}

START_TEST(the_other_end_of_a_socket_pair)
{
    int ends[2];
    close_sockets();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_only_peer(keep_in_child(ends[1], ends[0]));
}
END_TEST

START_TEST(the_server_of_a_unix_socket)
{
    close_sockets();
    struct sockaddr_un address = {.sun_family = AF_UNIX}; /* a name that the kernel chooses */
    socklen_t size = sizeof(address);
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
    ck_assert_int_eq(getsockname(server, (struct sockaddr *)&address, &size), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, size), 0);
    int accepted = accept(server, NULL, NULL);
    close(server);
    assert_only_peer(keep_in_child(accepted, client));
}
END_TEST

/* Connects over the loopback of `family`, to a server socket of `server_family`. */
static void check_tcp(int server_family, int family)
{
    close_sockets();
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int server = socket(server_family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
    if (server < 0 || client < 0)
        SKIP_TEST("there is no socket of family %d here", server_family);
    if (server_family != family)
        six.sin6_addr = in6addr_any; /* so that it takes both */
    struct sockaddr *address =
        server_family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
    socklen_t size = server_family == AF_INET ? sizeof(four) : sizeof(six);
    if (bind(server, address, size) != 0)
        SKIP_TEST("the address of family %d can not be bound here", server_family);
    ck_assert_int_eq(getsockname(server, address, &size), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    if (server_family != family)
        four.sin_port = six.sin6_port;
    if (family == AF_INET)
        ck_assert_int_eq(connect(client, (struct sockaddr *)&four, sizeof(four)), 0);
    else
        ck_assert_int_eq(connect(client, (struct sockaddr *)&six, sizeof(six)), 0);
    int accepted = accept(server, NULL, NULL);
    ck_assert_int_ge(accepted, 0);
    close(server);
    assert_only_peer(keep_in_child(accepted, client));
}

START_TEST(the_server_of_tcp)
{
    check_tcp(AF_INET, AF_INET);
}
END_TEST

START_TEST(the_server_of_tcp6)
{
    check_tcp(AF_INET6, AF_INET6);
}
END_TEST

START_TEST(the_server_for_both_of_a_client_of_ipv4)
{
    check_tcp(AF_INET6, AF_INET);
}
END_TEST

START_TEST(an_unconnected_socket_has_no_peer)
{
    struct vmmap_peers peers;
    close_sockets();
    int fds[3] = {socket(AF_UNIX, SOCK_STREAM, 0), socket(AF_INET, SOCK_STREAM, 0),
                  socket(AF_UNIX, SOCK_DGRAM, 0)};
    assert_ok(find(&peers));
    ck_assert_uint_eq(peers.count, 0);
    ck_assert_uint_eq(peers.socket_count, 0);
    vmmap_peers_deinit(&peers);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
}
END_TEST

/* The debugger's own end is 0, the other one is child i's. */
struct pair {
    int own;
    pid_t child;
};

/* A socket pair (`path` NULL), or a connection to a socket that is bound to `path`. */
static struct pair make_pair(const char *path)
{
    int ends[2];
    if (path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        unlink(path);
        int server = socket(AF_UNIX, SOCK_STREAM, 0);
        ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
        ck_assert_int_eq(listen(server, 1), 0);
        ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&address, sizeof(address)), 0);
        ends[1] = accept(server, NULL, NULL);
        close(server);
        unlink(path);
    } else {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    }
    return (struct pair){ends[0], keep_in_child(ends[1], ends[0])};
}

/* Child 1 inherits the descriptors of child 0's connection, but not its other end. */
static void assert_found(const char *name, const struct pair *pairs, size_t count)
{
    struct vmmap_peers peers;
    connection_name = name;
    assert_ok(find(&peers));
    ck_assert_uint_eq(peers.socket_count, count);
    ck_assert_uint_eq(peers.count, count);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t j = 0; j < count; j++)
            found = found || peers.items[j].pid == (uint64_t)pairs[i].child;
        ck_assert_msg(found, "child %zu is not found as \"%s\"", i, name);
    }
    vmmap_peers_deinit(&peers);
}

START_TEST(the_name_of_the_connection_tells_its_sockets)
{
    char paths[2][64];
    for (int i = 0; i < 2; i++)
        snprintf(paths[i], sizeof(paths[i]), "/tmp/vmmap-peer-%d-%d", getpid(), i);
    close_sockets();
    struct pair pairs[3] = {make_pair(NULL), make_pair(paths[0]), make_pair(paths[1])};
    assert_found("", pairs, 3);
    assert_found("|qemu -gdb stdio", pairs, 1);
    assert_found(paths[0], pairs + 1, 1);
    assert_found(paths[1], pairs + 2, 1);
    assert_found(strrchr(paths[1], '/') + 1, pairs + 2, 1); /* relative */
    assert_found("/tmp/a-link-to-it", pairs, 3);            /* a name that hides which it is */
    assert_found("localhost:1234", pairs, 0);
    assert_found("udp:localhost:1234", pairs, 0);
    for (size_t i = 0; i < 3; i++)
        stop(pairs[i].child);
}
END_TEST

/* A socket whose other end is on another machine, or not ours to see, is one that no process has.
 */
START_TEST(an_end_that_nobody_holds)
{
    struct vmmap_peers peers;
    close_sockets();
    struct pair pair = make_pair(NULL);
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); /* both ends are our own */
    connection_name = "|qemu";
    assert_ok(find(&peers));
    ck_assert_uint_eq(peers.socket_count, 3);
    ck_assert_uint_eq(peers.count, 1);
    ck_assert_int_eq(__builtin_popcountll(peers.local), 3);
    ck_assert_int_eq(__builtin_popcountll(peers.reached), 1);
    vmmap_peers_deinit(&peers);
    stop(pair.child);
}
END_TEST

START_TEST(the_port_tells_the_socket)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    struct vmmap_peers peers;
    char name[64];
    close_sockets();
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(getsockname(server, (struct sockaddr *)&address, &size), 0);
    ck_assert_int_eq(listen(server, 1), 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, size), 0);
    pid_t pid = keep_in_child(accept(server, NULL, NULL), client);
    close(server);
    static const char *const formats[] = {"localhost:%u", "tcp:127.0.0.1:%u", ":%u", "[::1]:%u"};
    for (size_t i = 0; i < 4; i++) {
        for (unsigned int more = 0; more < 2; more++) {
            snprintf(name, sizeof(name), formats[i], ntohs(address.sin_port) - more);
            connection_name = name;
            assert_ok(find(&peers));
            ck_assert_uint_eq(peers.count, more ? 0 : 1);
            ck_assert_uint_eq(peers.socket_count, more ? 0 : 1);
            vmmap_peers_deinit(&peers);
        }
    }
    connection_name = "localhost:a-service";
    assert_only_peer(pid);
}
END_TEST

/* Whoever started the debugger may be at the other end of its standard streams. */
START_TEST(standard_streams_are_no_connection)
{
    struct vmmap_peers peers;
    close_sockets();
    struct pair pair = make_pair(NULL);
    int saved = dup(0);
    ck_assert_int_eq(dup2(pair.own, 0), 0);
    close(pair.own);
    assert_ok(find(&peers));
    ck_assert_uint_eq(peers.socket_count, 0);
    vmmap_peers_deinit(&peers);
    ck_assert_int_eq(dup2(saved, 0), 0);
    stop(pair.child);
}
END_TEST

START_TEST(too_many_sockets_are_said_to_be)
{
    struct vmmap_peers peers;
    int ends[2];
    close_sockets();
    for (size_t i = 0; i < VMMAP_PEERS_MAX_SOCKETS / 2 + 1; i++)
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_ok(find(&peers));
    ck_assert(peers.has_more_sockets);
    ck_assert_uint_eq(peers.socket_count, VMMAP_PEERS_MAX_SOCKETS);
    vmmap_peers_deinit(&peers);
}
END_TEST

/* Who was found is asked for first, and is the answer while the sockets are the same. */
START_TEST(what_is_known_is_searched_again_when_sockets_change)
{
    struct vmmap_peers_known known = {.pid = 0};
    struct vmmap_peers peers;
    close_sockets();
    struct pair pair = make_pair(NULL);
    for (int i = 0; i < 3; i++) {
        assert_ok(find_knowing(&no_target, &known, &peers));
        ck_assert_uint_eq(peers.count, 1);
        ck_assert_uint_eq(peers.socket_count, 1);
        ck_assert_uint_eq(peers.items[0].pid, (uint64_t)pair.child);
        ck_assert_uint_eq(peers.items[0].sockets, 1);
        ck_assert_uint_eq(peers.local, 1);
        ck_assert_uint_eq(peers.reached, 1);
        ck_assert_uint_eq(known.pid, (uint64_t)pair.child);
        vmmap_peers_deinit(&peers);
        if (i == 1) /* the number of a process that is another one's now */
            known.pid = (uint64_t)getppid();
    }
    struct pair other = make_pair(NULL);
    assert_ok(find_knowing(&no_target, &known, &peers));
    ck_assert_uint_eq(peers.count, 2);
    ck_assert_uint_eq(peers.socket_count, 2);
    ck_assert_uint_eq(known.pid, 0); /* not one that has them all */
    vmmap_peers_deinit(&peers);
    stop(other.child);
    close(other.own);
    assert_ok(find_knowing(&no_target, &known, &peers));
    ck_assert_uint_eq(peers.count, 1);
    vmmap_peers_deinit(&peers);
    stop(pair.child);
    assert_ok(find_knowing(&no_target, &known, &peers));
    ck_assert_uint_eq(peers.count, 0);
    vmmap_peers_deinit(&peers);
}
END_TEST

static struct vmmap_error *interrupt(void *context)
{
    (void)context;
    return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
}

START_TEST(the_search_can_be_interrupted)
{
    const struct vmmap_target target = {.poll = interrupt};
    struct vmmap_peers_known known = {.pid = 0};
    struct vmmap_peers peers;
    int ends[2];
    close_sockets();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_error(find_knowing(&target, &known, &peers), VMMAP_ERROR_INTERRUPTED, "Quit");
    vmmap_peers_deinit(&peers);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "peer", the_other_end_of_a_socket_pair, the_server_of_a_unix_socket, the_server_of_tcp,
        the_server_of_tcp6, the_server_for_both_of_a_client_of_ipv4,
        an_unconnected_socket_has_no_peer, the_name_of_the_connection_tells_its_sockets,
        an_end_that_nobody_holds, the_port_tells_the_socket, standard_streams_are_no_connection,
        too_many_sockets_are_said_to_be, what_is_known_is_searched_again_when_sockets_change,
        the_search_can_be_interrupted);
}
