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

/// Asks for SIGKILL when the parent ends. Returns 0 or the errno.
int camet_die_with_parent(void);

#endif
