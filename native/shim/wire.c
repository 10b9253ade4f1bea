/* Messages to and from the supervisor over the life-line, all of a fixed size, so that nothing needs to be parsed.
 * Never blocks: what cannot be sent waits in a bounded buffer; what may be lost is dropped when that is full. */
#include "shim.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct report) == 32 && sizeof(struct order) == 8, "the wire has no padding");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little endian");

/* The reserve is for what must arrive: far more than a run ever has of it. */
enum { UNSENT_MAX = 2048 * sizeof(struct report), RESERVED = 256 * sizeof(struct report) };

static char unsent[UNSENT_MAX];
static size_t unsent_length;
static struct order received;
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

static void say(struct report report, size_t room) {
  if (unsent_length + sizeof report > room) wire_flush();
  if (unsent_length + sizeof report > room) return;
  memcpy(unsent + unsent_length, &report, sizeof report);
  unsent_length += sizeof report;
}

void wire_say(struct report report) { say(report, UNSENT_MAX); }

void wire_say_if_room(struct report report) { say(report, UNSENT_MAX - RESERVED); }

static bool is_order(const struct order *order) {
  static const uint8_t zero[sizeof order->zero];
  if (memcmp(order->zero, zero, sizeof zero) != 0) return false;
  if (order->kind == ORDER_SIGNAL) return order->signal >= 1 && order->signal <= 64 && order->scope <= SCOPE_LEADER;
  return (order->kind == ORDER_KILL || order->kind == ORDER_RELEASE) && order->signal == 0 && order->scope == 0;
}

/* Obeys every whole order that has come. */
enum wire_state wire_read(void (*obey)(const struct order *order)) {
  for (;;) {
    ssize_t got = recv(LIFE_LINE, (char *)&received + received_length, sizeof received - received_length, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return WIRE_OPEN;
    if (got <= 0) return WIRE_ENDED;
    received_length += (size_t)got;
    if (received_length < sizeof received) continue;
    received_length = 0;
    if (!is_order(&received)) return WIRE_NONSENSE;
    obey(&received);
  }
}
