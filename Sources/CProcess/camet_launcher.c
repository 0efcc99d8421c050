#define _GNU_SOURCE
#include "camet_launcher.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int tell(int descriptor, const camet_launcher_request *request, int listener, int pipe_end) {
    struct iovec bytes = {.iov_base = (void *)(uintptr_t)request, .iov_len = sizeof *request};
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr alignment;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (request->question == camet_launcher_start) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(2 * sizeof(int));
        int sent[2] = {listener, pipe_end};
        memcpy(CMSG_DATA(header), sent, sizeof sent);
    }
    ssize_t length;
    do {
        length = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    } while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof *request ? 0 : errno;
}

int camet_ask_launcher(int descriptor, const camet_launcher_request *request, int listener, int pipe_end,
                       camet_launcher_reply *reply) {
    int error = tell(descriptor, request, listener, pipe_end);
    if (error != 0) {
        return error;
    }
    ssize_t length;
    do {
        length = recv(descriptor, reply, sizeof *reply, 0);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return errno;
    }
    return length == (ssize_t)sizeof *reply ? 0 : EPIPE;
}
