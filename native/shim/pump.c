/* Passes one stream of the job on, blocking on nobody but the reader of our output: a thread for each. The supervisor
 * gets a copy while it keeps up; beyond that the bytes are spliced past it and only counted. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, SPLICE_CHUNK = 1024 * 1024, STACK_BYTES = 64 * 1024, COPY_BUFFER_BYTES = 1024 * 1024 };

/* How long the last of a copy waits for a supervisor that does not read. */
enum { LAST_COPY_MS = 2000 };

/* What was written to a terminal comes out of it a moment later. */
enum { TERMINAL_LATE_MS = 200 };

/* A frame of the copy: where in the stream it begins, how long it is, which stream, and the bytes. */
struct frame {
  uint64_t offset;
  uint32_t length, stream;
  char bytes[CHUNK];
};

struct pump {
  int stream, from, to, copy;
  bool is_terminal, can_splice;
  uint64_t passed, copied;
  size_t sent, size; /* of the frame on its way; equal when there is none */
  struct frame frame;
  char bytes[CHUNK]; /* passed by without a copy */
  atomic_bool has_ended;
  bool is_running, is_reported;
};

static struct pump pumps[2];
static int hurry = -1, ended = -1; /* eventfds: readable once pumps are to hurry; counts ended pumps */
static atomic_bool copies_are_over;

static bool is_pending(const struct pump *pump) { return !copies_are_over && pump->sent < pump->size; }

static void send_copy(struct pump *pump) {
  while (is_pending(pump)) {
    ssize_t sent =
        send(pump->copy, (char *)&pump->frame + pump->sent, pump->size - pump->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) copies_are_over = true;
    if (sent <= 0) return;
    pump->sent += (size_t)sent;
    if (pump->sent == pump->size) pump->copied += pump->frame.length;
  }
}

/* Our output may be non-blocking, because others share it: then we wait until it takes more. */
static bool wait_for_reader(int fd) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  struct pollfd reader = {.fd = fd, .events = POLLOUT};
  poll(&reader, 1, -1);
  return true;
}

static bool write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written < 0 && !wait_for_reader(fd)) return false;
    if (written > 0) bytes += written, length -= (size_t)written;
  }
  return true;
}

/* Reads, passes on, and begins a frame with the same bytes. False at the end of the stream or of its reader. */
static bool pass_with_copy(struct pump *pump) {
  struct frame *frame = &pump->frame;
  ssize_t got = read(pump->from, frame->bytes, CHUNK);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0 || !write_all(pump->to, frame->bytes, (size_t)got)) return false;
  frame->offset = pump->passed;
  frame->length = (uint32_t)got;
  frame->stream = (uint32_t)pump->stream;
  pump->sent = 0;
  pump->size = offsetof(struct frame, bytes) + (size_t)got;
  pump->passed += (uint64_t)got;
  send_copy(pump);
  return true;
}

/* Passes bytes on within the kernel where that can be, else through a buffer of our own. */
static bool pass_by(struct pump *pump) {
  if (pump->can_splice) {
    ssize_t moved = splice(pump->from, NULL, pump->to, NULL, SPLICE_CHUNK, SPLICE_F_MOVE);
    if (moved > 0) pump->passed += (uint64_t)moved;
    if (moved >= 0) return moved > 0;
    if (errno != EINVAL) return wait_for_reader(pump->to);
    pump->can_splice = false; /* a terminal, or a file opened for appending */
  }
  ssize_t got = read(pump->from, pump->bytes, sizeof pump->bytes);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0 || !write_all(pump->to, pump->bytes, (size_t)got)) return false;
  pump->passed += (uint64_t)got;
  return true;
}

/* One step of the work. False when the stream has ended, or whoever read it has gone. */
static bool step(struct pump *pump) {
  enum { FROM, TO, COPY, HURRY };
  struct pollfd sides[] = {
      [FROM] = {.fd = pump->from, .events = POLLIN},
      [TO] = {.fd = pump->to, .events = 0}, /* only to learn that nobody reads any more */
      [COPY] = {.fd = is_pending(pump) ? pump->copy : -1, .events = POLLOUT},
      [HURRY] = {.fd = hurry, .events = POLLIN},
  };
  if (poll(sides, sizeof sides / sizeof *sides, -1) < 0) return errno == EINTR;
  if (sides[HURRY].revents && pump->is_terminal) poll(&sides[FROM], 1, TERMINAL_LATE_MS);
  if (sides[TO].revents & (POLLERR | POLLHUP | POLLNVAL)) return false;
  if (sides[COPY].revents) send_copy(pump);
  if (sides[FROM].revents) return !copies_are_over && !is_pending(pump) ? pass_with_copy(pump) : pass_by(pump);
  return !sides[HURRY].revents;
}

static void send_last_copy(struct pump *pump) {
  struct pollfd copy = {.fd = pump->copy, .events = POLLOUT};
  while (is_pending(pump) && poll(&copy, 1, LAST_COPY_MS) > 0) send_copy(pump);
}

static void *run(void *argument) {
  struct pump *pump = argument;
  while (step(pump)) {}
  /* Whoever still writes shall meet the broken pipe that it would have met at our reader's end. */
  close(pump->from);
  send_last_copy(pump);
  pump->has_ended = true;
  uint64_t one = 1;
  if (write(ended, &one, sizeof one) < 0) { /* an eventfd takes it */ }
  return NULL;
}

int pump_ended_fd(void) { return ended; }

void pump_start(int stream, int from, int to, bool is_terminal) {
  if (ended < 0) {
    ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    hurry = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  }
  int size = COPY_BUFFER_BYTES;
  int copy = stream == 1 ? COPY_OF_STDOUT : COPY_OF_STDERR;
  setsockopt(copy, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  struct pump *pump = &pumps[stream - 1];
  pump->stream = stream;
  pump->from = from;
  pump->to = to;
  pump->copy = copy;
  pump->is_terminal = is_terminal;
  pump->can_splice = !is_terminal;
  pump->is_running = true;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &attributes, run, pump) != 0) _exit(SHIM_FAILED);
}

void pump_hurry(void) {
  uint64_t one = 1;
  if (hurry >= 0 && write(hurry, &one, sizeof one) < 0) { /* readable already */ }
}

void pump_end_copies(void) { copies_are_over = true; }

bool pump_collect_ended(void) {
  bool all = true;
  uint64_t count;
  if (ended >= 0 && read(ended, &count, sizeof count) < 0) { /* none has ended since */ }
  for (int i = 0; i < 2; i++) {
    struct pump *pump = &pumps[i];
    if (!pump->is_running) continue;
    if (!pump->has_ended) all = false;
    if (!pump->has_ended || pump->is_reported) continue;
    pump->is_reported = true;
    wire_say((struct report){
        .kind = STREAM_ENDED, .detail = (uint8_t)pump->stream, .value = {pump->passed, pump->copied}});
  }
  return all;
}
