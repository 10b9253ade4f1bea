/* The parent of the leader where it needs one of its own.
 *
 * With a terminal: the kernel lets a job be stopped by Ctrl-Z only while its parent is in the same session, so the
 * session belongs to the keeper. Isolated: the keeper is the init of the PID namespace, with whom everything in it
 * dies. It reaps, and tells the shim when the leader stops or ends. */
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int news = -1;

int keeper_news_fd(void) { return news; }

bool keeper_read_news(struct keeper_news *heard) {
  ssize_t got = recv(news, heard, sizeof *heard, MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
    close(news); /* the keeper is gone: waitpid tells the rest */
    news = -1;
  }
  return got == sizeof *heard;
}

void keeper_go(void) {
  if (news >= 0 && send(news, "g", 1, MSG_NOSIGNAL) < 0) { /* its end is seen by waitpid */ }
}

static bool write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  close(fd);
  return is_written;
}

/* In a user namespace of our own we are who we were, and nobody else. */
static bool map_ids(uid_t uid, gid_t gid) {
  char map[64];
  if (!write_file("/proc/self/setgroups", "deny")) return false;
  snprintf(map, sizeof map, "%u %u 1", gid, gid);
  if (!write_file("/proc/self/gid_map", map)) return false;
  snprintf(map, sizeof map, "%u %u 1", uid, uid);
  return write_file("/proc/self/uid_map", map);
}

/* A view of /proc that knows the new pids. Nobody outside sees it. */
static bool mount_proc(void) {
  return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
         mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

static bool is_shim_there(int socket) {
  char byte;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

static void tell(int socket, int type, int status) {
  struct keeper_news told = {.type = type, .status = status};
  if (send(socket, &told, sizeof told, MSG_NOSIGNAL) < 0) _exit(SHIM_FAILED);
}

/* Reaps until nothing is left. A shim that has gone takes us along: we are tied to it by PR_SET_PDEATHSIG. */
static void reap_all(int socket, pid_t leader) {
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return;
    if (pid == leader) tell(socket, WIFSTOPPED(status) ? KEEPER_LEADER_STOPPED : KEEPER_LEADER_ENDED, status);
  }
}

static _Noreturn void keep(const struct options *options, const struct streams *streams, int socket, int failure_fd) {
  bool takes_terminal = streams->terminal >= 0;
  if (options->isolate && !mount_proc()) leader_give_up(failure_fd, STAGE_ISOLATION);
  if (takes_terminal && (setsid() < 0 || ioctl(streams->terminal, TIOCSCTTY, 0) < 0))
    leader_give_up(failure_fd, STAGE_TERMINAL);
  pid_t leader = fork();
  if (leader < 0) leader_give_up(failure_fd, STAGE_OTHER);
  if (leader == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!is_shim_there(socket)) _exit(SHIM_FAILED);
    leader_become(options, streams, !takes_terminal, failure_fd);
  }
  /* Whoever holds an end of a pipe or the terminal keeps its reader waiting. */
  for (int fd = 0; fd < 64; fd++)
    if (fd != socket) close(fd);
  char go;
  if (recv(socket, &go, 1, 0) != 1) _exit(SHIM_FAILED);
  reap_all(socket, leader);
  /* Without a namespace orphans are the shim's. The terminal stays ours until the shim has seen the last of them. */
  while (!options->isolate) pause();
  _exit(0);
}

pid_t keeper_start(const struct options *options, const struct streams *streams, int failure_fd) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -1;
  uid_t uid = geteuid();
  gid_t gid = getegid();
  bool needs_user_namespace = options->isolate && uid != 0;
  unsigned long flags = SIGCHLD | (options->isolate ? CLONE_NEWPID : 0) | (needs_user_namespace ? CLONE_NEWUSER : 0);
  pid_t pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close(pair[0]);
    if (!is_shim_there(pair[1])) _exit(SHIM_FAILED);
    if (needs_user_namespace && !map_ids(uid, gid)) leader_give_up(failure_fd, STAGE_ISOLATION);
    keep(options, streams, pair[1], failure_fd);
  }
  int error = errno;
  close(pair[1]);
  if (pid < 0) close(pair[0]);
  else news = pair[0];
  errno = error;
  return pid;
}
