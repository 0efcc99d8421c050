// A program that tries what a worker must not be able to do. It reads orders, one a line, from descriptor 4, as a worker its
// boot record, and tells on descriptor 1 what came of each: "<pid> <order> ok" or "<pid> <order> <errno's name>".
#define _GNU_SOURCE
#include "camet_isolation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int try_open(const char *path, int flags) {
    int descriptor = open(path, flags | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno;
    }
    char byte;
    // Of some files of /proc it is only the reading that is refused.
    int error = (flags & O_ACCMODE) == O_RDONLY && read(descriptor, &byte, 1) < 0 && errno != EIO ? errno : 0;
    close(descriptor);
    return error;
}

static int try_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        return errno;
    }
    close(descriptor);
    return 0;
}

static int try_network(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        return errno;
    }
    close(descriptor);
    return 0;
}

static int try_listen(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 || listen(descriptor, 1) != 0) {
        return errno;
    }
    close(descriptor);
    unlink(path);
    return 0;
}

static int try_trace(pid_t process) {
    if (ptrace(PTRACE_ATTACH, process, NULL, NULL) != 0) {
        return errno;
    }
    waitpid(process, NULL, __WALL);
    return ptrace(PTRACE_DETACH, process, NULL, NULL) == 0 ? 0 : errno;
}

static int try_memory_of(pid_t process) {
    char byte;
    // Any address: a reader who may not is told so before it is looked at.
    struct iovec here = {.iov_base = &byte, .iov_len = 1}, there = {.iov_base = (void *)4096, .iov_len = 1};
    return process_vm_readv(process, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT ? 0 : errno;
}

static int try_fork(int most) {
    int error = 0;
    pid_t *children = calloc((size_t)most, sizeof *children);
    int made = 0;
    while (made < most) {
        children[made] = fork();
        if (children[made] == 0) {
            poll(NULL, 0, -1);
            _exit(0);
        }
        if (children[made] < 0) {
            error = errno;
            break;
        }
        made++;
    }
    while (made > 0) {
        kill(children[--made], SIGKILL);
        waitpid(children[made], NULL, 0);
    }
    free(children);
    return error;
}

static void *wait_for_ever(void *unused) {
    poll(NULL, 0, -1);
    return unused;
}

static int try_threads(int most) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_t thread;
    for (int made = 0; made < most; made++) {
        int error = pthread_create(&thread, &small, wait_for_ever, NULL);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static int try_memory(size_t mebibytes) {
    for (size_t made = 0; made < mebibytes; made++) {
        char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            return errno;
        }
        memset(memory, 1, 1 << 20);
    }
    return 0;
}

static int try_limit(int resource) {
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

static int of(long result) {
    return result >= 0 ? 0 : errno;
}

static int try(const char *what, const char *with) {
    static const char *const words[] = {"sh", "-c", "exit 42", NULL};
    if (strcmp(what, "confine") == 0) return camet_confine(with);
    if (strcmp(what, "read") == 0) return try_open(with, O_RDONLY);
    if (strcmp(what, "write") == 0) return try_open(with, O_WRONLY | O_CREAT);
    if (strcmp(what, "spool") == 0) return try_open(with, O_RDWR | O_TMPFILE);
    if (strcmp(what, "unix") == 0) return try_unix(with);
    if (strcmp(what, "network") == 0) return try_network(with);
    if (strcmp(what, "listen") == 0) return try_listen(with);
    if (strcmp(what, "trace") == 0) return try_trace(atoi(with));
    if (strcmp(what, "memory_of") == 0) return try_memory_of(atoi(with));
    if (strcmp(what, "signal") == 0) return of(kill(atoi(with), 0));
    if (strcmp(what, "fork") == 0) return try_fork(atoi(with));
    if (strcmp(what, "threads") == 0) return try_threads(atoi(with));
    if (strcmp(what, "memory") == 0) return try_memory((size_t)atoi(with));
    if (strcmp(what, "limit") == 0) return try_limit(atoi(with));
    if (strcmp(what, "user") == 0) return of(setresuid((uid_t)atoi(with), (uid_t)atoi(with), (uid_t)atoi(with)));
    if (strcmp(what, "namespace") == 0) return of(unshare(CLONE_NEWUSER));
    if (strcmp(what, "keys") == 0) return of(syscall(SYS_add_key, "user", "camet", "x", 1, -3));
    if (strcmp(what, "priority") == 0) return of(setpriority(PRIO_PROCESS, 0, atoi(with)));
    if (strcmp(what, "code") == 0) {
        void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? errno : 0;
    }
    if (strcmp(what, "program") == 0) return of(execve(with, (char *const *)words, NULL));
    return EINVAL;
}

int main(void) {
    FILE *orders = fdopen(4, "r");
    char line[4096];
    while (orders != NULL && fgets(line, sizeof line, orders) != NULL) {
        line[strcspn(line, "\n")] = 0;
        char what[64] = "", with[4000] = "";
        sscanf(line, "%63s %3999s", what, with);
        int error = try(what, with);
        dprintf(1, "%d %s %s\n", getpid(), line, error == 0 ? "ok" : strerrorname_np(error));
    }
    return 0;
}
