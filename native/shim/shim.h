/* The parts of the shim and what they offer each other. PROTOCOL.md tells what is said on the wire. */
#ifndef FLOWFORGE_SHIM_H
#define FLOWFORGE_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROTOCOL_VERSION = 2 };

/* Sockets to the supervisor, as it hands them to us. */
enum { LIFE_LINE = 3, COPY_OF_STDOUT = 4, COPY_OF_STDERR = 5 };

/* Exit status where the shim itself fails or is told nonsense. */
enum { SHIM_FAILED = 125 };

/* What kept the job from being started. */
enum stage { STAGE_EXEC = 1, STAGE_TERMINAL = 2, STAGE_ISOLATION = 3, STAGE_OTHER = 4 };

enum pty_mode { PTY_AUTO, PTY_ALWAYS, PTY_NEVER };

struct options {
  enum pty_mode pty;
  bool isolate;
  uint64_t ignored_signals; /* bit n-1: the job starts with signal n ignored, as the supervisor was started */
  char **argv;
};

/* ---- wire.c: messages of fixed size to and from the supervisor; never blocks */

enum report_kind {
  HELLO = 'H',
  BEGAN = 'B',
  FAILED = 'F',
  LEADER_ENDED = 'L',
  LEADER_SUSPENDED = 'Z',
  SIGNALLED = 'S',
  ORDER_DONE = 'D',
  USAGE = 'U',
  EMPTY = 'E',
  STREAM_ENDED = 'T',
  GOODBYE = 'G',
};

struct report {
  uint8_t kind, detail;
  uint16_t zero;
  uint32_t pid;
  uint64_t value[3];
};

enum order_kind { ORDER_SIGNAL = 'S', ORDER_KILL = 'K', ORDER_RELEASE = 'R' };
enum scope { SCOPE_TREE = 0, SCOPE_GROUP = 1, SCOPE_LEADER = 2 };

struct order {
  uint8_t kind, signal, scope, zero[5];
};

enum wire_state { WIRE_OPEN, WIRE_ENDED, WIRE_NONSENSE };

void wire_say(struct report report);         /* must arrive */
void wire_say_if_room(struct report report); /* may be lost while the supervisor does not listen */
bool wire_has_unsent(void);
void wire_flush(void);
enum wire_state wire_read(void (*obey)(const struct order *order));

/* ---- tree.c: the job's processes */

struct job {
  pid_t leader;      /* as the shim sees it; 0 before it began */
  uint64_t started;  /* start time of the leader in ticks since boot */
  pid_t group;       /* process group of the leader */
  pid_t keeper;      /* process between us and the leader, or 0 */
  bool is_isolated;  /* the keeper is the init of a PID namespace */
  bool shares_group; /* the leader is in our own process group, as it would be without us */
  bool leader_ended;
};

uint64_t tree_start_ticks(pid_t pid);
pid_t tree_only_child(pid_t pid); /* 0 when there is none or more than one */
bool tree_has_children(pid_t pid);
int tree_signal(const struct job *job, int signal, enum scope scope, bool spare_our_group);
int tree_kill_children(void);
bool tree_reap(struct job *job); /* true: nothing is left (ECHILD) */
void tree_leader_ended(struct job *job, int status);
bool tree_has_usage_to_tell(void);
void tree_tell_usage(void);

/* ---- leader.c: starts the job */

struct streams {
  int input, output, error; /* what the job gets; -1: it inherits ours */
  int terminal;             /* the job's own terminal, or -1 */
};

struct start_failure {
  int stage, error;
};

/* Writes why the job cannot be started to whoever started us, and ends. */
_Noreturn void leader_give_up(int failure_fd, enum stage stage);
/* Replaces the calling process with the job. */
_Noreturn void leader_become(const struct options *options, const struct streams *streams, bool new_session,
                             int failure_fd);
/* Starts the job; fills `job`. False: it could not, and `failure` says why. */
bool leader_start(const struct options *options, const struct streams *streams, struct job *job,
                  struct start_failure *failure);

/* ---- keeper.c: the parent of the leader where it needs one of its own */

enum { KEEPER_LEADER_STOPPED = 1, KEEPER_LEADER_ENDED = 2 };

struct keeper_news {
  int type, status; /* status as from waitpid */
};

pid_t keeper_start(const struct options *options, const struct streams *streams, int failure_fd);
void keeper_go(void);
int keeper_news_fd(void); /* -1: no keeper */
bool keeper_read_news(struct keeper_news *news);

/* ---- terminal.c: a terminal of the job's own, bridged to ours */

bool terminal_find_outer(void); /* whether we have a controlling terminal */
bool terminal_open(void);       /* errno on failure */
int terminal_master(void);      /* -1: the job has none of its own */
int terminal_slave(void);
void terminal_close_slave(void);
void terminal_take_over(void); /* raw mode, if we are in the foreground */
void terminal_give_back(void);
bool terminal_awaits_foreground(void);
void terminal_resize(void);
int terminal_input(void); /* to poll for POLLIN, -1 while nothing is to be read */
bool terminal_has_unsent(void);
void terminal_read_input(void);
void terminal_write_input(void);

/* ---- pump.c: passes a stream on and copies it to the supervisor */

void pump_start(int stream, int from, int to, bool is_terminal); /* stream: 1 stdout, 2 stderr */
void pump_hurry(void);         /* no writer is left: end when what is in the pipe has been passed on */
void pump_end_copies(void);    /* the supervisor is gone */
int pump_ended_fd(void);       /* readable when a pump has ended */
bool pump_collect_ended(void); /* reports ended pumps; true: all have ended */

#endif
