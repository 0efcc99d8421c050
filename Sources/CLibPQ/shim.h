#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>

/// A descriptor that another thread can make readable, for waking a poll; -1 with errno on failure.
static inline int camet_wake_descriptor(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}
