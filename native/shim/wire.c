/* Lines to and from the supervisor over the life-line. Never blocks: what cannot be sent waits in a bounded buffer. */
#include "shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UNSENT_MAX = 64 * 1024, RESERVED = 8 * 1024, LINE_MAX_BYTES = 256 };

static char unsent[UNSENT_MAX];
static size_t unsent_length;
static char received[LINE_MAX_BYTES];
static size_t received_length;

bool wire_has_unsent(void) { return unsent_length > 0; }

void wire_flush(void) {
  while (unsent_length > 0) {
    ssize_t sent = send(LIFE_LINE, unsent, unsent_length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return; /* full: poll tells when to go on; gone: reading tells */
    unsent_length -= (size_t)sent;
    memmove(unsent, unsent + sent, unsent_length);
  }
}

static void say(size_t room, const char *format, va_list arguments) {
  char line[LINE_MAX_BYTES];
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  if (length < 0 || (size_t)length >= sizeof line - 1) return;
  line[length++] = '\n';
  wire_flush();
  if (unsent_length + (size_t)length > room) return;
  memcpy(unsent + unsent_length, line, (size_t)length);
  unsent_length += (size_t)length;
  wire_flush();
}

/* Says what must arrive. The reserve holds far more of these than a run ever has. */
void wire_say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(UNSENT_MAX, format, arguments);
  va_end(arguments);
}

/* Says what may be lost while the supervisor does not listen. */
void wire_say_if_room(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  say(UNSENT_MAX - RESERVED, format, arguments);
  va_end(arguments);
}

/* Obeys every whole line that has come. A line that is too long is nonsense: obey() gets it as an empty one. */
bool wire_read(void (*obey)(char *line)) {
  for (;;) {
    ssize_t got = recv(LIFE_LINE, received + received_length, sizeof received - received_length, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (got <= 0) return false;
    received_length += (size_t)got;
    char *end;
    while ((end = memchr(received, '\n', received_length))) {
      *end = '\0';
      /* A zero byte would hide what follows it. */
      obey(strlen(received) == (size_t)(end - received) ? received : "");
      received_length -= (size_t)(end + 1 - received);
      memmove(received, end + 1, received_length);
    }
    if (received_length == sizeof received) {
      received_length = 0;
      obey("");
    }
  }
}
