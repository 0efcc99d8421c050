#define _GNU_SOURCE
#include "camet_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

int camet_is_listening(int descriptor) {
    int is_listening = 0;
    socklen_t length = sizeof is_listening;
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &length) == 0 && is_listening != 0;
}

int camet_limit_waiting(int descriptor, int seconds) {
    struct timeval limit = {.tv_sec = seconds};
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
        return errno;
    }
    return 0;
}

int camet_connect(const char *path, int seconds) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    int error = camet_limit_waiting(descriptor, seconds);
    if (error == 0 && connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        error = errno;
    }
    if (error != 0) {
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int camet_read_peer(int connection, camet_peer_credentials *peer) {
    socklen_t length = sizeof *peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, peer, &length) == 0 ? 0 : errno;
}

int camet_read_peer_name(int connection, char *name) {
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    if (getpeername(connection, (struct sockaddr *)&address, &length) != 0) {
        return -errno;
    }
    size_t before = offsetof(struct sockaddr_un, sun_path);
    if (address.sun_family != AF_UNIX || length <= before || length > sizeof address) {
        return 0;
    }
    size_t count = length - before;
    // A path has a zero at its end, an abstract name has its length.
    if (address.sun_path[0] != 0) {
        count = strnlen(address.sun_path, count);
    }
    memcpy(name, address.sun_path, count);
    return (int)count;
}

// Room for the longest message, aligned as its header has to be.
typedef union control {
    char space[CMSG_SPACE(camet_most_descriptors * sizeof(int))];
    struct cmsghdr alignment;
} control;

int camet_send_descriptors(int connection, const int *descriptors, int count, enum camet_holders holders) {
    if (count < 1 || count > camet_most_descriptors) {
        return EINVAL;
    }
    size_t size = (size_t)count * sizeof(int);
    control control;
    memset(&control, 0, sizeof control);
    // Descriptors travel with a byte at least.
    char byte = (char)holders;
    struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
    ssize_t length;
    do {
        length = sendmsg(connection, &message, MSG_NOSIGNAL);
    } while (length < 0 && errno == EINTR);
    return length == 1 ? 0 : errno;
}

int camet_receive_descriptors(int connection, int *descriptors, enum camet_holders *holders) {
    control control;
    memset(&control, 0, sizeof control);
    char byte = 0;
    struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t length;
    do {
        length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return -errno;
    }
    if (length == 0) {
        return -EPIPE;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
        return -EPROTO;
    }
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors, CMSG_DATA(header), (size_t)count * sizeof(int));
    if (message.msg_flags & MSG_CTRUNC) {
        for (int index = 0; index < count; index++) {
            close(descriptors[index]);
        }
        return -EPROTO;
    }
    *holders = byte == camet_held_by_others ? camet_held_by_others : camet_held_by_sender;
    return count;
}

static int set_lock(int descriptor, short type, int64_t first, int64_t count) {
    // Locks of the open file, not of the process: those a program would lose by closing any other descriptor of the file.
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = first, .l_len = count};
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

int camet_lock_bytes(int descriptor, int64_t first, int64_t count) {
    int error = set_lock(descriptor, F_WRLCK, first, count);
    return error == EACCES ? EAGAIN : error;
}

int camet_unlock_bytes(int descriptor, int64_t first, int64_t count) {
    return set_lock(descriptor, F_UNLCK, first, count);
}
