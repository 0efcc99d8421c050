#define _GNU_SOURCE
#include "camet_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

int camet_open_end_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) {
        return -error;
    }
    int descriptor = signalfd(-1, &set, SFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

// Between fork and exec only async-signal-safe calls are allowed: other threads' locks may be held for ever.
static void become_worker(const char *path, char *const arguments[], char *const environment[], int output,
                          int listener, int pipe_end, char *listen_pid, int report) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) {
            signal(number, SIG_DFL);
        }
    }
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        goto failed;
    }
    // Move everything that is kept above the numbers it will get, so that no dup2 overwrites a source.
    int kept[4] = {output, listener, pipe_end, report};
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
    execve(path, arguments, environment);
failed:;
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

pid_t camet_spawn_worker(const char *path, char *const arguments[], char *const environment[], int output, int listener,
                         int pipe_end) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -errno;
    }
    size_t count = 0;
    while (environment[count] != NULL) {
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
    memcpy(extended, environment, count * sizeof(char *));
    extended[count] = listen_fds;
    extended[count + 1] = listen_pid;

    // Signals wait until the child has put its own dispositions in order.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        become_worker(path, arguments, extended, output, listener, pipe_end, listen_pid + strlen(listen_pid),
                      report[1]);
    }
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(extended);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -fork_error;
    }
    int error = 0;
    ssize_t length;
    do {
        length = read(report[0], &error, sizeof error);
    } while (length < 0 && errno == EINTR);
    close(report[0]);
    if (length == (ssize_t)sizeof error) {
        waitpid(child, NULL, 0);
        return -error;
    }
    return child;
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
