/* The job's processes: who they are, signals to them, and the proof that none is left.
 *
 * As a subreaper we become the parent of every orphan below us. A child's pid cannot be used again before we wait
 * for it, so a direct child is never mistaken for another; deeper ones are held by a pidfd while they are checked. */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMBERS_MAX = 4096, LIST_BYTES = 64 * 1024 };

static struct {
  uint64_t count, cpu_us;
  long max_rss_kb;
  bool is_new;
} usage;

/* Reads a file of /proc into a buffer as a string; the length read, 0 when it is gone. */
static size_t read_file(const char *path, char *buffer, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  size_t length = 0;
  ssize_t got;
  while (length < size - 1 && (got = read(fd, buffer + length, size - 1 - length)) > 0) length += (size_t)got;
  close(fd);
  buffer[length] = '\0';
  return length;
}

/* Appends the children of one process, of whichever of its threads. Gives the new count. */
static int add_children(pid_t pid, pid_t *members, int count) {
  static char list[LIST_BYTES];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return count;
  for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", pid, entry->d_name);
    if (read_file(path, list, sizeof list) == 0) continue;
    char *next = list;
    for (char *at = list; count < MEMBERS_MAX; at = next) {
      long child = strtol(at, &next, 10);
      if (next == at || child <= 1) break;
      members[count++] = (pid_t)child;
    }
  }
  closedir(threads);
  return count;
}

/* Fields of /proc/<pid>/stat behind the name: the process group, and whether it is dead already. */
static bool is_alive_in(pid_t pid, pid_t *group) {
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, stat, sizeof stat) == 0) return false;
  char *fields = strrchr(stat, ')');
  char state;
  int parent, pgrp;
  if (!fields || sscanf(fields + 1, " %c %d %d", &state, &parent, &pgrp) != 3) return false;
  *group = pgrp;
  return state != 'Z' && state != 'X';
}

static const char *send_to(pid_t pid, int signal) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) {
    if (errno != ENOSYS && errno != EPERM) return "gone";
    return kill(pid, signal) == 0 ? "sent" : errno == ESRCH ? "gone" : "refused";
  }
  long result = syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
  int error = errno;
  close(fd);
  return result == 0 ? "sent" : error == ESRCH ? "gone" : "refused";
}

/* Sends to the members in scope (tree, group, leader) and says what came of each. Gives how many got it. */
int tree_signal(int signal, const char *scope, pid_t leader) {
  static pid_t members[MEMBERS_MAX];
  int count = add_children(getpid(), members, 0);
  for (int i = 0; i < count; i++) count = add_children(members[i], members, count);
  int sent = 0;
  for (int i = 0; i < count; i++) {
    pid_t group;
    if (!is_alive_in(members[i], &group)) continue;
    if (strcmp(scope, "leader") == 0 && members[i] != leader) continue;
    if (strcmp(scope, "group") == 0 && group != leader) continue;
    const char *result = send_to(members[i], signal);
    wire_say_if_room("signalled %d %d %s", members[i], signal, result);
    if (strcmp(result, "sent") == 0) sent++;
  }
  return sent;
}

/* SIGKILL to every direct child; its own children come to us and are next. Gives how many there were. */
int tree_kill_children(void) {
  static pid_t children[MEMBERS_MAX];
  int count = add_children(getpid(), children, 0);
  for (int i = 0; i < count; i++) kill(children[i], SIGKILL);
  return count;
}

static void tell_end(pid_t pid, int status) {
  if (WIFEXITED(status)) wire_say("exited %d %d", pid, WEXITSTATUS(status));
  else wire_say("killed %d %d", pid, WTERMSIG(status));
}

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec; }

/* Reaps what has died, counting what it used. Says how the leader ended, and when it is stopped or goes on. */
bool tree_reap(pid_t leader) {
  for (;;) {
    int status;
    struct rusage used;
    pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &used);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return errno == ECHILD;
    if (pid == 0) return false;
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      if (pid != leader) continue;
      if (WIFSTOPPED(status)) terminal_give_back(); /* before the shell takes it */
      wire_say("%s %d", WIFSTOPPED(status) ? "stopped" : "continued", pid);
      continue;
    }
    usage.count++;
    usage.cpu_us += microseconds(used.ru_utime) + microseconds(used.ru_stime);
    if (used.ru_maxrss > usage.max_rss_kb) usage.max_rss_kb = used.ru_maxrss;
    usage.is_new = true;
    if (pid == leader) {
      tree_tell_usage();
      tell_end(pid, status);
    }
  }
}

/* Says what the reaped have used so far, if that has changed. */
void tree_tell_usage(void) {
  if (!usage.is_new) return;
  usage.is_new = false;
  wire_say_if_room("usage %llu %llu %ld", (unsigned long long)usage.count, (unsigned long long)usage.cpu_us,
                   usage.max_rss_kb);
}
