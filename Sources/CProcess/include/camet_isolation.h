#ifndef CAMET_ISOLATION_H
#define CAMET_ISOLATION_H

#include <stdint.h>
#include <sys/types.h>

/// What a worker's process may have. Everything else it loses whatever this says: see docs/isolation.md.
typedef struct camet_isolation {
    /// Bytes of memory of its own (heap, stacks, private writable mappings), at most.
    uint64_t memory_bytes;
    /// 0–19: how much its processor time comes after that of others.
    int32_t nice;
    /// Whether it may make sockets of IPv4 and IPv6; those of the Unix domain it may make in any case.
    int32_t has_network;
    /// Who it becomes, as user and as group; 0: it stays who its parent is.
    uint32_t user_id;
    /// The one further group that it belongs to, when it becomes somebody.
    uint32_t group_id;
} camet_isolation;

/// Takes from the calling process what it shall not have, shortly before it becomes a worker's program. Nothing of it can
/// be taken back. Async-signal-safe. `parent` is who made it: with it, it ends.
/// Returns 0, or the errno of the step that failed; then the process must end.
int camet_isolate(const camet_isolation *isolation, pid_t parent);

/// The second half, by the worker itself once everything it needs is loaded and while it has one thread: no more programs,
/// no files but those of the system to read and `spool_folder` to write to, no look into its memory.
/// Returns 0 or the errno of the step that failed.
int camet_confine(const char *spool_folder);

/// Lets the calling process, and the program it becomes, make no system calls but those of the list in camet_system_calls.c. Part of
/// camet_isolate; to be called by a worker that somebody else has started. Async-signal-safe; needs no_new_privs.
/// Returns 0, also where the system has no filters, or the errno.
int camet_filter_system_calls(int has_network);

/// A descriptor by which the share of the processor is set that the calling process's session has, or the negated errno: where the
/// system shares the processor between sessions, nice counts within one only. To be opened before `camet_confine`.
int camet_open_share(void);

/// Sets the share as nice says. Returns 0 or the errno: EAGAIN when the system does so for another session, for a tenth of a second.
int camet_set_share(int descriptor);

/// Keeps the memory of the calling process from others of its user: no core dump, no debugger, no /proc/<pid>/environ.
/// Returns 0 or the errno.
int camet_keep_memory_private(void);

/// Leaves the calling process the capabilities of the mask `kept`, and the programs it becomes those that it makes ambient
/// afterwards. Returns 0 or the errno.
int camet_drop_capabilities(uint64_t kept);

#endif
