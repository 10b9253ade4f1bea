/* Starts the job: a clean process of its own session that dies with us. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Out of memory, the kernel shall take the job before the guard. Raising needs no privilege. */
static const char OOM_SCORE[] = "500";

static void raise_oom_score(void) {
  int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  char now[16] = "";
  if (read(fd, now, sizeof now - 1) > 0 && atoi(now) < atoi(OOM_SCORE)) {
    if (pwrite(fd, OOM_SCORE, sizeof OOM_SCORE - 1, 0) < 0) { /* the job runs without */ }
  }
  close(fd);
}

static void reset_signals(uint64_t ignored) {
  for (int signal_number = 1; signal_number < NSIG; signal_number++) {
    bool ignore = signal_number <= 64 && (ignored >> (signal_number - 1)) & 1;
    signal(signal_number, ignore ? SIG_IGN : SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void use_as(int fd, int target) {
  if (fd >= 0 && dup2(fd, target) < 0) _exit(SHIM_FAILED);
}

static void become_job(const struct options *options, const struct job_streams *streams, bool own_terminal,
                       pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(SHIM_FAILED); /* the shim was gone before the tie was made */
  use_as(streams->input, STDIN_FILENO);
  use_as(streams->output, STDOUT_FILENO);
  use_as(streams->error, STDERR_FILENO);
  if (own_terminal) ioctl(streams->input, TIOCSCTTY, 0);
  raise_oom_score();
  reset_signals(options->ignored_signals);
  execvp(options->argv[0], options->argv);
}

/* The leader's pid, or -1 with errno set to what kept it from being started. */
pid_t leader_start(const struct options *options, const struct job_streams *streams, bool own_terminal) {
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) < 0) return -1;
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    become_job(options, streams, own_terminal, parent);
    int error = errno;
    if (write(failure[1], &error, sizeof error) < 0) { /* nobody is left to be told */ }
    _exit(SHIM_FAILED);
  }
  int error = pid < 0 ? errno : 0;
  close(failure[1]);
  ssize_t got;
  while (pid > 0 && (got = read(failure[0], &error, sizeof error)) < 0 && errno == EINTR) {}
  close(failure[0]);
  if (error == 0) return pid;
  errno = error;
  return -1;
}
