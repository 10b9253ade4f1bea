/* Starts the job: a clean process that dies with its parent, and word of what kept it from starting. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Out of memory, the kernel shall take the job before the guard. Raising needs no privilege. */
static const char OOM_SCORE[] = "500";

const char *const STAGES[] = {"ready", "exec", "terminal", "isolation", "start"};

static void raise_oom_score(void) {
  int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  char now[16] = "";
  if (read(fd, now, sizeof now - 1) > 0 && atoi(now) < atoi(OOM_SCORE)) {
    if (pwrite(fd, OOM_SCORE, sizeof OOM_SCORE - 1, 0) < 0) { /* the job runs without */ }
  }
  close(fd);
}

/* Node raises the soft limit for itself; the job gets what its user has. */
static void lower_open_files(uint64_t soft) {
  struct rlimit limit;
  if (soft == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0 || soft >= limit.rlim_cur) return;
  limit.rlim_cur = (rlim_t)soft;
  setrlimit(RLIMIT_NOFILE, &limit);
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

/* Writes why the job cannot be started, with errno, to whoever waits for it, and ends. */
void leader_give_up(int news, int stage) {
  struct start_failure failure = {.stage = stage, .error = errno};
  if (send(news, &failure, sizeof failure, MSG_NOSIGNAL) < 0) { /* nobody is left to be told */ }
  _exit(SHIM_FAILED);
}

/* Ties our life to our parent's; `parent` is its pid as we see it. */
void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(SHIM_FAILED); /* it was gone before the tie was made */
}

static void use_as(int fd, int target, int news) {
  if (fd >= 0 && dup2(fd, target) < 0) leader_give_up(news, STAGE_START);
}

/* Replaces the calling process with the job. */
void leader_become(const struct options *options, const struct streams *streams, enum standing standing, int news) {
  if (standing == OWN_SESSION) setsid();
  if (standing == BELOW_KEEPER) {
    setpgid(0, 0);
    /* SIGTTOU is still ignored here. */
    if (streams->terminal >= 0 && tcsetpgrp(streams->terminal, getpid()) < 0) leader_give_up(news, STAGE_TERMINAL);
  }
  use_as(streams->input, STDIN_FILENO, news);
  use_as(streams->output, STDOUT_FILENO, news);
  use_as(streams->error, STDERR_FILENO, news);
  raise_oom_score();
  lower_open_files(options->open_files);
  /* With it the kernel tells our pid as the receiver sees it, also out of a namespace. */
  struct start_failure ready = {.stage = STAGE_READY};
  if (send(news, &ready, sizeof ready, MSG_NOSIGNAL) < 0) _exit(SHIM_FAILED);
  reset_signals(options->ignored_signals);
  execvp(options->argv[0], options->argv);
  leader_give_up(news, STAGE_EXEC);
}

/* One message of a start, and its sender's pid. False at the end of the news. */
static bool receive(int news, struct start_failure *message, pid_t *sender) {
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
  struct msghdr header = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got;
  while ((got = recvmsg(news, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
  if (got != (ssize_t)sizeof *message) return false;
  const struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS) {
    struct ucred sent_by;
    memcpy(&sent_by, CMSG_DATA(first), sizeof sent_by);
    *sender = sent_by.pid;
  }
  return true;
}

/* The job begins when its leader has said that it is ready and the news end with the exec. */
static bool has_begun(int news, struct job *job, struct start_failure *failure) {
  struct start_failure message;
  pid_t sender = 0;
  *failure = (struct start_failure){.stage = STAGE_START, .error = ECHILD};
  while (receive(news, &message, &sender)) {
    if (message.stage != STAGE_READY) {
      *failure = message;
      return false;
    }
    job->leader = sender;
  }
  return job->leader > 0;
}

/* Starts the job; fills `job`. False: it could not, and `failure` says why. */
bool leader_start(const struct options *options, const struct streams *streams, struct job *job,
                  struct start_failure *failure) {
  int news[2], on = 1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, news) < 0 ||
      setsockopt(news[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) {
    *failure = (struct start_failure){.stage = STAGE_START, .error = errno};
    return false;
  }
  pid_t self = getpid(), child;
  if (job->standing == BELOW_KEEPER) {
    child = job->keeper = keeper_start(options, streams, news[1]);
    job->is_isolated = options->isolate;
  } else if ((child = fork()) == 0) {
    die_with_parent(self);
    leader_become(options, streams, job->standing, news[1]);
  }
  int error = errno;
  close(news[1]);
  bool has = child > 0 && has_begun(news[0], job, failure);
  if (child < 0) {
    *failure = (struct start_failure){.stage = options->isolate ? STAGE_ISOLATION : STAGE_START, .error = error};
  }
  close(news[0]);
  job->group = job->standing == SHARED_GROUP ? getpgrp() : job->leader;
  return has;
}
