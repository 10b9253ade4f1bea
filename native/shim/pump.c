/* Passes one stream of the job on, blocking on nobody but the reader of our output. The supervisor gets a copy while
 * it keeps up; beyond that the bytes are spliced past it and only counted. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 32 * 1024, SPLICE_CHUNK = 1024 * 1024, STACK_BYTES = 64 * 1024 };
enum { FILL_MS = 5 };
enum { LAST_WAITS = 100, LAST_WAIT_MS = 10 };

/* A frame of the copy: where in the stream it begins, how long it is, and the bytes. Host byte order. */
struct frame {
  uint64_t offset;
  uint64_t length;
  char bytes[CHUNK];
};

/* A frame is first filled and then sent. A job that flushes each line would wake the supervisor for each, so a frame
 * that is not full waits a moment for more. */
struct copy {
  struct frame frame;
  bool is_filling;
  uint64_t due_ms;   /* when a frame that is filling goes at the latest */
  size_t sent, size; /* of the frame on its way; equal when there is none */
  bool is_over;      /* the supervisor takes no more */
};

static struct copy copies[2];

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_pending(const struct copy *copy) { return !copy->is_over && copy->sent < copy->size; }

static void send_copy(int fd, struct copy *copy) {
  while (is_pending(copy)) {
    ssize_t sent = send(fd, (char *)&copy->frame + copy->sent, copy->size - copy->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) copy->is_over = true;
    if (sent <= 0) return;
    copy->sent += (size_t)sent;
  }
}

/* The next frame begins where the stream is now. */
static void begin_frame(const struct pump *pump, struct copy *copy) {
  copy->frame.offset = pump->passed;
  copy->frame.length = 0;
  copy->is_filling = true;
  copy->due_ms = now_ms() + FILL_MS;
}

static void close_frame(struct pump *pump, struct copy *copy) {
  copy->is_filling = false;
  copy->sent = 0;
  copy->size = offsetof(struct frame, bytes) + copy->frame.length;
  send_copy(pump->copy, copy);
}

/* How long a frame may still wait for more, in ms; -1 without one. */
static int fill_wait_ms(const struct copy *copy) {
  if (!copy->is_filling) return -1;
  uint64_t now = now_ms();
  return copy->due_ms > now ? (int)(copy->due_ms - now) : 0;
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

/* A stream that falls silent after bytes went by uncopied: an empty frame tells the gap now, not with the next byte. */
static void tell_gap(struct pump *pump, struct copy *copy) {
  bool is_told = copy->frame.offset + copy->frame.length == pump->passed;
  if (is_told || copy->is_over || copy->is_filling || is_pending(copy)) return;
  begin_frame(pump, copy);
  close_frame(pump, copy);
}

/* Reads, passes on, and keeps the same bytes in the frame. False at the end of the stream or of its reader. */
static bool pass_with_copy(struct pump *pump, struct copy *copy) {
  if (!copy->is_filling) begin_frame(pump, copy);
  struct frame *frame = &copy->frame;
  char *bytes = frame->bytes + frame->length;
  ssize_t got = read(pump->from, bytes, CHUNK - frame->length);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0 || !write_all(pump->to, bytes, (size_t)got)) return false;
  frame->length += (uint64_t)got;
  pump->passed += (uint64_t)got;
  pump->copied += (uint64_t)got;
  if (frame->length == CHUNK) close_frame(pump, copy);
  return true;
}

/* Passes bytes on within the kernel where that can be, else through a buffer of our own. */
static bool pass_by(struct pump *pump, bool *can_splice) {
  if (*can_splice) {
    ssize_t moved = splice(pump->from, NULL, pump->to, NULL, SPLICE_CHUNK, SPLICE_F_MOVE);
    if (moved > 0) pump->passed += (uint64_t)moved;
    if (moved >= 0) return moved > 0;
    if (errno == EPIPE) return false;
    if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) return wait_for_reader(pump->to);
    *can_splice = false; /* a terminal, a file opened for appending, or a system that forbids it */
  }
  static _Thread_local char bytes[CHUNK];
  ssize_t got = read(pump->from, bytes, sizeof bytes);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0 || !write_all(pump->to, bytes, (size_t)got)) return false;
  pump->passed += (uint64_t)got;
  return true;
}

/* The last lines matter most: the supervisor gets a moment to take them. */
static void send_last(int fd, struct copy *copy) {
  for (int waits = 0; is_pending(copy) && waits < LAST_WAITS; waits++) {
    struct pollfd side = {.fd = fd, .events = POLLOUT};
    poll(&side, 1, LAST_WAIT_MS);
    send_copy(fd, copy);
  }
}

static void *run(void *argument) {
  struct pump *pump = argument;
  struct copy *copy = &copies[pump->copy == COPY_OF_STDERR];
  bool can_splice = true, goes_on = true;
  while (goes_on) {
    struct pollfd sides[3] = {
        {.fd = pump->from, .events = POLLIN},
        {.fd = is_pending(copy) ? pump->copy : -1, .events = POLLOUT},
        {.fd = pump->to, .events = 0},
    };
    if (poll(sides, 3, fill_wait_ms(copy)) < 0) continue;
    if (sides[2].revents) break; /* its reader is gone: whoever waits for that shall see it */
    if (sides[1].revents) send_copy(pump->copy, copy);
    if (fill_wait_ms(copy) == 0) close_frame(pump, copy);
    if (!sides[0].revents) {
      tell_gap(pump, copy);
      continue;
    }
    bool with_copy = !copy->is_over && !is_pending(copy);
    goes_on = with_copy ? pass_with_copy(pump, copy) : pass_by(pump, &can_splice);
  }
  if (copy->is_filling) close_frame(pump, copy);
  send_last(pump->copy, copy);
  /* Whoever still writes shall meet the broken pipe that our reader's end would have given it. */
  close(pump->from);
  uint64_t one = 1;
  if (write(pump->done, &one, sizeof one) < 0) { /* an eventfd at zero takes it */ }
  return NULL;
}

/* False, with errno: the system has no room for another thread. */
bool pump_start(struct pump *pump) {
  pump->done = eventfd(0, EFD_CLOEXEC);
  if (pump->done < 0) return false;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES + CHUNK);
  pthread_t thread;
  errno = pthread_create(&thread, &attributes, run, pump);
  if (errno != 0) return false;
  pthread_detach(thread);
  return true;
}

bool pump_has_ended(const struct pump *pump) {
  struct pollfd done = {.fd = pump->done, .events = POLLIN};
  return poll(&done, 1, 0) > 0;
}
