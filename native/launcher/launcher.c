/* `flowforge` where it is installed with a Node of its own, as in the container image: <prefix>/bin/flowforge starts
 * <prefix>/lib/flowforge/node with FlowForge in it. It needs no shell, no library and no fixed place.
 *
 * As the first process of a container it stays, and does what a first process must: it starts FlowForge as its child,
 * passes signals on to it, reaps what is left to it by whoever has gone, and ends as FlowForge ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 125, FIXED_WORDS = 3, BY_SIGNAL = 128 };

/* How FlowForge knows that it is the first thing in a container. */
static const char NAME_AS_FIRST[] = "flowforge-init";

static _Noreturn void fail(const char *what) {
  dprintf(STDERR_FILENO, "flowforge: %s: %s\n", what, strerror(errno));
  exit(FAILED);
}

/* <prefix>/bin/flowforge → <prefix>, through links as well. */
static void find_prefix(char *path, size_t size) {
  ssize_t length = readlink("/proc/self/exe", path, size - 1);
  if (length < 0) fail("needs /proc");
  path[length] = '\0';
  for (int ups = 0; ups < 2; ups++) {
    char *slash = strrchr(path, '/');
    if (slash) *slash = '\0';
  }
}

static char *below(const char *prefix, const char *rest) {
  char *path;
  if (asprintf(&path, "%s/lib/flowforge/%s", prefix, rest) < 0) fail("no memory");
  return path;
}

static char **command_of(int count, char **words) {
  char prefix[PATH_MAX];
  find_prefix(prefix, sizeof prefix);
  char **command = calloc((size_t)count + FIXED_WORDS, sizeof *command);
  if (!command) fail("no memory");
  command[0] = below(prefix, "node");
  command[1] = "--disable-warning=ExperimentalWarning";
  command[2] = below(prefix, "dist/main.js");
  for (int at = 1; at < count; at++) command[at + FIXED_WORDS - 1] = words[at];
  return command;
}

static _Noreturn void become(char **command) {
  execv(command[0], command);
  fail(command[0]);
}

/* --- as the first process ------------------------------------------------------------------------------------- */

/* Whoever has our user can read our environment for as long as we live; the keys in it are for our child alone. */
static void forget_keys(void) {
  static const char *const keys[] = {"FLOWFORGE_API_KEY=", "FLOWFORGE_MASTER_KEY="};
  for (char **variable = environ; *variable; variable++) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
      size_t length = strlen(keys[i]);
      if (strncmp(*variable, keys[i], length) == 0) explicit_bzero(*variable + length, strlen(*variable + length));
    }
  }
}

/* A key typed at the terminal goes to all of its foreground group: our child has had it already. */
static int was_typed(const siginfo_t *info) {
  int signal_number = info->si_signo;
  return info->si_code == SI_KERNEL && (signal_number == SIGINT || signal_number == SIGQUIT ||
                                        signal_number == SIGTSTP || signal_number == SIGWINCH);
}

/* Ends with our child; what else is left in the container, the kernel ends with us. */
static void reap(pid_t child) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child) exit(WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

static _Noreturn void stay_with(char **command) {
  sigset_t all, before;
  sigfillset(&all);
  /* Nothing is sent to a first process that it has no handler for, unless it holds it back. */
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child < 0) fail("cannot start a process");
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    become(command);
  }
  forget_keys();
  prctl(PR_SET_NAME, NAME_AS_FIRST);
  for (;;) {
    siginfo_t info;
    if (sigwaitinfo(&all, &info) < 0) continue;
    if (info.si_signo == SIGCHLD) reap(child);
    else if (!was_typed(&info)) kill(child, info.si_signo);
  }
}

int main(int count, char **words) {
  char **command = command_of(count, words);
  if (getpid() == 1) stay_with(command);
  become(command);
}
