/* `--notify`: passes lines from stdin to the service manager that started FlowForge, each as one datagram to
 * $NOTIFY_SOCKET (sd_notify(3)). Node has no such sockets. It ends with its stdin, and so with FlowForge: a guard that
 * is gone or stuck says nothing. */
#define _GNU_SOURCE
#include "shim.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { NOTE_BYTES = 512 };

/* Only what lies in the file system, or in the abstract name space (@…), can be reached by a datagram of ours. */
static socklen_t address_of(const char *name, struct sockaddr_un *address) {
  size_t length = strlen(name);
  if ((*name != '/' && *name != '@') || length < 2 || length >= sizeof address->sun_path) return 0;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(address->sun_path, name, length);
  if (*name == '@') address->sun_path[0] = '\0';
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name == '/'));
}

void notify(void) {
  const char *name = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address;
  socklen_t size = name ? address_of(name, &address) : 0;
  int out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (size == 0 || out < 0) exit(SHIM_FAILED);
  /* Sent to all of a service at once; that FlowForge is stopping is still to be said. */
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  char line[NOTE_BYTES];
  while (fgets(line, sizeof line, stdin)) {
    size_t length = strcspn(line, "\n");
    /* Waits for a manager that is busy, so that READY is not lost; FlowForge then drops what our stdin does not take. A
     * manager that is gone is no reason to end: another may take its place. */
    if (length > 0) sendto(out, line, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  }
  exit(0);
}
