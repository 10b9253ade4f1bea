/* A terminal of the job's own, bridged to the one we were started from. Ours is in raw mode while we are in its
 * foreground, so that every key goes to the job's terminal, whose own settings decide what it means. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int outer = -1;             /* the controlling terminal we were started from */
static int inner = -1, slave = -1; /* the two ends of the job's own */
static bool is_raw;
static struct termios before; /* of the outer one, to be given back */
static char input[4096];
static size_t input_length;

bool terminal_find_outer(void) {
  if (outer < 0) outer = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  return outer >= 0;
}

bool terminal_open(void) {
  inner = posix_openpt(O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (inner < 0 || grantpt(inner) < 0 || unlockpt(inner) < 0) return false;
  slave = ioctl(inner, TIOCGPTPEER, O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (slave < 0) return false;
  struct termios settings;
  struct winsize size = {.ws_row = 24, .ws_col = 80};
  if (outer >= 0 && tcgetattr(outer, &settings) == 0) tcsetattr(slave, TCSANOW, &settings);
  if (outer >= 0) ioctl(outer, TIOCGWINSZ, &size);
  ioctl(inner, TIOCSWINSZ, &size);
  return fcntl(inner, F_SETFL, O_NONBLOCK) == 0; /* what is typed must not hold us up */
}

int terminal_master(void) { return inner; }

int terminal_slave(void) { return slave; }

void terminal_close_slave(void) {
  if (slave >= 0) close(slave);
  slave = -1;
}

static bool is_in_foreground(void) { return outer >= 0 && tcgetpgrp(outer) == getpgrp(); }

void terminal_take_over(void) {
  if (inner < 0 || is_raw || !is_in_foreground() || tcgetattr(outer, &before) < 0) return;
  struct termios raw = before;
  cfmakeraw(&raw);
  is_raw = tcsetattr(outer, TCSADRAIN, &raw) == 0;
}

void terminal_give_back(void) {
  if (!is_raw) return;
  is_raw = false;
  if (is_in_foreground()) tcsetattr(outer, TCSADRAIN, &before);
}

/* A shell need not tell a running job that it has been brought to the foreground. */
bool terminal_awaits_foreground(void) { return inner >= 0 && outer >= 0 && !is_raw; }

void terminal_resize(void) {
  struct winsize size;
  if (inner >= 0 && outer >= 0 && ioctl(outer, TIOCGWINSZ, &size) == 0) ioctl(inner, TIOCSWINSZ, &size);
}

int terminal_input(void) { return is_raw && input_length == 0 ? outer : -1; }

bool terminal_has_unsent(void) { return input_length > 0; }

void terminal_read_input(void) {
  ssize_t got = read(outer, input, sizeof input);
  if (got > 0) input_length = (size_t)got;
  /* Hung up, or in the background meanwhile: another look tells when it is ours again. */
  else if (got == 0 || (errno != EINTR && errno != EAGAIN)) is_raw = false;
  terminal_write_input();
}

void terminal_write_input(void) {
  size_t written = 0;
  while (written < input_length) {
    ssize_t took = write(inner, input + written, input_length - written);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0 && errno != EAGAIN) written = input_length; /* nobody will read it */
    if (took <= 0) break;
    written += (size_t)took;
  }
  for (size_t i = written; i < input_length; i++) input[i - written] = input[i];
  input_length -= written;
}
