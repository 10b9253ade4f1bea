/* A terminal of the job's own (PTY), bridged to ours: keys in, screen out, size, and the shell's job control. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { KEYS_MAX = 4096, BACKGROUND_WAIT_MS = 100 };

static struct termios ours; /* as we found it */
static bool is_raw;

/* Whether our stdin is a terminal whose foreground we are in: only then are its keys for us. */
bool terminal_is_ours(void) {
  pid_t foreground = tcgetpgrp(STDIN_FILENO);
  return foreground > 0 && foreground == getpgrp();
}

bool terminal_open(struct terminal *terminal) {
  struct winsize size;
  bool has_size = ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  bool has_modes = tcgetattr(STDIN_FILENO, &ours) == 0;
  if (openpty(&terminal->master, &terminal->slave, NULL, has_modes ? &ours : NULL, has_size ? &size : NULL) < 0) {
    return false;
  }
  fcntl(terminal->master, F_SETFD, FD_CLOEXEC);
  fcntl(terminal->slave, F_SETFD, FD_CLOEXEC);
  return true;
}

/* Keys go to the job as they are typed; its own terminal makes signals of them. */
void terminal_take_over(void) {
  if (is_raw || !terminal_is_ours() || tcgetattr(STDIN_FILENO, &ours) < 0) return;
  struct termios raw = ours;
  cfmakeraw(&raw);
  is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void terminal_give_back(void) {
  if (!is_raw) return;
  is_raw = false;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &ours);
}

/* The kernel tells the job by SIGWINCH. */
void terminal_resize(const struct terminal *terminal) {
  struct winsize size;
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    ioctl(terminal->master, TIOCSWINSZ, &size);
  }
}

static bool write_keys(int fd, const char *keys, ssize_t count) {
  while (count > 0) {
    ssize_t written = write(fd, keys, (size_t)count);
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) keys += written, count -= written;
  }
  return true;
}

static void *pass_keys(void *argument) {
  int master = *(int *)argument;
  char keys[KEYS_MAX];
  for (;;) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (isatty(STDIN_FILENO) && !terminal_is_ours()) {
      poll(NULL, 0, BACKGROUND_WAIT_MS);
      continue;
    }
    if (poll(&input, 1, BACKGROUND_WAIT_MS) <= 0) continue;
    ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EIO && isatty(STDIN_FILENO)) {
      poll(NULL, 0, BACKGROUND_WAIT_MS); /* moved to the background in between */
      continue;
    }
    if (count <= 0) {
      /* The end of our input is said to a terminal as a person says it. */
      struct termios modes;
      if (tcgetattr(master, &modes) == 0) write_keys(master, (char *)&modes.c_cc[VEOF], 1);
      return NULL;
    }
    if (!write_keys(master, keys, count)) return NULL;
  }
}

void terminal_start_input(const struct terminal *terminal) {
  static int master;
  master = terminal->master;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, pass_keys, &master) == 0) pthread_detach(thread);
}
