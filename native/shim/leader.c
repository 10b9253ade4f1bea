/* Starts the job: a clean process that dies with us. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
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
  for (int number = 1; number < NSIG; number++) {
    bool ignore = number <= 64 && ((ignored >> (number - 1)) & 1);
    signal(number, ignore ? SIG_IGN : SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn void leader_give_up(int failure_fd, enum stage stage) {
  struct start_failure failure = {.stage = stage, .error = errno};
  if (write(failure_fd, &failure, sizeof failure) < 0) { /* nobody is left to be told */ }
  _exit(SHIM_FAILED);
}

_Noreturn void leader_become(const struct options *options, const struct streams *streams, bool new_session,
                             int failure_fd) {
  if (new_session) setsid();
  if (streams->terminal >= 0) {
    /* A group of its own in the foreground of the keeper's session, as a shell would start it. */
    setpgid(0, 0);
    tcsetpgrp(streams->terminal, getpid()); /* SIGTTOU is still blocked */
  }
  const int wanted[] = {streams->input, streams->output, streams->error};
  for (int target = 0; target < 3; target++)
    if (wanted[target] >= 0 && dup2(wanted[target], target) < 0) leader_give_up(failure_fd, STAGE_OTHER);
  raise_oom_score();
  reset_signals(options->ignored_signals);
  execvp(options->argv[0], options->argv);
  leader_give_up(failure_fd, STAGE_EXEC);
}

/* Forks the leader as our own child. The tie is per thread of the parent: only the main thread forks, and it stays. */
static pid_t fork_leader(const struct options *options, const struct streams *streams, bool new_session,
                         int failure_fd) {
  pid_t shim = getpid();
  pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != shim) _exit(SHIM_FAILED); /* the shim was gone before the tie was made */
  leader_become(options, streams, new_session, failure_fd);
}

/* Reads what failed; nothing but the end comes when the job has taken the place of our code. */
static bool has_failed(int failure_fd, struct start_failure *failure) {
  ssize_t got;
  do got = read(failure_fd, failure, sizeof *failure);
  while (got < 0 && errno == EINTR);
  return got == sizeof *failure;
}

bool leader_start(const struct options *options, const struct streams *streams, struct job *job,
                  struct start_failure *failure) {
  int report[2];
  *failure = (struct start_failure){.stage = STAGE_OTHER};
  if (pipe2(report, O_CLOEXEC) < 0) {
    failure->error = errno;
    return false;
  }
  bool needs_keeper = options->isolate || streams->terminal >= 0;
  bool new_session = !needs_keeper && !job->shares_group;
  pid_t pid =
      needs_keeper ? keeper_start(options, streams, report[1]) : fork_leader(options, streams, new_session, report[1]);
  failure->error = errno;
  if (pid < 0 && options->isolate) failure->stage = STAGE_ISOLATION;
  close(report[1]);
  bool failed = pid < 0 || has_failed(report[0], failure);
  close(report[0]);
  if (failed) return false;
  /* Neither has been waited for yet, so both are still there, dead or alive. */
  job->keeper = needs_keeper ? pid : 0;
  job->leader = needs_keeper ? tree_only_child(pid) : pid;
  job->started = tree_start_ticks(job->leader);
  job->group = job->shares_group ? getpgrp() : job->leader;
  keeper_go();
  return job->leader > 0;
}
