#ifndef CAMET_DESCRIPTORS_H
#define CAMET_DESCRIPTORS_H

#include "camet_process.h"

/// Descriptors that are sent or received at once, at most.
enum { camet_most_descriptors = 16 };

/// Whether connections can be accepted from a descriptor: 1 or 0.
int camet_is_listening(int descriptor);

/// Connects to a Unix-domain socket. Returns a descriptor that no other program inherits and on which nothing waits for longer than
/// `seconds`, or the negated errno.
int camet_connect(const char *path, int seconds);

/// Lets nothing on a descriptor wait for longer than so many seconds. Returns 0 or the errno.
int camet_limit_waiting(int descriptor, int seconds);

/// Who listens or connects at the other end of a connected Unix-domain socket. Returns 0 or the errno.
int camet_read_peer(int connection, camet_peer_credentials *peer);

/// The name that the other end of a connected Unix-domain socket is bound to, into room for camet_longest_name bytes: a path, or a
/// zero byte and a name of the abstract namespace, neither with a zero at its end. Returns its length, 0 where there is none, or
/// the negated errno.
enum { camet_longest_name = 108 };
int camet_read_peer_name(int connection, char *name);

/// Who has descriptors that are sent, besides whoever receives them.
enum camet_holders {
    /// The sender alone, and it ends.
    camet_held_by_sender = 1,
    /// Somebody else too, who keeps them.
    camet_held_by_others = 2,
};

/// Sends descriptors over a connected Unix-domain socket (SCM_RIGHTS), and who holds them. Returns 0 or the errno.
int camet_send_descriptors(int connection, const int *descriptors, int count, enum camet_holders holders);

/// Receives what camet_send_descriptors has sent; no other program inherits them. `descriptors` has room for
/// camet_most_descriptors. Returns their number, or the negated errno: EPIPE when the other side has ended, EPROTO for anything else
/// that came.
int camet_receive_descriptors(int connection, int *descriptors, enum camet_holders *holders);

/// Locks bytes of a file for everybody who has this opening of it; they are unlocked when the last of those has ended, in whatever
/// way. A count of 0 is all from the first on. Waits for nobody. Returns 0 or the errno, EAGAIN when somebody else has one of them.
int camet_lock_bytes(int descriptor, int64_t first, int64_t count);

/// Unlocks bytes that camet_lock_bytes has locked. Returns 0 or the errno.
int camet_unlock_bytes(int descriptor, int64_t first, int64_t count);

#endif
