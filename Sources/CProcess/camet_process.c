#define _GNU_SOURCE
#include "camet_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(camet_peer_credentials) == sizeof(struct ucred), "struct ucred has another form here");

int camet_peer_credentials_option(void) {
    return SO_PEERCRED;
}

int camet_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? 0 : errno;
}

int camet_open_pipe(int ends[2], int is_non_blocking) {
    return pipe2(ends, O_CLOEXEC | (is_non_blocking ? O_NONBLOCK : 0)) == 0 ? 0 : errno;
}

int camet_open_process(pid_t child) {
    // 434 on every architecture; the C library of Debian 12 has no name for it before 2.36.
    int descriptor = (int)syscall(434, child, 0);
    return descriptor >= 0 ? descriptor : -errno;
}

int camet_reap(pid_t child, int *status) {
    pid_t ended;
    do {
        ended = waitpid(child, status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0) {
        return -errno;
    }
    return ended == child ? 1 : 0;
}

int camet_exit_code(int status) {
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int end_signals[2] = {-1, -1};

static void note_end_signal(int number) {
    int kept = errno;
    char byte = (char)number;
    ssize_t ignored = write(end_signals[1], &byte, 1);
    (void)ignored;
    errno = kept;
}

// A handler and a pipe rather than blocked signals and signalfd: the Swift runtime's main thread unblocks all signals
// when it has nothing more to do, and then the default action would end the process.
int camet_open_end_signals(void) {
    int error = camet_open_pipe(end_signals, 1);
    if (error != 0) {
        return -error;
    }
    struct sigaction action = {.sa_handler = note_end_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) {
        return -errno;
    }
    return end_signals[0];
}

static void forget_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) {
            signal(number, SIG_DFL);
        }
    }
}

// Waits until a child runs its program, or has told why it cannot; closes the pipe. Returns 0 or the child's errno.
static int read_report(int descriptor) {
    int error = 0;
    ssize_t length;
    do {
        length = read(descriptor, &error, sizeof error);
    } while (length < 0 && errno == EINTR);
    close(descriptor);
    return length == (ssize_t)sizeof error ? error : 0;
}

// Between fork and exec only async-signal-safe calls are allowed: other threads' locks may be held for ever.
static void become_worker(const camet_worker_start *start, char *const environment[], char *listen_pid, int report,
                          pid_t parent) {
    forget_signals();
    if (setsid() < 0) {
        goto failed;
    }
    // Move everything that is kept above the numbers it will get, so that no dup2 overwrites a source.
    int kept[4] = {start->output, start->listener, start->pipe_end, report};
    for (int index = 0; index < 4; index++) {
        kept[index] = fcntl(kept[index], F_DUPFD_CLOEXEC, 10);
        if (kept[index] < 0) {
            goto failed;
        }
    }
    report = kept[3];
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(kept[0], 1) < 0 || dup2(kept[0], 2) < 0 || dup2(kept[1], 3) < 0 ||
        dup2(kept[2], 4) < 0 || dup3(report, 5, O_CLOEXEC) < 0) {
        goto failed;
    }
    report = 5;
    if (syscall(SYS_close_range, 6, ~0U, 0) != 0) {
        goto failed;
    }
    // The number of this process is known only here; its decimal digits go where the parent has left room.
    char digits[16];
    int length = 0;
    for (pid_t rest = getpid(); rest > 0; rest /= 10) {
        digits[length++] = (char)('0' + rest % 10);
    }
    while (length > 0) {
        *listen_pid++ = digits[--length];
    }
    *listen_pid = 0;
    int refused = camet_isolate(&start->isolation, parent);
    if (refused != 0) {
        errno = refused;
        goto failed;
    }
    execve(start->path, start->arguments, environment);
failed:;
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

pid_t camet_spawn_worker(const camet_worker_start *start) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -errno;
    }
    size_t count = 0;
    while (start->environment[count] != NULL) {
        count++;
    }
    char listen_fds[] = "LISTEN_FDS=1";
    char listen_pid[32] = "LISTEN_PID=";
    char **extended = calloc(count + 3, sizeof(char *));
    if (extended == NULL) {
        close(report[0]);
        close(report[1]);
        return -ENOMEM;
    }
    memcpy(extended, start->environment, count * sizeof(char *));
    extended[count] = listen_fds;
    extended[count + 1] = listen_pid;

    // Signals wait until the child has put its own dispositions in order.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        become_worker(start, extended, listen_pid + strlen(listen_pid), report[1], parent);
    }
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(extended);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -fork_error;
    }
    int error = read_report(report[0]);
    if (error != 0) {
        waitpid(child, NULL, 0);
        return -error;
    }
    return child;
}

pid_t camet_spawn_program(char *const arguments[], char *const environment[], int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        return -error;
    }
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -error;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    pid_t child = -1;
    if ((error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, output, 1)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, output, 2)) == 0 &&
        (error = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) == 0 &&
        (error = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
        (error = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
        (error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0) {
        error = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? child : -error;
}

// The same holds here as in become_worker.
static void become_program(char *const arguments[], char *const environment[], int report) {
    forget_signals();
    setsid();
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, 0) == 0 && syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        execve(arguments[0], arguments, environment);
    }
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

pid_t camet_spawn_beside(char *const arguments[], char *const environment[], int *descriptor) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -errno;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // As fork, which the C library does not offer with these. Stack and thread-local storage stay what they are, so whatever order an
    // architecture has for them, they are zeros.
    *descriptor = -1;
    pid_t process = (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, 0, descriptor, 0, 0);
    if (process == 0) {
        become_program(arguments, environment, report[1]);
    }
    int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (process < 0) {
        close(report[0]);
        return -clone_error;
    }
    int error = read_report(report[0]);
    if (error != 0) {
        close(*descriptor);
        return -error;
    }
    return process;
}

int camet_signal_process(int descriptor, int number) {
    // 424 on every architecture.
    return syscall(424, descriptor, number, NULL, 0) == 0 ? 0 : errno;
}

int camet_send_datagram(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (*path == '@') {
        address.sun_path[0] = 0;
    } else {
        size++;
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return errno;
    }
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    int error = sendto(descriptor, bytes, count, flags, (struct sockaddr *)&address, size) < 0 ? errno : 0;
    close(descriptor);
    return error;
}

int camet_is_stream(int descriptor, const char *device_and_file) {
    struct stat status;
    unsigned long long device, file;
    if (sscanf(device_and_file, "%llu:%llu", &device, &file) != 2 || fstat(descriptor, &status) != 0) {
        return 0;
    }
    return status.st_dev == device && status.st_ino == file;
}

int camet_exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

int camet_is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

int camet_is_own_folder(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}
