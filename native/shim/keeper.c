/* The keeper stands between the shim and the leader where the leader needs a parent of its own: it leads the session
 * of the job's terminal, so that the leader's group is no orphan and can be stopped from the keyboard, and it is the
 * init of the job's PID namespace, with whose end the kernel ends everything in it. It dies with the shim. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the keeper tells the shim. */
struct report {
  enum { LEADER_STOPPED, LEADER_CONTINUED, LEADER_ENDED, USAGE } kind;
  int status;
  uint64_t cpu_us, max_rss_kb; /* of all it has reaped so far */
};

static int reports = -1;

int keeper_news_fd(void) { return reports; }

/* --- within the keeper ------------------------------------------------------------------------------------------ */

static bool write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  int error = errno;
  close(fd);
  errno = error;
  return is_written;
}

/* In a user namespace we stay who we are. */
static bool map_user(uid_t uid, gid_t gid) {
  char map[64];
  if (!write_file("/proc/self/setgroups", "deny") && errno != ENOENT) return false;
  snprintf(map, sizeof map, "%u %u 1\n", (unsigned)gid, (unsigned)gid);
  if (!write_file("/proc/self/gid_map", map)) return false;
  snprintf(map, sizeof map, "%u %u 1\n", (unsigned)uid, (unsigned)uid);
  return write_file("/proc/self/uid_map", map);
}

static bool show_own_processes(void) {
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

/* What a terminal or another process sends is for the job. */
static void ignore_signals(void) {
  static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN,
                                SIGTTOU, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM};
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Holds nothing open but the socket to the shim, as descriptor 0: no end of a pipe of the job's may stay with us. */
static void let_go(int to_shim) {
  enum { CLOSED_MAX = 65536 };
  dup2(to_shim, 0);
  if (syscall(SYS_close_range, 1U, ~0U, 0U) == 0) return;
  for (int fd = 1; fd < CLOSED_MAX; fd++) close(fd);
}

static void tell(int kind, int status) {
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  struct report report = {
      .kind = kind,
      .status = status,
      .cpu_us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec),
      .max_rss_kb = (uint64_t)used.ru_maxrss,
  };
  int flags = MSG_NOSIGNAL | (kind == USAGE ? MSG_DONTWAIT : 0);
  while (send(0, &report, sizeof report, flags) < 0 && errno == EINTR) {}
}

/* Reaps until the leader has ended. The init of a namespace ends then, and all in it; another stays, so that the
 * terminal keeps its session, until the shim ends it. */
static _Noreturn void keep(pid_t leader, bool is_init) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED | WCONTINUED);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    if (pid != leader) {
      if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) tell(USAGE, 0);
    } else if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      tell(WIFSTOPPED(status) ? LEADER_STOPPED : LEADER_CONTINUED, status);
    } else {
      tell(LEADER_ENDED, status);
      if (is_init) _exit(0);
    }
  }
  for (;;) pause();
}

/* The parent of an init has no number in its namespace: its end of the socket tells whether it lives. */
static void check_shim(int to_shim) {
  char nothing;
  if (recv(to_shim, &nothing, 1, MSG_DONTWAIT) == 0) _exit(SHIM_FAILED);
}

static _Noreturn void be_keeper(const struct options *options, const struct streams *streams, int news, int to_shim) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  check_shim(to_shim);
  setsid();
  ignore_signals();
  if (streams->terminal >= 0 && ioctl(streams->terminal, TIOCSCTTY, 0) < 0) leader_give_up(news, STAGE_TERMINAL);
  if (options->isolate && !show_own_processes()) leader_give_up(news, STAGE_ISOLATION);
  pid_t self = getpid();
  pid_t leader = fork();
  if (leader < 0) leader_give_up(news, STAGE_START);
  if (leader == 0) {
    die_with_parent(self);
    leader_become(options, streams, BELOW_KEEPER, news);
  }
  let_go(to_shim);
  keep(leader, options->isolate);
}

/* Forks, into namespaces of its own where asked for. Without privilege these need a user namespace around them. */
static pid_t fork_into(bool isolate, bool with_user) {
  if (!isolate) return fork();
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | (with_user ? CLONE_NEWUSER : 0UL);
  return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* --- within the shim -------------------------------------------------------------------------------------------- */

/* Starts a keeper that starts the leader; both tell of failure over `news`. Its pid, or -1 with errno. */
pid_t keeper_start(const struct options *options, const struct streams *streams, int news) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -1;
  uid_t uid = geteuid();
  gid_t gid = getegid();
  bool with_user = false;
  pid_t keeper = fork_into(options->isolate, false);
  if (keeper < 0 && errno == EPERM && options->isolate) {
    with_user = true;
    keeper = fork_into(true, true);
  }
  if (keeper == 0) {
    close(ends[0]);
    if (with_user && !map_user(uid, gid)) leader_give_up(news, STAGE_ISOLATION);
    be_keeper(options, streams, news, ends[1]);
  }
  int error = errno;
  close(ends[1]);
  if (keeper < 0) close(ends[0]);
  else reports = ends[0];
  errno = error;
  return keeper;
}

/* Takes what the keeper has told. */
void keeper_hear(struct job *job) {
  struct report report;
  ssize_t got;
  while (reports >= 0 && (got = recv(reports, &report, sizeof report, MSG_DONTWAIT)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got != (ssize_t)sizeof report) break;
    tree_count_kept(report.cpu_us, report.max_rss_kb);
    if (report.kind == LEADER_ENDED) tree_leader_ended(job, report.status);
    else if (report.kind != USAGE) tree_leader_stopped(job, report.kind == LEADER_STOPPED);
  }
  if (reports >= 0) close(reports);
  reports = -1;
}

/* Whether a namespace can be had here: tries it. */
bool keeper_probe(struct start_failure *failure) {
  char *command[] = {"true", NULL};
  const struct options options = {.isolate = true, .argv = command};
  const struct streams streams = {-1, -1, -1, -1};
  struct job job = {.standing = BELOW_KEEPER};
  bool has = leader_start(&options, &streams, &job, failure);
  if (job.keeper > 0) waitpid(job.keeper, NULL, 0);
  return has;
}
