#ifndef CAMET_PROCESS_H
#define CAMET_PROCESS_H

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

/// Starts `path` as the leader of a new session with descriptors 0–2 as given, `listener` as 3 and `pipe_end` as 4, and
/// every other descriptor closed. `arguments` and `environment` end with NULL; LISTEN_FDS and LISTEN_PID are added.
/// The child is killed when the calling thread ends.
/// Returns the child's process id, or the negated errno of the step that failed, also when it was exec.
pid_t camet_spawn_worker(const char *path, char *const arguments[], char *const environment[], int output, int listener,
                         int pipe_end);

/// Makes a pipe whose ends no other program inherits: ends[0] to read, ends[1] to write. Returns 0 or the errno.
int camet_open_pipe(int ends[2], int is_non_blocking);

/// A descriptor that becomes readable when the child has ended, or the negated errno.
int camet_open_process(pid_t child);

/// Reaps a child that has ended. Returns 0 while it runs, 1 with its wait status in `status`, or the negated errno.
int camet_reap(pid_t child, int *status);

/// Turns a wait status into the exit code, or into the negated number of the signal that ended the process.
int camet_exit_code(int status);

/// Blocks SIGTERM and SIGINT for the calling thread and those it starts, and returns a descriptor that becomes readable
/// when one arrives, or the negated errno. Programs started later must unblock them.
int camet_open_end_signals(void);

/// Asks for SIGKILL when the parent ends. Returns 0 or the errno.
int camet_die_with_parent(void);

/// What lies at a path, links not followed: 1 or 0. The owner of an own folder is the effective user.
int camet_exists(const char *path);
int camet_is_socket(const char *path);
int camet_is_own_folder(const char *path);

#endif
