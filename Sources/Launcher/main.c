// camet-launcher: the one part of Camet Analytics that is root. It becomes two processes: its own, which turns into the
// gateway as an ordinary user, and a child that stays root for one purpose, to start each client company's worker as a
// user of that company alone. Program, users and folder are fixed here by who starts it; what the gateway may ask is
// camet_launcher.h, what is checked is below and in docs/isolation.md.
#define _GNU_SOURCE
#include "camet_descriptors.h"
#include "camet_isolation.h"
#include "camet_launcher.h"
#include "camet_process.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// As sysexits.h has them, and those of a shell for a program that cannot be started.
enum { exit_usage = 64, exit_system = 71, exit_not_root = 77, exit_no_program = 127 };

// Less, and no worker would start.
static const uint64_t least_memory = 64ULL << 20;

typedef struct options {
    // The gateway's user; the worker of tenant n is first_user + n, up to last_user.
    uint32_t first_user;
    uint32_t last_user;
    const char *worker;
    const char *spool;
    bool may_bind_low_ports;
    char **program;
} options;

static _Noreturn void fail(int code, const char *what, int error) {
    dprintf(STDERR_FILENO, "camet-launcher: %s%s%s\n", what, error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
    _exit(code);
}

// MARK: What it is told

static uint32_t user_number(const char *text) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    // From 2^31 on, some programs take a user for a negative number.
    if (*text < '1' || *text > '9' || *end != 0 || errno != 0 || value > INT32_MAX) {
        fail(exit_usage, "a user is a number from 1 to 2147483647", 0);
    }
    return (uint32_t)value;
}

static options read_options(int count, char **arguments) {
    static const struct option known[] = {
        {"first-user", required_argument, NULL, 'f'}, {"last-user", required_argument, NULL, 'l'},
        {"worker", required_argument, NULL, 'w'},     {"spool", required_argument, NULL, 's'},
        {"low-ports", no_argument, NULL, 'p'},        {NULL, 0, NULL, 0},
    };
    options read = {.spool = "/var/tmp"};
    int letter;
    while ((letter = getopt_long(count, arguments, "+", known, NULL)) != -1) {
        switch (letter) {
        case 'f':
            read.first_user = user_number(optarg);
            break;
        case 'l':
            read.last_user = user_number(optarg);
            break;
        case 'w':
            read.worker = optarg;
            break;
        case 's':
            read.spool = optarg;
            break;
        case 'p':
            read.may_bind_low_ports = true;
            break;
        default:
            exit(exit_usage);
        }
    }
    read.program = arguments + optind;
    if (read.first_user == 0 || read.last_user <= read.first_user || read.worker == NULL || *read.program == NULL) {
        fail(exit_usage,
             "usage: camet-launcher --first-user N --last-user M --worker PATH [--spool FOLDER] [--low-ports] -- "
             "GATEWAY [ARGUMENT…]",
             0);
    }
    if (*read.worker != '/' || *read.spool != '/') {
        fail(exit_usage, "the paths of worker and spool begin with a slash", 0);
    }
    return read;
}

// MARK: The gateway

// What a program may be given has to be inheritable while the bounding set still has it.
static int make_low_ports_inheritable(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}, {0}};
    if (syscall(SYS_capget, &header, sets) != 0) {
        return errno;
    }
    sets[0].inheritable |= 1U << CAP_NET_BIND_SERVICE;
    return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

// Sockets that whoever started the launcher listens on for the gateway, as systemd hands them over: from descriptor 3 on. The process
// that LISTEN_PID names is this one, and the gateway is the same. Meant for another one, they are not handed on.
static int inherited_sockets(void) {
    const char *meant = getenv("LISTEN_PID");
    const char *text = getenv("LISTEN_FDS");
    if (meant == NULL || text == NULL || strtol(meant, NULL, 10) != getpid()) {
        return 0;
    }
    char *end;
    long count = strtol(text, &end, 10);
    if (*end != 0 || count < 1 || count > camet_most_descriptors) {
        fail(exit_usage, "LISTEN_FDS is not a number of sockets", 0);
    }
    for (int descriptor = camet_launcher_descriptor; descriptor < camet_launcher_descriptor + (int)count; descriptor++) {
        if (!camet_is_listening(descriptor)) {
            fail(exit_usage, "LISTEN_FDS counts what is not a listening socket", 0);
        }
    }
    return (int)count;
}

static _Noreturn void become_gateway(const options *options, int launcher, int sockets) {
    int end_signal = 0;
    gid_t groups[1] = {options->first_user};
    pid_t parent = getppid();
    if (prctl(PR_GET_PDEATHSIG, &end_signal) != 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
        setgroups(1, groups) != 0 || setresgid(groups[0], groups[0], groups[0]) != 0) {
        fail(exit_system, "the gateway's group", errno);
    }
    uint64_t kept = options->may_bind_low_ports ? 1ULL << CAP_NET_BIND_SERVICE : 0;
    int error = kept != 0 ? make_low_ports_inheritable() : 0;
    if (error == 0) {
        error = camet_drop_capabilities(kept | 1ULL << CAP_SETUID);
    }
    if (error == 0 && setresuid(options->first_user, options->first_user, options->first_user) != 0) {
        error = errno;
    }
    if (error == 0) {
        error = camet_drop_capabilities(kept);
    }
    if (error == 0 && kept != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) != 0) {
        error = errno;
    }
    if (error != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        fail(exit_system, "the gateway's privileges", error != 0 ? error : errno);
    }
    // The change of the user has taken it back.
    if (prctl(PR_SET_PDEATHSIG, end_signal) != 0 || (end_signal != 0 && getppid() != parent)) {
        fail(exit_system, "who started the launcher has ended", 0);
    }
    // Behind the sockets, whose numbers are fixed. It cannot lie on one of them: they were open before it.
    int own = camet_launcher_descriptor + sockets;
    char number[16];
    snprintf(number, sizeof number, "%d", own);
    if (dup2(launcher, own) < 0 || fcntl(own, F_SETFD, 0) != 0 || syscall(SYS_close_range, own + 1, ~0U, 0) != 0 ||
        setenv("CAMET_LAUNCHER", number, 1) != 0 || setenv("HOME", "/", 1) != 0) {
        fail(exit_system, "the gateway's descriptors", errno);
    }
    execvp(options->program[0], options->program);
    fail(exit_no_program, options->program[0], errno);
}

// MARK: The launcher

typedef struct workers {
    pid_t *processes;
    size_t count;
    size_t room;
} workers;

static size_t index_of(const workers *known, pid_t process) {
    size_t index = 0;
    while (index < known->count && known->processes[index] != process) {
        index++;
    }
    return index;
}

static void kill_all_of(pid_t process) {
    kill(-process, SIGKILL);
    kill(process, SIGKILL);
}

static bool is_listening_socket(int descriptor) {
    int domain = 0;
    int is_listening = 0;
    socklen_t length = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX &&
           getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &length) == 0 && is_listening != 0;
}

static bool is_pipe(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

static int32_t start(const options *options, workers *known, const camet_launcher_request *request, const int sent[2]) {
    uint64_t tenants = options->last_user - options->first_user;
    if (request->process_id != 0 || request->signal_number != 0 || request->unused != 0 || request->has_network > 1 ||
        request->tenant < 1 || (uint64_t)request->tenant > tenants || request->nice < 0 || request->nice > 19 ||
        request->memory_bytes < least_memory || !is_listening_socket(sent[0]) || !is_pipe(sent[1])) {
        return -EINVAL;
    }
    if (known->count == known->room) {
        size_t room = known->room * 2 + 16;
        pid_t *larger = realloc(known->processes, room * sizeof *larger);
        if (larger == NULL) {
            return -ENOMEM;
        }
        known->processes = larger;
        known->room = room;
    }
    char spool[4096];
    if (snprintf(spool, sizeof spool, "TMPDIR=%s", options->spool) >= (int)sizeof spool) {
        return -ENAMETOOLONG;
    }
    char *const arguments[] = {(char *)(uintptr_t)options->worker, NULL};
    char *const environment[] = {spool, NULL};
    camet_worker_start worker = {
        .path = options->worker,
        .arguments = arguments,
        .environment = environment,
        .output = STDERR_FILENO,
        .listener = sent[0],
        .pipe_end = sent[1],
        .isolation =
            {
                .memory_bytes = request->memory_bytes,
                .nice = request->nice,
                .has_network = (int32_t)request->has_network,
                .user_id = options->first_user + (uint32_t)request->tenant,
                .group_id = options->first_user,
            },
    };
    pid_t process = camet_spawn_worker(&worker);
    if (process > 0) {
        known->processes[known->count++] = process;
    }
    return process;
}

static int32_t send_signal(const workers *known, const camet_launcher_request *request) {
    if (index_of(known, request->process_id) == known->count) {
        return -ESRCH;
    }
    // Not yet reaped, so the number is still its own.
    if (request->signal_number == SIGKILL) {
        kill_all_of(request->process_id);
        return 0;
    }
    if (request->signal_number != SIGTERM) {
        return -EINVAL;
    }
    return kill(request->process_id, SIGTERM) == 0 ? 0 : -errno;
}

static int32_t reap(workers *known, pid_t process, int32_t *wait_status) {
    size_t index = index_of(known, process);
    if (index == known->count) {
        return -ESRCH;
    }
    siginfo_t ended = {.si_pid = 0};
    if (waitid(P_PID, (id_t)process, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
        return -errno;
    }
    if (ended.si_pid == 0) {
        return 0;
    }
    // What it left behind goes while its number is still its own.
    kill(-process, SIGKILL);
    int status = 0;
    int result = camet_reap(process, &status);
    *wait_status = status;
    known->processes[index] = known->processes[--known->count];
    return result;
}

// Takes the descriptors that came along; of any other number of them none.
static void take_descriptors(struct msghdr *message, int sent[2]) {
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int came[2] = {-1, -1};
        memcpy(came, CMSG_DATA(header), (count < 2 ? count : 2) * sizeof(int));
        if (count == 2 && sent[0] < 0) {
            memcpy(sent, came, sizeof came);
        } else {
            for (size_t index = 0; index < 2; index++) {
                if (came[index] >= 0) {
                    close(came[index]);
                }
            }
        }
    }
}

static void answer(const options *options, workers *known, const camet_launcher_request *request, const int sent[2],
                   camet_launcher_reply *reply) {
    switch (request->question) {
    case camet_launcher_start:
        reply->result = start(options, known, request, sent);
        break;
    case camet_launcher_signal:
        reply->result = send_signal(known, request);
        break;
    case camet_launcher_reap:
        reply->result = reap(known, request->process_id, &reply->wait_status);
        break;
    default:
        reply->result = -EINVAL;
    }
}

// Answers until the gateway has gone, in whatever way.
static void serve(const options *options, workers *known, int gateway) {
    while (true) {
        camet_launcher_request request;
        union {
            char space[CMSG_SPACE(2 * sizeof(int))];
            struct cmsghdr alignment;
        } control;
        struct iovec bytes = {.iov_base = &request, .iov_len = sizeof request};
        struct msghdr message = {
            .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
        memset(&control, 0, sizeof control);
        ssize_t length = recvmsg(gateway, &message, MSG_CMSG_CLOEXEC);
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length <= 0) {
            return;
        }
        int sent[2] = {-1, -1};
        take_descriptors(&message, sent);
        camet_launcher_reply reply = {.result = -EINVAL};
        if (length == (ssize_t)sizeof request && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
            answer(options, known, &request, sent, &reply);
        }
        for (int index = 0; index < 2; index++) {
            if (sent[index] >= 0) {
                close(sent[index]);
            }
        }
        if (send(gateway, &reply, sizeof reply, MSG_NOSIGNAL) != (ssize_t)sizeof reply) {
            return;
        }
    }
}

static _Noreturn void become_launcher(const options *options, int gateway) {
    // It ends with the gateway and not before: not by what a terminal or a supervisor sends to the group.
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t index = 0; index < sizeof ignored / sizeof ignored[0]; index++) {
        signal(ignored[index], SIG_IGN);
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    uint64_t kept = 1ULL << CAP_SETUID | 1ULL << CAP_SETGID | 1ULL << CAP_KILL;
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup3(gateway, 3, O_CLOEXEC) < 0 ||
        syscall(SYS_close_range, 4, ~0U, 0) != 0 || setsid() < 0 || chdir("/") != 0) {
        fail(exit_system, "the launcher's descriptors", errno);
    }
    int error = camet_drop_capabilities(kept);
    if (error == 0) {
        error = camet_keep_memory_private();
    }
    if (error != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        fail(exit_system, "the launcher's privileges", error != 0 ? error : errno);
    }
    workers known = {0};
    serve(options, &known, 3);
    for (size_t index = 0; index < known.count; index++) {
        kill_all_of(known.processes[index]);
    }
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
    _exit(0);
}

int main(int count, char **arguments) {
    options options = read_options(count, arguments);
    if (geteuid() != 0) {
        fail(exit_not_root, "it must be started by root; who is not root starts the gateway itself", 0);
    }
    int sockets = inherited_sockets();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        fail(exit_system, "no sockets", errno);
    }
    pid_t child = fork();
    if (child < 0) {
        fail(exit_system, "no process", errno);
    }
    if (child == 0) {
        close(ends[0]);
        become_launcher(&options, ends[1]);
    }
    close(ends[1]);
    become_gateway(&options, ends[0], sockets);
}
