#include "news.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
    char bytes[CMSG_SPACE(NEWS_DESCRIPTORS_MAX * sizeof(int))];
    struct cmsghdr align;
};

bool news_send(int socket, const struct news *news, const int *descriptors, size_t count)
{
    union control control;
    struct iovec piece = { (void *)(uintptr_t)news, sizeof *news };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
    }
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        if (errno != EINTR)
            return false;
    return true;
}

int news_receive(int socket, struct news *news, int descriptors[NEWS_DESCRIPTORS_MAX])
{
    union control control;
    struct iovec piece = { news, sizeof *news };
    struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return NEWS_NONE;
    if (length != sizeof *news || (message.msg_flags & MSG_CTRUNC))
        return NEWS_END;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL)
        return 0;
    size_t bytes = header->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors, CMSG_DATA(header), bytes);
    return (int)(bytes / sizeof(int));
}
