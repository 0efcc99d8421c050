#define _GNU_SOURCE
#include "camet_system_calls.h"
#include "camet_isolation.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The filter is a list of what a worker needs; whatever else it asks for is EPERM, and what this list is too old to know
// is ENOSYS, because the C library then does without. Arguments are looked at only where they are numbers: what a pointer
// points to may change after it was looked at.

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the list of system calls has not been tried on this architecture"
#endif

// The last system call that was known when the list was made.
#define LAST_KNOWN 462

static const uint16_t allowed[] = {
    // Files and what is read and written like them.
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_preadv2,
    SYS_pwritev2, SYS_close, SYS_close_range, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_faccessat,
    SYS_faccessat2, SYS_openat, SYS_readlinkat, SYS_getcwd, SYS_getdents64, SYS_fcntl, SYS_unlinkat, SYS_ftruncate, SYS_fallocate,
    SYS_fsync, SYS_fdatasync, SYS_dup, SYS_dup3, SYS_pipe2, SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl,
    SYS_epoll_pwait, SYS_epoll_pwait2, SYS_eventfd2, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
    // Connections; which sockets there may be is looked at below. None is bound: a worker has the one it inherited.
    SYS_connect, SYS_accept, SYS_accept4, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
    SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_setsockopt, SYS_getsockopt,
    // Memory and threads.
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier, SYS_futex, SYS_set_robust_list, SYS_get_robust_list,
    SYS_set_tid_address, SYS_rseq, SYS_exit, SYS_exit_group, SYS_sched_yield, SYS_sched_getaffinity,
    SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu,
    // Signals to itself.
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
    SYS_sigaltstack, SYS_restart_syscall,
    // Time, chance, and who it is.
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_times, SYS_getrandom,
    SYS_getpid, SYS_gettid, SYS_getppid, SYS_getpgid, SYS_getsid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
    SYS_getresuid, SYS_getresgid, SYS_getgroups, SYS_getrusage, SYS_getpriority, SYS_sysinfo, SYS_uname,
    // Its own program, and giving up still more.
    SYS_execve, SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
#if defined(__x86_64__)
    // What the other architecture has only in newer forms.
    SYS_stat, SYS_lstat, SYS_access, SYS_open, SYS_unlink, SYS_readlink, SYS_dup2, SYS_pipe, SYS_poll, SYS_select, SYS_epoll_create,
    SYS_epoll_wait, SYS_getrlimit, SYS_getpgrp, SYS_time, SYS_arch_prctl,
#endif
};

static const uint32_t control_requests[] = {FIONREAD, FIONBIO, FIOCLEX, TCGETS};
static const uint32_t own_settings[] = {
    PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_SET_SECCOMP,
    PR_CAPBSET_READ, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_VMA,
};

#define LOW_WORD(number) (offsetof(struct seccomp_data, args[number]))
#define HIGH_WORD(number) (LOW_WORD(number) + 4)
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

// Long enough for every call twice, and then some.
#define LONGEST 512

typedef struct program {
    struct sock_filter code[LONGEST];
    uint16_t length;
} program;

static void add(program *made, struct sock_filter instruction) {
    if (made->length < LONGEST) {
        made->code[made->length++] = instruction;
    }
}

static void load(program *made, uint32_t offset) {
    add(made, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void answer(program *made, uint32_t action) {
    add(made, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void refuse(program *made, int error) {
    answer(made, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA));
}

// The next `skipped` instructions are for this value alone.
static void when(program *made, uint32_t value, uint8_t skipped) {
    add(made, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped));
}

static void allow_value(program *made, uint32_t value) {
    when(made, value, 1);
    answer(made, SECCOMP_RET_ALLOW);
}

// A call whose first or second argument must be one of these.
static void allow_with(program *made, int call, uint32_t offset, const uint32_t *values, size_t count, int error) {
    when(made, (uint32_t)call, (uint8_t)(2 * count + 2));
    load(made, offset);
    for (size_t index = 0; index < count; index++) {
        allow_value(made, values[index]);
    }
    refuse(made, error);
}

// A call for which all bits of `mask` must be set, or must not all be set, in its argument.
static void allow_masked(program *made, int call, int argument, uint32_t mask, int must_be_set) {
    when(made, (uint32_t)call, 5);
    load(made, LOW_WORD(argument));
    add(made, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
    when(made, mask, 1);
    if (must_be_set) {
        answer(made, SECCOMP_RET_ALLOW);
        refuse(made, EPERM);
    } else {
        refuse(made, EPERM);
        answer(made, SECCOMP_RET_ALLOW);
    }
}

static void begin(program *made) {
    made->length = 0;
    load(made, offsetof(struct seccomp_data, arch));
    when(made, OUR_ARCHITECTURE, 1);
    add(made, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0));
    answer(made, SECCOMP_RET_KILL_PROCESS);
    load(made, offsetof(struct seccomp_data, nr));
}

// Installed for all threads: before exec there is one.
static int install(const program *made) {
    if (made->length == LONGEST) {
        return ENOSPC;
    }
    struct sock_fprog filter = {.len = made->length, .filter = (struct sock_filter *)(uintptr_t)made->code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0) {
        return 0;
    }
    return errno == ENOSYS || errno == EINVAL ? 0 : errno;
}

int camet_filter_system_calls(int has_network) {
    static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    static const uint32_t inherited_socket = 3;
    uint32_t itself = (uint32_t)getpid();
    program made;
    begin(&made);
    for (size_t index = 0; index < COUNT(allowed); index++) {
        allow_value(&made, allowed[index]);
    }
    allow_with(&made, SYS_socket, LOW_WORD(0), families, has_network ? COUNT(families) : 1, EAFNOSUPPORT);
    allow_with(&made, SYS_socketpair, LOW_WORD(0), families, 1, EAFNOSUPPORT);
    allow_with(&made, SYS_listen, LOW_WORD(0), &inherited_socket, 1, EPERM);
    allow_with(&made, SYS_ioctl, LOW_WORD(1), control_requests, COUNT(control_requests), EPERM);
    allow_with(&made, SYS_prctl, LOW_WORD(0), own_settings, COUNT(own_settings), EPERM);
    allow_with(&made, SYS_tgkill, LOW_WORD(0), &itself, 1, EPERM);
    allow_with(&made, SYS_kill, LOW_WORD(0), &itself, 1, EPERM);
    // A thread, but no process; of clone3 the arguments cannot be looked at, and the C library does without it.
    allow_masked(&made, SYS_clone, 0, CLONE_THREAD, 1);
    when(&made, SYS_clone3, 1);
    refuse(&made, ENOSYS);
    // No memory that is written and run.
    allow_masked(&made, SYS_mmap, 2, PROT_WRITE | PROT_EXEC, 0);
    allow_masked(&made, SYS_mprotect, 2, PROT_EXEC, 0);
    // Limits are read, not set.
    when(&made, SYS_prlimit64, 6);
    load(&made, LOW_WORD(2));
    add(&made, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3));
    load(&made, HIGH_WORD(2));
    allow_value(&made, 0);
    refuse(&made, EPERM);
    add(&made, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN, 0, 1));
    refuse(&made, ENOSYS);
    refuse(&made, EPERM);
    return install(&made);
}

int camet_forbid_programs(void) {
    program made;
    begin(&made);
    when(&made, SYS_execve, 1);
    refuse(&made, EPERM);
    when(&made, SYS_execveat, 1);
    refuse(&made, EPERM);
    answer(&made, SECCOMP_RET_ALLOW);
    return install(&made);
}
