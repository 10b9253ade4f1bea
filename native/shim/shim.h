/* The parts of the shim and what they offer each other. PROTOCOL.md tells what is said on the wire. */
#ifndef FLOWFORGE_SHIM_H
#define FLOWFORGE_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Sockets to the supervisor, as it hands them to us. */
enum { LIFE_LINE = 3, COPY_OF_STDOUT = 4, COPY_OF_STDERR = 5 };

/* Exit status where the shim itself fails or is told nonsense. */
enum { SHIM_FAILED = 125 };

enum pty_mode { PTY_AUTO, PTY_ALWAYS, PTY_NEVER };

struct options {
  enum pty_mode pty;
  bool isolate;
  uint64_t ignored_signals; /* bit n-1: the job starts with signal n ignored, as we were */
  char **argv;
};

/* wire.c: lines to and from the supervisor */
void wire_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void wire_say_if_room(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool wire_has_unsent(void);
void wire_flush(void);
bool wire_read(void (*obey)(char *line)); /* false: the life-line has ended */

/* tree.c: the job's processes */
int tree_signal(int signal, const char *scope, pid_t leader);
int tree_kill_children(void);
bool tree_reap(pid_t leader); /* true: nothing is left (ECHILD) */
void tree_tell_usage(void);

/* leader.c: starts the job */
struct job_streams {
  int input, output, error; /* what the job gets; -1: it inherits ours */
};
pid_t leader_start(const struct options *options, const struct job_streams *streams, bool own_terminal);

/* pump.c: passes a stream on and copies it to the supervisor */
struct pump {
  const char *name;
  int from, to, copy;
  int done; /* readable when the pump has ended */
  uint64_t passed, copied;
};
void pump_start(struct pump *pump);
bool pump_has_ended(const struct pump *pump);

/* terminal.c: a terminal of the job's own, bridged to ours */
struct terminal {
  int master, slave;
};
bool terminal_open(struct terminal *terminal);
void terminal_take_over(void);
void terminal_give_back(void);
void terminal_resize(const struct terminal *terminal);
void terminal_start_input(const struct terminal *terminal);
bool terminal_is_ours(void);

void fail(const char *what) __attribute__((noreturn));

#endif
