/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const struct vmmap_target no_target = {.context = NULL};

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
    assert_ok(vmmap_peers_find(&no_target, (uint64_t)getpid(), &peers));
    ck_assert_uint_eq(peers.count, 1);
    ck_assert_uint_eq(peers.pids[0], (uint64_t)pid);
    ck_assert_uint_ge(peers.socket_count, 1);
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
    assert_ok(vmmap_peers_find(&no_target, (uint64_t)getpid(), &peers));
    ck_assert_uint_eq(peers.count, 0);
    ck_assert_uint_eq(peers.socket_count, 0);
    vmmap_peers_deinit(&peers);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
}
END_TEST

START_TEST(nobody_has_no_peers)
{
    struct vmmap_peers peers;
    assert_ok(vmmap_peers_find(&no_target, INT32_MAX, &peers));
    ck_assert_uint_eq(peers.count, 0);
    vmmap_peers_deinit(&peers);
}
END_TEST

/* A relay's own peers: this process is found through none of them. */
START_TEST(the_peers_of_another_process)
{
    int ours[2], theirs[2];
    close_sockets();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ours), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, theirs), 0);
    pid_t last = fork();
    if (last == 0) {
        close(ours[0]);
        close(ours[1]);
        close(theirs[0]);
        for (;;)
            pause();
    }
    close(theirs[1]);
    pid_t relay = fork();
    if (relay == 0) {
        close(ours[0]);
        for (;;)
            pause();
    }
    close(ours[1]);
    close(theirs[0]);
    usleep(50000); /* until both have closed what is not theirs */
    struct vmmap_peers peers;
    assert_ok(vmmap_peers_find(&no_target, (uint64_t)relay, &peers));
    ck_assert_uint_eq(peers.count, 1);
    ck_assert_uint_eq(peers.pids[0], (uint64_t)last);
    vmmap_peers_deinit(&peers);
    stop(relay);
    stop(last);
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
    struct vmmap_peers peers;
    int ends[2];
    close_sockets();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_error(vmmap_peers_find(&target, (uint64_t)getpid(), &peers), VMMAP_ERROR_INTERRUPTED,
                 "Quit");
    vmmap_peers_deinit(&peers);
}
END_TEST

int main(void)
{
    return RUN_TESTS("peer", the_other_end_of_a_socket_pair, the_server_of_a_unix_socket,
                     the_server_of_tcp, the_server_of_tcp6, the_server_for_both_of_a_client_of_ipv4,
                     an_unconnected_socket_has_no_peer, nobody_has_no_peers,
                     the_peers_of_another_process, the_search_can_be_interrupted);
}
