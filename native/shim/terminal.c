/* A terminal of the job's own (PTY), bridged to ours: keys in, screen out, size, and the shell's job control. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct {
  int outer;  /* our controlling terminal, or -1 */
  int source; /* where keys come from: the outer terminal, or a stdin that is none; -1: nowhere */
  int master;
  struct termios found; /* the outer terminal's modes as we found them */
  bool is_raw, is_suspended;
  char keys[4096];
  size_t key_count;
} bridge = {.outer = -1, .source = -1, .master = -1};

/* Finds our controlling terminal, however stdin may be redirected. */
bool terminal_has_outer(void) {
  if (bridge.outer < 0) bridge.outer = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  return bridge.outer >= 0;
}

int terminal_master(void) { return bridge.master; }

static bool is_foreground(void) { return bridge.outer >= 0 && tcgetpgrp(bridge.outer) == getpgrp(); }

/* Opens the job's terminal with the size and modes of ours. With keys: ours are for it, or those of our stdin. */
bool terminal_open(int *slave, bool with_keys) {
  struct winsize size;
  struct termios modes;
  int like = isatty(STDOUT_FILENO) ? STDOUT_FILENO : isatty(STDERR_FILENO) ? STDERR_FILENO : bridge.outer;
  bool has_size = like >= 0 && ioctl(like, TIOCGWINSZ, &size) == 0;
  bool has_modes = like >= 0 && tcgetattr(like, &modes) == 0;
  if (openpty(&bridge.master, slave, NULL, has_modes ? &modes : NULL, has_size ? &size : NULL) < 0) return false;
  fcntl(bridge.master, F_SETFD, FD_CLOEXEC);
  fcntl(*slave, F_SETFD, FD_CLOEXEC);
  if (!with_keys) return true;
  bridge.source = terminal_has_outer() ? bridge.outer : STDIN_FILENO;
  fcntl(bridge.master, F_SETFL, fcntl(bridge.master, F_GETFL) | O_NONBLOCK);
  return true;
}

/* Keys go to the job as they are typed; its own terminal makes signals of them. Where something else is piped into
 * us, the keys that make signals stay with our terminal: they are for the whole pipeline. */
void terminal_take_over(void) {
  if (bridge.source < 0 || bridge.source != bridge.outer) return;
  if (bridge.is_raw || bridge.is_suspended || !is_foreground()) return;
  if (tcgetattr(bridge.outer, &bridge.found) < 0) return;
  struct termios raw = bridge.found;
  cfmakeraw(&raw);
  if (!isatty(STDIN_FILENO)) raw.c_lflag |= ISIG;
  bridge.is_raw = tcsetattr(bridge.outer, TCSANOW, &raw) == 0;
}

void terminal_give_back(void) {
  if (!bridge.is_raw) return;
  bridge.is_raw = false;
  tcsetattr(bridge.outer, TCSANOW, &bridge.found);
}

/* The job is stopped, and our shell is about to take the terminal: it is the shell's until we are continued. */
void terminal_suspend(void) {
  terminal_give_back();
  bridge.is_suspended = true;
}

void terminal_resume(void) {
  bridge.is_suspended = false;
  terminal_take_over();
  terminal_resize();
}

/* The kernel tells the job by SIGWINCH. */
void terminal_resize(void) {
  struct winsize size;
  if (bridge.master < 0 || !terminal_has_outer()) return;
  if (ioctl(bridge.outer, TIOCGWINSZ, &size) == 0) ioctl(bridge.master, TIOCSWINSZ, &size);
}

int terminal_keys_fd(void) {
  if (bridge.source < 0 || bridge.key_count > 0) return -1;
  return bridge.source != bridge.outer || bridge.is_raw ? bridge.source : -1;
}

bool terminal_has_keys(void) { return bridge.key_count > 0; }

bool terminal_is_waiting(void) {
  return bridge.source >= 0 && bridge.source == bridge.outer && !bridge.is_raw && !bridge.is_suspended;
}

/* The end of our input is said to a terminal as a person says it. */
static void type_end(void) {
  struct termios modes;
  bridge.source = -1;
  if (tcgetattr(bridge.master, &modes) < 0) return;
  bridge.keys[0] = (char)modes.c_cc[VEOF];
  bridge.key_count = 1;
}

static void read_keys(void) {
  ssize_t count = read(bridge.source, bridge.keys, sizeof bridge.keys);
  if (count > 0) bridge.key_count = (size_t)count;
  else if (count == 0) type_end();
  else if (errno == EIO && bridge.source == bridge.outer && tcgetpgrp(bridge.outer) > 0) bridge.is_raw = false;
  else if (errno != EINTR && errno != EAGAIN) bridge.source = -1;
}

/* Reads keys where there are some, and gives the job as many as it takes. */
void terminal_pass_keys(bool can_read) {
  if (can_read && bridge.key_count == 0 && bridge.source >= 0) read_keys();
  while (bridge.key_count > 0) {
    ssize_t written = write(bridge.master, bridge.keys, bridge.key_count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) bridge.key_count = 0;
    if (written <= 0) return;
    bridge.key_count -= (size_t)written;
    memmove(bridge.keys, bridge.keys + written, bridge.key_count);
  }
}
