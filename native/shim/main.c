/* The shim stands between FlowForge and the job. It starts the job, passes its output on, reaps and counts, obeys
 * orders to signal and to kill, and kills everything when the life-line to FlowForge ends, for whatever reason. It
 * holds no policy. PROTOCOL.md says what goes over the wire; leader.c, keeper.c, tree.c, pump.c, terminal.c and
 * wire.c do the parts. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIPE_BYTES = 256 * 1024 };
enum { LOOK_FOR_FOREGROUND_MS = 200 };
enum { KILL_AGAIN_MS = 1, KILL_AGAIN_LATER_MS = 20, KILL_SOON_ROUNDS = 1000, USAGE_MS = 100 };
/* How long the rest of the output may take once everything was killed for want of a supervisor. */
enum { ABANDONED_DRAIN_MS = 250, LAST_WORDS_MS = 1000 };

static struct job job;
static struct {
  bool is_killing, is_released, is_alone, is_empty;
  bool was_empty_in_time; /* before the supervisor left: then it left in good order */
  bool got_nonsense;
  bool is_suspended; /* the terminal is the shell's until SIGCONT */
  uint64_t rounds, kills, killing_since_us, empty_since_us, usage_told_us;
  int terminal_signals[65]; /* sent by the terminal to our group, and with us to the job */
} state;

static uint64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static _Noreturn void fail(const char *what) {
  terminal_give_back();
  dprintf(STDERR_FILENO, "flowforge-shim: %s: %s\n", what, strerror(errno));
  _exit(SHIM_FAILED);
}

/* --- starting --------------------------------------------------------------------------------------------------- */

/* flowforge-shim VERSION auto|always|never shared|isolated IGNORED-SIGNALS-HEX -- PROGRAM ARGUMENT... */
static struct options parse(int count, char **words) {
  static const char *const modes[] = {[PTY_AUTO] = "auto", [PTY_ALWAYS] = "always", [PTY_NEVER] = "never"};
  struct options options = {.pty = PTY_NEVER};
  bool is_sound = count > 6 && atoi(words[1]) == PROTOCOL_VERSION && strcmp(words[5], "--") == 0;
  if (!is_sound) {
    dprintf(STDERR_FILENO, "flowforge-shim (protocol %d) is started by FlowForge, not by hand\n", PROTOCOL_VERSION);
    _exit(SHIM_FAILED);
  }
  for (int mode = PTY_AUTO; mode <= PTY_NEVER; mode++)
    if (strcmp(words[2], modes[mode]) == 0) options.pty = (enum pty_mode)mode;
  options.isolate = strcmp(words[3], "isolated") == 0;
  options.ignored_signals = strtoull(words[4], NULL, 16);
  options.argv = words + 6;
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

/* Nothing but SIGKILL and SIGSTOP reaches us: the job hangs by us. Those we need come by a file descriptor. */
static int take_signals(void) {
  static const int heard[] = {SIGCHLD, SIGWINCH, SIGCONT, SIGINT, SIGQUIT};
  sigset_t all, set;
  sigfillset(&all);
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof heard / sizeof *heard; i++) {
    signal(heard[i], SIG_DFL); /* one that is ignored is dropped before a signalfd can tell of it */
    sigaddset(&set, heard[i]);
  }
  sigprocmask(SIG_SETMASK, &all, NULL);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("signalfd");
  return fd;
}

/* Whether what is written to either goes to one place in the order it is written. */
static bool is_same_output(int a, int b) {
  enum { KCMP_FILE_ = 0 };
  struct stat one, other;
  if (fstat(a, &one) < 0 || fstat(b, &other) < 0) return false;
  if (one.st_dev != other.st_dev || one.st_ino != other.st_ino) return false;
  if (!S_ISREG(one.st_mode)) return true;
  /* A file opened twice has two positions, unless all is appended. */
  if ((fcntl(a, F_GETFL) & O_APPEND) && (fcntl(b, F_GETFL) & O_APPEND)) return true;
  return syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE_, a, b) == 0;
}

static int reading_ends[2] = {-1, -1};

static int open_pipe(int stream) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES); /* fewer, larger reads; the default does as well */
  reading_ends[stream - 1] = ends[0];
  return ends[1];
}

/* Terminals of ours become the job's own terminal; what is a pipe or a file becomes a pipe to us. */
static struct streams open_streams(const struct options *options) {
  struct streams streams = {.input = -1, .output = -1, .error = -1, .terminal = -1};
  bool has_outer = terminal_find_outer();
  bool with_terminal = options->pty == PTY_ALWAYS || (options->pty == PTY_AUTO && has_outer && isatty(STDOUT_FILENO));
  bool is_one_output = is_same_output(STDOUT_FILENO, STDERR_FILENO);
  job.is_isolated = options->isolate;
  job.shares_group = has_outer && !with_terminal && !options->isolate;
  if (with_terminal) {
    if (!terminal_open()) fail("cannot open a terminal");
    streams.terminal = streams.output = terminal_slave();
    if (has_outer && isatty(STDIN_FILENO)) streams.input = streams.terminal;
    if (is_one_output || isatty(STDERR_FILENO)) streams.error = streams.terminal;
  } else {
    streams.output = open_pipe(1);
    if (is_one_output) streams.error = streams.output; /* 2>&1: one pipe keeps the order of what is written */
  }
  if (streams.error < 0) streams.error = open_pipe(2);
  return streams;
}

static void close_writing_ends(const struct streams *streams) {
  /* The terminal's end stays: a terminal that nobody holds for a moment would look ended. */
  if (streams->output != streams->terminal) close(streams->output);
  if (streams->error != streams->terminal && streams->error != streams->output) close(streams->error);
}

static void start_pumps(const struct streams *streams) {
  if (streams->terminal >= 0) {
    pump_start(1, fcntl(terminal_master(), F_DUPFD_CLOEXEC, 3), STDOUT_FILENO, true);
  } else {
    pump_start(1, reading_ends[0], STDOUT_FILENO, false);
  }
  if (reading_ends[1] >= 0) pump_start(2, reading_ends[1], STDERR_FILENO, false);
}

static void say_last_words(void) {
  struct pollfd life_line = {.fd = LIFE_LINE, .events = POLLOUT};
  wire_flush();
  while (wire_has_unsent() && poll(&life_line, 1, LAST_WORDS_MS) > 0 && !(life_line.revents & (POLLERR | POLLHUP)))
    wire_flush();
}

static void start(const struct options *options) {
  struct streams streams = open_streams(options);
  struct start_failure failure;
  uint8_t kind = (uint8_t)((streams.terminal >= 0) | options->isolate << 1 | job.shares_group << 2);
  wire_say((struct report){.kind = HELLO, .detail = kind, .pid = (uint32_t)getpid(), .value = {PROTOCOL_VERSION}});
  if (!leader_start(options, &streams, &job, &failure)) {
    wire_say((struct report){.kind = FAILED, .detail = (uint8_t)failure.stage, .value = {(uint64_t)failure.error}});
    say_last_words();
    _exit(SHIM_FAILED);
  }
  wire_say((struct report){
      .kind = BEGAN, .pid = (uint32_t)job.leader, .value = {job.started, (uint64_t)job.keeper}});
  close_writing_ends(&streams);
  terminal_take_over();
  start_pumps(&streams);
}

/* --- obeying ---------------------------------------------------------------------------------------------------- */

static void begin_killing(void) {
  if (state.is_killing || state.is_empty) return;
  state.is_killing = true;
  state.killing_since_us = now_us();
  state.kills += (uint64_t)tree_signal(&job, SIGKILL, SCOPE_TREE, false); /* told one by one; the rest is counted */
}

/* The terminal sends to everybody of its foreground group at once. What FlowForge then passes on has arrived. */
static bool has_come_from_terminal(int signal_number) {
  if (!job.shares_group || state.terminal_signals[signal_number] == 0) return false;
  state.terminal_signals[signal_number]--;
  return true;
}

static void obey(const struct order *order) {
  switch (order->kind) {
    case ORDER_SIGNAL: {
      bool spare_group = order->scope == SCOPE_GROUP && has_come_from_terminal(order->signal);
      int count = tree_signal(&job, order->signal, (enum scope)order->scope, spare_group);
      wire_say((struct report){.kind = ORDER_DONE, .detail = order->signal, .value = {(uint64_t)count}});
      break;
    }
    case ORDER_KILL:
      begin_killing();
      wire_say((struct report){.kind = ORDER_DONE, .detail = SIGKILL, .value = {state.kills}});
      break;
    case ORDER_RELEASE:
      state.is_released = true;
      break;
  }
}

static void lose_supervisor(bool got_nonsense) {
  state.is_alone = true;
  state.got_nonsense = got_nonsense;
  state.was_empty_in_time = state.is_empty && !got_nonsense;
  pump_end_copies();
  if (!state.is_released || got_nonsense) begin_killing();
}

static void hear_supervisor(short events) {
  if (events & POLLOUT) wire_flush();
  if (!(events & (POLLIN | POLLHUP | POLLERR))) return;
  enum wire_state wire = wire_read(obey);
  if (wire != WIRE_OPEN) lose_supervisor(wire == WIRE_NONSENSE);
}

static void hear_signals(int fd) {
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == sizeof info) {
    int number = (int)info.ssi_signo;
    if ((number == SIGINT || number == SIGQUIT) && info.ssi_code == SI_KERNEL) state.terminal_signals[number]++;
    if (number == SIGWINCH) terminal_resize();
    if (number == SIGCONT && terminal_master() >= 0) {
      state.is_suspended = false;
      terminal_take_over();
      terminal_resize();
      tree_signal(&job, SIGCONT, SCOPE_GROUP, false);
    }
  }
}

static void hear_keeper(void) {
  struct keeper_news news;
  while (keeper_news_fd() >= 0 && keeper_read_news(&news)) {
    if (news.type == KEEPER_LEADER_ENDED) tree_leader_ended(&job, news.status);
    bool by_terminal = news.type == KEEPER_LEADER_STOPPED && WSTOPSIG(news.status) != SIGSTOP;
    if (!by_terminal) continue;
    state.is_suspended = true;
    terminal_give_back(); /* before the shell takes it */
    wire_say((struct report){.kind = LEADER_SUSPENDED, .pid = (uint32_t)job.leader});
  }
}

/* --- ending ----------------------------------------------------------------------------------------------------- */

static void become_empty(void) {
  state.is_empty = true;
  state.empty_since_us = now_us();
  terminal_give_back();
  terminal_close_slave();
  pump_hurry();
  tree_tell_usage();
  uint64_t took_us = state.is_killing ? state.empty_since_us - state.killing_since_us : 0;
  wire_say((struct report){.kind = EMPTY, .value = {state.rounds, state.kills, took_us}});
}

static void look_after_tree(void) {
  if (state.is_empty) return;
  if (state.is_killing) {
    state.rounds++;
    state.kills += (uint64_t)tree_kill_children();
  }
  bool is_empty = tree_reap(&job);
  /* A keeper that is alone keeps a terminal that nobody uses any more; it has no children and makes none. */
  bool may_be_alone = job.leader_ended && job.keeper && !job.is_isolated;
  if (may_be_alone && tree_only_child(getpid()) == job.keeper && !tree_has_children(job.keeper))
    kill(job.keeper, SIGKILL);
  if (is_empty) become_empty();
}

static bool is_finished(void) {
  if (!state.is_empty && !(state.is_released && state.is_alone)) return false;
  if (pump_collect_ended()) return true;
  bool is_abandoned = state.is_alone && !state.was_empty_in_time && !state.is_released;
  return is_abandoned && now_us() - state.empty_since_us > ABANDONED_DRAIN_MS * 1000;
}

/* Told now and then, not for every process of a fork storm. */
static void tell_usage_in_time(void) {
  if (!tree_has_usage_to_tell() || now_us() - state.usage_told_us < USAGE_MS * 1000) return;
  state.usage_told_us = now_us();
  tree_tell_usage();
}

static int patience_ms(void) {
  if (state.is_empty) return state.is_alone ? USAGE_MS : -1;
  if (state.is_killing) return state.rounds < KILL_SOON_ROUNDS ? KILL_AGAIN_MS : KILL_AGAIN_LATER_MS;
  if (tree_has_usage_to_tell()) return USAGE_MS;
  return terminal_awaits_foreground() && !state.is_suspended ? LOOK_FOR_FOREGROUND_MS : -1;
}

static void guard(int signals) {
  while (!is_finished()) {
    enum { SUPERVISOR, SIGNALS, KEEPER, PUMPS, KEYS, TERMINAL };
    struct pollfd sources[] = {
        [SUPERVISOR] = {.fd = state.is_alone ? -1 : LIFE_LINE,
                        .events = (short)(POLLIN | (wire_has_unsent() ? POLLOUT : 0))},
        [SIGNALS] = {.fd = signals, .events = POLLIN},
        [KEEPER] = {.fd = keeper_news_fd(), .events = POLLIN},
        [PUMPS] = {.fd = pump_ended_fd(), .events = POLLIN},
        [KEYS] = {.fd = terminal_input(), .events = POLLIN},
        [TERMINAL] = {.fd = terminal_has_unsent() ? terminal_master() : -1, .events = POLLOUT},
    };
    poll(sources, sizeof sources / sizeof *sources, patience_ms());
    if (sources[SIGNALS].revents) hear_signals(signals);
    if (sources[SUPERVISOR].revents) hear_supervisor(sources[SUPERVISOR].revents);
    if (sources[KEEPER].revents) hear_keeper();
    if (sources[KEYS].revents) terminal_read_input();
    if (sources[TERMINAL].revents) terminal_write_input();
    if (sources[PUMPS].revents) pump_collect_ended();
    if (!state.is_suspended && !state.is_empty) terminal_take_over();
    look_after_tree();
    tell_usage_in_time();
    wire_flush();
  }
}

int main(int count, char **words) {
  struct options options = parse(count, words);
  check_sockets();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) fail("subreaper");
  int signals = take_signals();
  start(&options);
  wire_flush();
  guard(signals);
  terminal_give_back();
  wire_say((struct report){.kind = GOODBYE});
  say_last_words();
  _exit(state.got_nonsense ? SHIM_FAILED : 0);
}
