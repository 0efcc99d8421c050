#define _GNU_SOURCE
#include "camet_isolation.h"
#include "camet_system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Open files of a worker: its connections, and one file for each long stream.
static const rlim_t open_files = 1024;
// Threads of a user that has this one process.
static const rlim_t threads = 256;

static int limit(int resource, rlim_t value) {
    struct rlimit both;
    if (getrlimit(resource, &both) != 0) {
        return errno;
    }
    if (both.rlim_max <= value && both.rlim_cur == both.rlim_max) {
        return 0;
    }
    // What its parent may not have, it may not have either.
    both.rlim_max = both.rlim_max < value ? both.rlim_max : value;
    both.rlim_cur = both.rlim_max;
    return setrlimit(resource, &both) == 0 ? 0 : errno;
}

int camet_drop_capabilities(uint64_t kept) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
        return errno;
    }
    for (int number = 0; number < 64; number++) {
        int is_there = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (is_there < 0) {
            break;
        }
        // Only root may; others can gain none anyway, because of no_new_privs.
        if (is_there && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno != EPERM) {
            return errno;
        }
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}, {0}};
    if (syscall(SYS_capget, &header, sets) != 0) {
        return errno;
    }
    uint32_t differs = 0;
    for (int half = 0; half < 2; half++) {
        uint32_t mask = (uint32_t)(kept >> (32 * half));
        differs |= (sets[half].effective ^ mask) | (sets[half].permitted ^ mask) | (sets[half].inheritable & ~mask);
        sets[half].effective = sets[half].permitted = mask;
        sets[half].inheritable &= mask;
    }
    // Who has none to give up may not even be allowed to ask, by a filter of whoever started it.
    if (differs == 0) {
        return 0;
    }
    return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

static int become(uint32_t user, uint32_t group) {
    gid_t groups[1] = {group};
    if (setgroups(1, groups) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0) {
        return errno;
    }
    return 0;
}

static int bound_resources(const camet_isolation *isolation) {
    const struct {
        int resource;
        rlim_t value;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_DATA, isolation->memory_bytes},
        {RLIMIT_NOFILE, open_files},
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_MSGQUEUE, 0},
    };
    for (size_t index = 0; index < sizeof limits / sizeof limits[0]; index++) {
        int error = limit(limits[index].resource, limits[index].value);
        if (error != 0) {
            return error;
        }
    }
    // It counts all threads of the user: only with a user of its own are they the worker's.
    if (isolation->user_id != 0) {
        int error = limit(RLIMIT_NPROC, threads);
        if (error != 0) {
            return error;
        }
    }
    // From a parent of higher nice nothing can be taken back.
    if (getpriority(PRIO_PROCESS, 0) < isolation->nice && setpriority(PRIO_PROCESS, 0, isolation->nice) != 0) {
        return errno;
    }
    int after_others = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6);
    return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, after_others) == 0 ? 0 : errno;
}

int camet_isolate(const camet_isolation *isolation, pid_t parent) {
    umask(077);
    if (chdir("/") != 0) {
        return errno;
    }
    int error = bound_resources(isolation);
    if (error != 0) {
        return error;
    }
    if (isolation->user_id != 0) {
        error = camet_drop_capabilities(1ULL << CAP_SETUID | 1ULL << CAP_SETGID);
        if (error == 0) {
            error = become(isolation->user_id, isolation->group_id);
        }
    }
    if (error == 0) {
        error = camet_drop_capabilities(0);
    }
    if (error != 0) {
        return error;
    }
    // After the change of the user, which takes this back.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return errno;
    }
    if (getppid() != parent) {
        return ESRCH;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return errno;
    }
    return camet_filter_system_calls(isolation->has_network);
}

int camet_open_share(void) {
    int descriptor = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int camet_set_share(int descriptor) {
    char text[8];
    int length = snprintf(text, sizeof text, "%d", getpriority(PRIO_PROCESS, 0));
    return write(descriptor, text, (size_t)length) == length ? 0 : errno;
}

int camet_keep_memory_private(void) {
    int error = limit(RLIMIT_CORE, 0);
    if (error != 0) {
        return error;
    }
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

// Before others when the system runs out of memory: another worker is started, a gateway or a database is missed by all.
static void be_killed_first(void) {
    int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t ignored = write(descriptor, "500", 3);
        (void)ignored;
        close(descriptor);
    }
}

// Debian 12 has not all in its headers: LANDLOCK_ACCESS_FS_REFER, _TRUNCATE and _IOCTL_DEV.
static const uint64_t moving = 1ULL << 13;
static const uint64_t cutting_off = 1ULL << 14;
static const uint64_t commanding_devices = 1ULL << 15;
static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

// Rights on files that a system knows, by the version of its Landlock; 0 where it has none.
static uint64_t known_rights(int version) {
    if (version < 1) {
        return 0;
    }
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (version >= 2) {
        rights |= moving;
    }
    if (version >= 3) {
        rights |= cutting_off;
    }
    if (version >= 5) {
        rights |= commanding_devices;
    }
    return rights;
}

static int allow_below(int rules, const char *path, uint64_t rights) {
    struct landlock_path_beneath_attr rule = {.allowed_access = rights};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return errno == ENOENT ? 0 : errno;
    }
    int error = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
    close(rule.parent_fd);
    return error;
}

static int confine_files(const char *spool_folder) {
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    // The first field is that of every version; later ones bound network and signals, which the filter does.
    struct landlock_ruleset_attr handled = {.handled_access_fs = known_rights(version)};
    if (handled.handled_access_fs == 0) {
        return 0;
    }
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0);
    if (rules < 0) {
        return errno;
    }
    // Swift's runtime looks at its own threads by their numbers, which are not below /proc/self, and dies when it may not. Of
    // others that leaves what anybody may know; their memory and environment are refused by user. The last tells how many
    // processors there are.
    static const char *const readable[] = {
        "/usr", "/lib", "/lib64", "/etc", "/run/systemd/resolve", "/proc", "/sys/fs/cgroup",
    };
    int error = 0;
    for (size_t index = 0; error == 0 && index < sizeof readable / sizeof readable[0]; index++) {
        error = allow_below(rules, readable[index], reading);
    }
    if (error == 0) {
        error = allow_below(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    }
    if (error == 0) {
        error = allow_below(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
    }
    if (error == 0) {
        uint64_t writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                           LANDLOCK_ACCESS_FS_REMOVE_FILE | cutting_off;
        error = allow_below(rules, spool_folder, writing & handled.handled_access_fs);
    }
    if (error == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0) {
        error = errno;
    }
    close(rules);
    return error;
}

int camet_confine(const char *spool_folder) {
    be_killed_first();
    int error = camet_keep_memory_private();
    if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        error = errno;
    }
    if (error == 0) {
        error = confine_files(spool_folder);
    }
    return error != 0 ? error : camet_forbid_programs();
}
