// Linux's event interface, which Swift's Glibc module leaves out.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared by the header for _GNU_SOURCE alone.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
