#ifndef CAMET_PROCESS_H
#define CAMET_PROCESS_H

#include "camet_isolation.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The form of struct ucred, which the system's headers hide behind _GNU_SOURCE.
typedef struct camet_peer_credentials {
    int32_t process_id;
    uint32_t user_id;
    uint32_t group_id;
} camet_peer_credentials;

/// The socket option that reads camet_peer_credentials (SO_PEERCRED).
int camet_peer_credentials_option(void);

/// A worker's program and what it inherits. `arguments` and `environment` end with NULL.
typedef struct camet_worker_start {
    const char *path;
    char *const *arguments;
    char *const *environment;
    int output;
    int listener;
    int pipe_end;
    camet_isolation isolation;
} camet_worker_start;

/// Starts a worker as the leader of a new session, isolated, with nothing to read on descriptor 0, `output` as 1 and 2,
/// `listener` as 3 and `pipe_end` as 4, and every other descriptor closed. LISTEN_FDS and LISTEN_PID are added to its
/// environment. It is killed when the calling thread ends.
/// Returns the child's process id, or the negated errno of the step that failed, also when it was exec.
pid_t camet_spawn_worker(const camet_worker_start *start);

/// Makes a pipe whose ends no other program inherits: ends[0] to read, ends[1] to write. Returns 0 or the errno.
int camet_open_pipe(int ends[2], int is_non_blocking);

/// A descriptor that becomes readable when the child has ended, or the negated errno.
int camet_open_process(pid_t child);

/// Reaps a child that has ended. Returns 0 while it runs, 1 with its wait status in `status`, or the negated errno.
int camet_reap(pid_t child, int *status);

/// Turns a wait status into the exit code, or into the negated number of the signal that ended the process.
int camet_exit_code(int status);

/// Takes SIGTERM and SIGINT for the whole process and returns a descriptor that becomes readable when one arrives, or the
/// negated errno. To be called once.
int camet_open_end_signals(void);

/// Starts a program that is looked for as a shell does, with nothing to read on descriptor 0, `output` as 1 and 2, and every other
/// descriptor closed. Both lists end with NULL. Returns the child's process id, or the negated errno.
pid_t camet_spawn_program(char *const arguments[], char *const environment[], int output);

/// Starts the program of the path arguments[0] as a child of whoever started the calling process, who hears of its end; the calling process
/// does not. It has nothing to read on descriptor 0, descriptors 1 and 2 of the calling process, no other, and a session of its own.
/// Both lists end with NULL. `descriptor` becomes readable when it has ended, and is the caller's to close.
/// Returns the process id, or the negated errno of the step that failed, also when it was exec.
pid_t camet_spawn_beside(char *const arguments[], char *const environment[], int *descriptor);

/// Sends a signal to the process of a descriptor as camet_open_process gives it. Returns 0 or the errno.
int camet_signal_process(int descriptor, int number);

/// Sends one datagram to a Unix-domain socket; a path that begins with @ is of the abstract namespace. Waits for nobody.
/// Returns 0 or the errno.
int camet_send_datagram(const char *path, const void *bytes, size_t count);

/// Whether a descriptor is the file that "<device>:<inode>" names, as JOURNAL_STREAM does: 1 or 0.
int camet_is_stream(int descriptor, const char *device_and_file);

/// Asks for SIGKILL when the parent ends. Returns 0 or the errno.
int camet_die_with_parent(void);

/// What lies at a path, links not followed: 1 or 0. The owner of an own folder is the effective user.
int camet_exists(const char *path);
int camet_is_socket(const char *path);
int camet_is_own_folder(const char *path);

#endif
