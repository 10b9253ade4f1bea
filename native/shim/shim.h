/* The parts of the shim and what they offer each other. PROTOCOL.md tells what is said on the wire. */
#ifndef FLOWFORGE_SHIM_H
#define FLOWFORGE_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROTOCOL_VERSION = 3 };

/* Sockets to the supervisor, as it hands them to us. */
enum { LIFE_LINE = 3, COPY_OF_STDOUT = 4, COPY_OF_STDERR = 5 };

/* Exit status where the shim itself fails or is told nonsense. */
enum { SHIM_FAILED = 125 };

enum pty_mode { PTY_AUTO, PTY_ALWAYS, PTY_NEVER };

struct options {
  enum pty_mode pty;
  bool isolate;             /* the job gets a PID namespace of its own */
  uint64_t ignored_signals; /* bit n-1: the job starts with signal n ignored, as the supervisor was started */
  uint64_t open_files;      /* soft limit of open files to give back to the job; 0: ours */
  char **argv;
};

/* How the leader stands to us and to a terminal. */
enum standing {
  OWN_SESSION,  /* no terminal in sight */
  SHARED_GROUP, /* in our own process group: our terminal's keys and signals reach it as they reach us */
  BELOW_KEEPER, /* a group of its own below a keeper, which has the session and the terminal, or the namespace */
};

/* What the job gets as 0 to 2; -1: it inherits ours. */
struct streams {
  int input, output, error;
  int terminal; /* the terminal of its own that is to control it, or -1 */
};

struct job {
  enum standing standing;
  pid_t leader, group, keeper;
  bool is_isolated, leader_ended;
};

/* wire.c: lines to and from the supervisor */
void wire_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void wire_say_if_room(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool wire_has_unsent(void);
void wire_flush(void);
bool wire_read(void (*obey)(char *line)); /* false: the life-line has ended */

/* tree.c: the job's processes */
enum scope { SCOPE_TREE, SCOPE_GROUP, SCOPE_LEADER };
unsigned long long tree_started(pid_t pid, pid_t parent);
int tree_signal(const struct job *job, int signal, enum scope scope);
void tree_kill(void);
bool tree_reap(struct job *job); /* true: nothing is left (ECHILD) */
bool tree_has_only(pid_t child); /* whether we have exactly this child */
void tree_leader_ended(struct job *job, int status);
void tree_leader_stopped(const struct job *job, bool is_stopped);
void tree_count_kept(uint64_t cpu_us, uint64_t max_rss_kb);
void tree_tell_usage(void);

/* leader.c: starts the job */
struct start_failure {
  enum { STAGE_READY, STAGE_EXEC, STAGE_TERMINAL, STAGE_ISOLATION, STAGE_START } stage;
  int error;
};
extern const char *const STAGES[];
bool leader_start(const struct options *options, const struct streams *streams, struct job *job,
                  struct start_failure *failure);
void leader_become(const struct options *options, const struct streams *streams, enum standing standing, int news)
    __attribute__((noreturn));
void leader_give_up(int news, int stage) __attribute__((noreturn));
void die_with_parent(pid_t parent);

/* keeper.c: the leader's parent where it needs one between us and it */
pid_t keeper_start(const struct options *options, const struct streams *streams, int news);
int keeper_news_fd(void);
void keeper_hear(struct job *job);
bool keeper_probe(struct start_failure *failure);

/* notify.c: word to the service manager */
void notify(void) __attribute__((noreturn));

/* pump.c: passes a stream on and copies it to the supervisor */
struct pump {
  const char *name;
  int from, to, copy;
  int done; /* readable when the pump has ended */
  _Atomic uint64_t passed, copied;
};
bool pump_start(struct pump *pump);
bool pump_has_ended(const struct pump *pump);

/* terminal.c: a terminal of the job's own, bridged to ours */
bool terminal_has_outer(void);
bool terminal_open(int *slave, bool with_keys);
int terminal_master(void);
void terminal_take_over(void);
void terminal_give_back(void);
void terminal_resize(void);
void terminal_suspend(void);
void terminal_resume(void);
int terminal_keys_fd(void);     /* to be polled for reading; -1 while there is no use in it */
bool terminal_has_keys(void);   /* typed, and not yet taken by the job */
bool terminal_is_waiting(void); /* for the foreground, of which nothing tells */
void terminal_pass_keys(bool can_read);

#endif
