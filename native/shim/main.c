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
#include <sys/syscall.h>
#include <unistd.h>

enum { PIPE_BYTES = 1024 * 1024, SIGNALS = 65 };
/* Ends wake us; a kill is repeated in case one was missed, ever more seldom for what does not die. */
enum { KILL_AGAIN_MS = 1, KILL_AGAIN_MAX_MS = 256 };
enum { TERMINAL_QUIET_MS = 25, FOREGROUND_MS = 250, GOODBYE_MS = 250, GOODBYE_WAITS = 20 };

static struct {
  struct job job;
  struct pump pumps[2];
  int pump_count;
  int terminal; /* our hold on the job's own terminal, or -1 */
  int kill_again_ms;
  bool is_killing, is_released, is_alone, is_empty, got_nonsense;
  bool came_from_terminal[SIGNALS]; /* to our group, and so to a job that shares it */
} state = {.terminal = -1, .kill_again_ms = KILL_AGAIN_MS};

/* Ends for want of something; whatever has been started by then goes first. */
static _Noreturn void fail(const char *what) {
  terminal_give_back();
  dprintf(STDERR_FILENO, "flowforge-shim: %s: %s\n", what, strerror(errno));
  for (int waited_ms = 0; !tree_reap(&state.job) && waited_ms < GOODBYE_MS * GOODBYE_WAITS; waited_ms++) {
    tree_kill();
    poll(NULL, 0, KILL_AGAIN_MS);
  }
  _exit(SHIM_FAILED);
}

/* --- starting ------------------------------------------------------------------------------------------------- */

static _Noreturn void probe(void) {
  struct start_failure failure;
  if (keeper_probe(&failure)) printf("ok\n");
  else printf("%s %d\n", STAGES[failure.stage], failure.error);
  exit(0);
}

static struct options parse(int count, char **words) {
  struct options options = {.pty = PTY_NEVER};
  int at = 1;
  for (; at < count && strcmp(words[at], "--") != 0; at++) {
    if (strcmp(words[at], "--pty=auto") == 0) options.pty = PTY_AUTO;
    else if (strcmp(words[at], "--pty=always") == 0) options.pty = PTY_ALWAYS;
    else if (strcmp(words[at], "--pty=never") == 0) options.pty = PTY_NEVER;
    else if (strncmp(words[at], "--ignore=", 9) == 0) options.ignored_signals = strtoull(words[at] + 9, NULL, 16);
    else if (strncmp(words[at], "--open-files=", 13) == 0) options.open_files = strtoull(words[at] + 13, NULL, 10);
    else if (strcmp(words[at], "--isolate") == 0) options.isolate = true;
    else if (strcmp(words[at], "--probe") == 0) probe();
    else if (strcmp(words[at], "--notify") == 0) notify();
    else break;
  }
  if (at + 1 >= count || strcmp(words[at], "--") != 0) {
    dprintf(STDERR_FILENO,
            "usage: flowforge-shim [--pty=auto|always|never] [--isolate] [--ignore=hex] [--open-files=n] -- command...\n");
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
  sigprocmask(SIG_SETMASK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTTIN, SIG_IGN);
  signal(SIGTTOU, SIG_IGN);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("signalfd");
  return fd;
}

/* Whether both lead to one place, where what is written stands in the order it was written. */
static bool is_same_output(int a, int b) {
  enum { KCMP_FILE_DESCRIPTION = 0 };
  struct stat one, other;
  if (fstat(a, &one) < 0 || fstat(b, &other) < 0) return false;
  if (one.st_dev != other.st_dev || one.st_ino != other.st_ino) return false;
  if (!S_ISREG(one.st_mode)) return true;
  /* A file that was opened twice is written at two places, unless both append. */
  if (fcntl(a, F_GETFL) & fcntl(b, F_GETFL) & O_APPEND) return true;
  long is_other = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE_DESCRIPTION, a, b);
  return is_other <= 0; /* the same, or not to be told: 2>&1 is the common case */
}

static void add_pump(const char *name, int from, int to, int copy) {
  state.pumps[state.pump_count++] = (struct pump){.name = name, .from = from, .to = to, .copy = copy, .done = -1};
}

/* A pipe for one stream of the job; its reading end goes to a pump. Gives the writing end. */
static int open_pipe(const char *name, int to, int copy) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* fewer, larger reads; the default does as well */
  add_pump(name, ends[0], to, copy);
  return ends[1];
}

/* A stream of the job's that was a terminal stays one: the job's own. The keys of ours go to it only if its screen
 * does: in a pipeline they are for whoever is at its end. */
static struct streams open_streams(enum pty_mode pty) {
  struct streams streams = {-1, -1, -1, -1};
  bool is_always = pty == PTY_ALWAYS;
  bool out = is_always || (pty == PTY_AUTO && isatty(STDOUT_FILENO));
  bool error = is_always || (pty == PTY_AUTO && isatty(STDERR_FILENO));
  bool with_keys = is_always || (out && terminal_has_outer());
  if ((out || error) && terminal_open(&state.terminal, with_keys)) {
    int screen = fcntl(terminal_master(), F_DUPFD_CLOEXEC, 3);
    add_pump(out ? "stdout" : "stderr", screen, out ? STDOUT_FILENO : STDERR_FILENO,
             out ? COPY_OF_STDOUT : COPY_OF_STDERR);
    if (is_always || (with_keys && isatty(STDIN_FILENO))) streams.input = state.terminal;
    if (out) streams.output = state.terminal;
    if (error) streams.error = state.terminal;
    if (with_keys) streams.terminal = state.terminal;
  } else if (is_always) {
    fail("cannot open a terminal");
  }
  if (streams.output < 0) streams.output = open_pipe("stdout", STDOUT_FILENO, COPY_OF_STDOUT);
  if (streams.error >= 0) return streams;
  /* 2>&1: one pipe for both keeps the order in which the job wrote. */
  if (streams.output != state.terminal && is_same_output(STDOUT_FILENO, STDERR_FILENO)) streams.error = streams.output;
  else streams.error = open_pipe("stderr", STDERR_FILENO, COPY_OF_STDERR);
  return streams;
}

static enum standing standing_for(const struct options *options, const struct streams *streams) {
  if (options->isolate || streams->terminal >= 0) return BELOW_KEEPER;
  bool sees_terminal = isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
  return sees_terminal && terminal_has_outer() ? SHARED_GROUP : OWN_SESSION;
}

/* What came before there was a leader has not reached it. */
static void forget_signals(int fd) {
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == sizeof info) {}
}

static void start(const struct options *options, int signals) {
  struct streams streams = open_streams(options->pty);
  struct start_failure failure;
  state.job.standing = standing_for(options, &streams);
  forget_signals(signals);
  if (!leader_start(options, &streams, &state.job, &failure)) {
    wire_say("failed %s %d", STAGES[failure.stage], failure.error);
    _exit(SHIM_FAILED);
  }
  const struct job *job = &state.job;
  unsigned long long started = tree_started(job->leader, job->keeper > 0 ? job->keeper : getpid());
  wire_say("spawned %d %d %llu", job->leader, job->keeper, started);
  /* The terminal's own end is held open to the end: a PTY forgets what nobody holds. */
  if (streams.output != state.terminal) close(streams.output);
  if (streams.error != state.terminal && streams.error != streams.output) close(streams.error);
  terminal_take_over();
  for (int i = 0; i < state.pump_count; i++) {
    if (!pump_start(&state.pumps[i])) fail("cannot start a thread");
  }
}

/* --- obeying -------------------------------------------------------------------------------------------------- */

/* The terminal sends to all of its foreground group at once: what FlowForge then passes on has arrived already. */
static bool has_come_from_terminal(int signal_number, enum scope scope) {
  bool has_come = state.job.standing == SHARED_GROUP && scope == SCOPE_GROUP && state.came_from_terminal[signal_number];
  state.came_from_terminal[signal_number] = false;
  return has_come;
}

static bool obey_signal(const char *line) {
  static const char *const scopes[] = {"tree", "group", "leader"};
  int signal_number, length = 0;
  if (sscanf(line, "signal %2d %n", &signal_number, &length) != 1 || length == 0) return false;
  if (signal_number < 1 || signal_number >= SIGNALS) return false;
  for (enum scope scope = SCOPE_TREE; scope <= SCOPE_LEADER; scope++) {
    if (strcmp(line + length, scopes[scope]) != 0) continue;
    bool has_come = has_come_from_terminal(signal_number, scope);
    wire_say_if_room("sent %d", has_come ? 0 : tree_signal(&state.job, signal_number, scope));
    return true;
  }
  return false;
}

static void obey(char *line) {
  if (strcmp(line, "kill") == 0) {
    state.is_killing = true;
  } else if (strcmp(line, "release") == 0) {
    state.is_released = true;
  } else if (!obey_signal(line)) {
    /* Whoever sends nonsense is not the supervisor we know: nothing may outlive this. */
    state.is_killing = state.is_alone = state.got_nonsense = true;
    state.is_released = false;
  }
}

/* What is ordered of a job that is gone has been done. */
static void ignore(char *line) { (void)line; }

static void hear_signals(int fd) {
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_code == SI_KERNEL && info.ssi_signo < SIGNALS) state.came_from_terminal[info.ssi_signo] = true;
    if (info.ssi_signo == SIGWINCH) terminal_resize();
    if (info.ssi_signo == SIGTSTP) terminal_suspend();
    if (info.ssi_signo != SIGCONT) continue;
    terminal_resume();
    if (terminal_master() >= 0) tree_signal(&state.job, SIGCONT, SCOPE_GROUP);
  }
}

static void hear_supervisor(short events) {
  if (events & POLLOUT) wire_flush();
  if (!(events & (POLLIN | POLLHUP | POLLERR)) || wire_read(obey)) return;
  state.is_alone = true;
  state.is_killing |= !state.is_released;
}

/* --- ending --------------------------------------------------------------------------------------------------- */

static bool pumps_have_ended(void) {
  for (int i = 0; i < state.pump_count; i++) {
    if (!pump_has_ended(&state.pumps[i])) return false;
  }
  return true;
}

/* Nobody writes any more; once the terminal has been quiet for a moment, its other end is closed: its pump ends. */
static void close_quiet_terminal(void) {
  static uint64_t passed;
  static bool was_quiet;
  if (state.terminal < 0) return;
  int waiting = 0;
  ioctl(terminal_master(), FIONREAD, &waiting);
  bool is_quiet = waiting == 0 && passed == state.pumps[0].passed;
  passed = state.pumps[0].passed;
  if (is_quiet && was_quiet) {
    close(state.terminal);
    state.terminal = -1;
  }
  was_quiet = is_quiet;
}

static void tell_empty(void) {
  state.is_empty = true;
  if (keeper_news_fd() >= 0) keeper_hear(&state.job);
  tree_leader_ended(&state.job, SIGKILL); /* unless that was seen: it went with its namespace or its keeper */
  tree_tell_usage();
  wire_say("empty %s", state.job.is_isolated ? "pidns" : "echild");
}

/* Says how it ended and waits for the supervisor to hang up, so that an order on its way meets no closed door. */
static _Noreturn void leave(void) {
  terminal_give_back();
  for (int i = 0; i < state.pump_count; i++) {
    const struct pump *pump = &state.pumps[i];
    wire_say("drained %s %llu %llu", pump->name, (unsigned long long)pump->passed, (unsigned long long)pump->copied);
  }
  close(COPY_OF_STDOUT);
  close(COPY_OF_STDERR);
  wire_say("end");
  for (int waits = 0; !state.is_alone && waits < GOODBYE_WAITS; waits++) {
    struct pollfd life_line = {.fd = LIFE_LINE, .events = (short)(POLLIN | (wire_has_unsent() ? POLLOUT : 0))};
    poll(&life_line, 1, GOODBYE_MS);
    wire_flush();
    if (life_line.revents & ~POLLOUT && !wire_read(ignore)) break;
  }
  _exit(state.got_nonsense ? SHIM_FAILED : 0);
}

static void look_after_tree(void) {
  if (state.is_empty) return;
  if (state.is_killing) tree_kill();
  struct job *job = &state.job;
  if (tree_reap(job)) {
    tell_empty();
  } else if (job->leader_ended && job->keeper > 0 && !job->is_isolated && tree_has_only(job->keeper)) {
    /* The keeper of a terminal ends last: nobody is left to miss it. Asked after the dead are gone from the list. */
    kill(job->keeper, SIGKILL);
  }
  tree_tell_usage();
}

/* The supervisor has gone and left the job alone: once its output has ended, we only hold our own output open, for
 * which whoever reads it would wait. */
static bool is_of_no_use(void) { return state.is_alone && state.is_released && !state.is_killing; }

static int patience_ms(void) {
  /* A pump that ended since it was last asked is in no poll any more: nothing would wake us. */
  if ((state.is_empty || is_of_no_use()) && pumps_have_ended()) return 0;
  if (state.is_empty) return state.terminal >= 0 ? TERMINAL_QUIET_MS : -1;
  if (!state.is_killing) return terminal_is_waiting() ? FOREGROUND_MS : -1;
  int now = state.kill_again_ms;
  if (now < KILL_AGAIN_MAX_MS) state.kill_again_ms *= 2;
  return now;
}

static int done_fd(int index) {
  const struct pump *pump = &state.pumps[index];
  return (state.is_empty || is_of_no_use()) && index < state.pump_count && !pump_has_ended(pump) ? pump->done : -1;
}

static void guard(int signals) {
  for (;;) {
    struct pollfd sources[] = {
        {.fd = state.is_alone ? -1 : LIFE_LINE, .events = (short)(POLLIN | (wire_has_unsent() ? POLLOUT : 0))},
        {.fd = signals, .events = POLLIN},
        {.fd = keeper_news_fd(), .events = POLLIN},
        {.fd = terminal_keys_fd(), .events = POLLIN},
        {.fd = terminal_has_keys() ? terminal_master() : -1, .events = POLLOUT},
        {.fd = done_fd(0), .events = POLLIN},
        {.fd = done_fd(1), .events = POLLIN},
    };
    poll(sources, sizeof sources / sizeof *sources, patience_ms());
    if (sources[1].revents) hear_signals(signals); /* first: it tells what the supervisor need not pass on */
    if (sources[0].revents) hear_supervisor(sources[0].revents);
    if (sources[2].revents) keeper_hear(&state.job);
    if (sources[3].revents || sources[4].revents) terminal_pass_keys(sources[3].revents != 0);
    if (terminal_is_waiting() && !state.is_empty) terminal_take_over();
    look_after_tree();
    if (is_of_no_use() && state.job.leader_ended && pumps_have_ended()) leave();
    if (!state.is_empty) continue;
    if (state.is_alone && !state.is_released) leave();
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
  start(&options, signals);
  guard(signals);
}
