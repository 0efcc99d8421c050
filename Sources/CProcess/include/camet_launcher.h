#ifndef CAMET_LAUNCHER_H
#define CAMET_LAUNCHER_H

#include <stdint.h>

/// What the gateway asks the launcher, which alone is root: one datagram for each question, and one for its answer, over a
/// pair of sockets (SOCK_SEQPACKET) that only the two hold. The numbers are those of the machine's own byte order. One
/// question at a time; the answer to it is the next datagram. docs/isolation.md says what is checked.
enum camet_launcher_question {
    /// Starts the worker of a tenant. With it go two descriptors: the listening socket and the pipe's end to read from.
    camet_launcher_start = 1,
    /// Sends SIGTERM or SIGKILL to a worker; SIGKILL to all of its process group.
    camet_launcher_signal = 2,
    /// Asks whether a worker has ended, and forgets one that has.
    camet_launcher_reap = 3,
};

typedef struct camet_launcher_request {
    uint32_t question;
    /// Of a worker that was started and not yet forgotten; 0 to start one.
    int32_t process_id;
    /// SIGTERM or SIGKILL; else 0.
    int32_t signal_number;
    /// To start: 0–19.
    int32_t nice;
    /// To start: the tenant's number, from 1.
    int64_t tenant;
    /// To start: bytes.
    uint64_t memory_bytes;
    /// To start: 1 when its database is reached over the network, else 0.
    uint32_t has_network;
    uint32_t unused;
} camet_launcher_request;

typedef struct camet_launcher_reply {
    /// The process id of a worker that was started, 1 for one that has ended, 0 for one that runs, or the negated errno of
    /// what was refused.
    int32_t result;
    /// How a worker has ended, as wait says it.
    int32_t wait_status;
} camet_launcher_reply;

/// The descriptor under which the gateway inherits its end, unless it inherits listening sockets too: they begin there, and it comes
/// behind them. The environment says which it is: CAMET_LAUNCHER=3.
enum { camet_launcher_descriptor = 3 };

/// Asks, and waits for the answer. `listener` and `pipe_end` are sent only to start a worker.
/// Returns 0, or the errno: EPIPE when there is no launcher any more.
int camet_ask_launcher(int descriptor, const camet_launcher_request *request, int listener, int pipe_end,
                       camet_launcher_reply *reply);

#endif
