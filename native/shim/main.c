/* The shim stands between FlowForge and the job. It starts the job, passes its output on, reaps and counts, obeys
 * signal and kill, and kills everything when the life-line to FlowForge ends, for whatever reason. It holds no policy.
 * PROTOCOL.md says what goes over the wire. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROTOCOL_VERSION = 1, IDLE_MS = 250, KILL_EVERY_MS = 1, TERMINAL_QUIET_MS = 25, PIPE_BYTES = 1024 * 1024 };
enum { GOODBYE_WAITS = 20 };

static struct {
  pid_t leader;
  bool is_killing, is_released, is_alone, is_empty, has_own_terminal;
  struct terminal terminal;
  struct pump pumps[2];
  int pump_count;
} job;

void fail(const char *what) {
  terminal_give_back();
  dprintf(STDERR_FILENO, "flowforge-shim: %s: %s\n", what, strerror(errno));
  _exit(SHIM_FAILED);
}

/* --- starting ------------------------------------------------------------------------------------------------- */

static struct options parse(int count, char **words) {
  struct options options = {.pty = PTY_NEVER};
  int at = 1;
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    if (strcmp(words[at], "--pty=auto") == 0) options.pty = PTY_AUTO;
    else if (strcmp(words[at], "--pty=always") == 0) options.pty = PTY_ALWAYS;
    else if (strcmp(words[at], "--pty=never") == 0) options.pty = PTY_NEVER;
    else if (strncmp(words[at], "--ignore=", 9) == 0) options.ignored_signals = strtoull(words[at] + 9, NULL, 16);
    else break;
  }
  if (at + 1 >= count || strcmp(words[at], "--") != 0) {
    dprintf(STDERR_FILENO, "usage: flowforge-shim [--pty=auto|always|never] [--ignore=hex] -- command...\n");
    _exit(SHIM_FAILED);
  }
  options.argv = words + at + 1;
  return options;
}

static void check_sockets(void) {
  for (int fd = LIFE_LINE; fd <= COPY_OF_STDERR; fd++) {
    int type;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) fail("needs three sockets to its supervisor");
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

static int take_signals(void) {
  static const int taken[] = {SIGCHLD, SIGWINCH, SIGCONT, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1, SIGUSR2};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
    /* A signal that we were started with ignored is dropped before a signalfd can tell of it. */
    signal(taken[i], SIG_DFL);
    sigaddset(&set, taken[i]);
  }
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTTIN, SIG_IGN);
  signal(SIGTTOU, SIG_IGN);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("signalfd");
  return fd;
}

static bool is_same_file(int a, int b) {
  struct stat one, other;
  return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int add_pump(const char *name, int from, int to, int copy) {
  job.pumps[job.pump_count] = (struct pump){.name = name, .from = from, .to = to, .copy = copy};
  return job.pump_count++;
}

/* A pipe for one stream of the job; its reading end goes to a pump. Gives the writing end. */
static int open_pipe(const char *name, int to, int copy) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* fewer, larger reads; the default does as well */
  add_pump(name, ends[0], to, copy);
  return ends[1];
}

static bool wants_terminal(enum pty_mode mode, int fd) { return mode == PTY_ALWAYS || (mode == PTY_AUTO && isatty(fd)); }

static struct job_streams open_streams(const struct options *options) {
  struct job_streams streams = {-1, -1, -1};
  bool out_is_terminal = wants_terminal(options->pty, STDOUT_FILENO);
  bool error_is_terminal = wants_terminal(options->pty, STDERR_FILENO);
  if ((out_is_terminal || error_is_terminal) && terminal_open(&job.terminal)) {
    job.has_own_terminal = true;
    int to = out_is_terminal ? STDOUT_FILENO : STDERR_FILENO;
    add_pump("stdout", fcntl(job.terminal.master, F_DUPFD_CLOEXEC, 3), to, COPY_OF_STDOUT);
    if (isatty(STDIN_FILENO) || options->pty == PTY_ALWAYS) streams.input = job.terminal.slave;
    if (out_is_terminal) streams.output = job.terminal.slave;
    if (error_is_terminal) streams.error = job.terminal.slave;
  }
  if (streams.output < 0) streams.output = open_pipe("stdout", STDOUT_FILENO, COPY_OF_STDOUT);
  if (streams.error >= 0) return streams;
  /* 2>&1: one pipe for both keeps the order in which the job wrote. */
  if (!job.has_own_terminal && is_same_file(STDOUT_FILENO, STDERR_FILENO)) streams.error = streams.output;
  else streams.error = open_pipe("stderr", STDERR_FILENO, COPY_OF_STDERR);
  return streams;
}

static void start(const struct options *options) {
  struct job_streams streams = open_streams(options);
  bool has_terminal = job.has_own_terminal && streams.input == job.terminal.slave;
  job.leader = leader_start(options, &streams, has_terminal);
  if (job.leader < 0) {
    wire_say("failed %d", errno);
    _exit(SHIM_FAILED);
  }
  wire_say("spawned %d", job.leader);
  /* The terminal's own end is held open to the end: a PTY forgets what nobody holds. */
  if (streams.output != job.terminal.slave) close(streams.output);
  if (streams.error != job.terminal.slave && streams.error != streams.output) close(streams.error);
  if (has_terminal) {
    terminal_take_over();
    terminal_start_input(&job.terminal);
  }
  for (int i = 0; i < job.pump_count; i++) pump_start(&job.pumps[i]);
}

/* --- obeying -------------------------------------------------------------------------------------------------- */

static void obey(char *line) {
  int signal;
  char scope[8], rest;
  if (sscanf(line, "signal %d %7s%c", &signal, scope, &rest) == 2 && signal > 0 && signal < NSIG) {
    wire_say_if_room("sent %d", tree_signal(signal, scope, job.leader));
  } else if (strcmp(line, "kill") == 0) {
    job.is_killing = true;
  } else if (strcmp(line, "release") == 0) {
    job.is_released = true;
  } else {
    /* Whoever sends nonsense is not the supervisor we know: nothing may outlive this. */
    job.is_killing = job.is_alone = true;
  }
}

/* What is ordered of a job that is gone has been done. */
static void ignore(char *line) { (void)line; }

static void hear_signals(int fd) {
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == sizeof info) {
    if (!job.has_own_terminal) continue;
    if (info.ssi_signo == SIGWINCH) terminal_resize(&job.terminal);
    if (info.ssi_signo == SIGCONT) {
      terminal_take_over();
      terminal_resize(&job.terminal);
      tree_signal(SIGCONT, "group", job.leader);
    }
  }
}

/* --- ending --------------------------------------------------------------------------------------------------- */

static bool pumps_have_ended(void) {
  for (int i = 0; i < job.pump_count; i++) {
    if (!pump_has_ended(&job.pumps[i])) return false;
  }
  return true;
}

/* Nobody writes any more; once the terminal has been quiet for a moment, its other end is closed: its pump ends. */
static void close_quiet_terminal(void) {
  static uint64_t passed;
  static bool was_quiet;
  if (!job.has_own_terminal || job.terminal.slave < 0) return;
  int waiting = 0;
  ioctl(job.terminal.master, FIONREAD, &waiting);
  bool is_quiet = waiting == 0 && passed == job.pumps[0].passed;
  passed = job.pumps[0].passed;
  if (is_quiet && was_quiet) {
    close(job.terminal.slave);
    job.terminal.slave = -1;
  }
  was_quiet = is_quiet;
}

static void tell_empty(void) {
  job.is_empty = true;
  tree_tell_usage();
  wire_say("empty");
}

/* Says how it ended and waits for the supervisor to hang up, so that an order on its way meets no closed door. */
static _Noreturn void leave(void) {
  terminal_give_back();
  for (int i = 0; i < job.pump_count; i++) {
    const struct pump *pump = &job.pumps[i];
    wire_say("drained %s %llu %llu", pump->name, (unsigned long long)pump->passed, (unsigned long long)pump->copied);
  }
  close(COPY_OF_STDOUT);
  close(COPY_OF_STDERR);
  wire_say("end");
  for (int waits = 0; !job.is_alone && waits < GOODBYE_WAITS; waits++) {
    struct pollfd life_line = {.fd = LIFE_LINE, .events = (short)(POLLIN | (wire_has_unsent() ? POLLOUT : 0))};
    poll(&life_line, 1, IDLE_MS);
    wire_flush();
    if (life_line.revents & ~POLLOUT && !wire_read(ignore)) break;
  }
  _exit(0);
}

static int patience_ms(void) {
  if (job.is_empty) return job.has_own_terminal ? TERMINAL_QUIET_MS : IDLE_MS / 10;
  return job.is_killing ? KILL_EVERY_MS : IDLE_MS;
}

static void guard(int signals) {
  for (;;) {
    struct pollfd sources[4] = {
        {.fd = job.is_alone ? -1 : LIFE_LINE, .events = (short)(POLLIN | (wire_has_unsent() ? POLLOUT : 0))},
        {.fd = signals, .events = POLLIN},
        {.fd = job.is_empty ? job.pumps[0].done : -1, .events = POLLIN},
        {.fd = job.is_empty && job.pump_count > 1 ? job.pumps[1].done : -1, .events = POLLIN},
    };
    if (sources[2].fd >= 0 && pump_has_ended(&job.pumps[0])) sources[2].fd = -1;
    if (sources[3].fd >= 0 && pump_has_ended(&job.pumps[1])) sources[3].fd = -1;
    poll(sources, 4, patience_ms());
    if (sources[0].revents & POLLOUT) wire_flush();
    if (sources[0].revents & (POLLIN | POLLHUP | POLLERR) && !wire_read(obey)) {
      job.is_alone = true;
      job.is_killing |= !job.is_released;
    }
    if (sources[1].revents) hear_signals(signals);
    if (job.is_killing && !job.is_empty) tree_kill_children();
    if (!job.is_empty && tree_reap(job.leader)) tell_empty();
    tree_tell_usage();
    if (!job.is_empty) continue;
    if (job.is_alone && !job.is_released) leave();
    close_quiet_terminal();
    if (pumps_have_ended()) leave();
  }
}

int main(int count, char **words) {
  struct options options = parse(count, words);
  check_sockets();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) fail("subreaper");
  int signals = take_signals();
  wire_say("flowforge-shim %d", PROTOCOL_VERSION);
  start(&options);
  guard(signals);
}
