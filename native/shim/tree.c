/* The job's processes: who they are, signals to them, and the proof that none is left.
 *
 * As a subreaper we become the parent of every orphan below us. A child's pid cannot be used again before we wait
 * for it, so a direct child is never mistaken for another. Deeper ones are held by a pidfd while their start time is
 * compared with what it was when the tree was walked. */
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

/* A tree larger than this is signalled in part; killing goes by direct children and has no such bound. */
enum { MEMBERS_MAX = 32768 };
/* A signal is sent in passes until nobody is new; a larger tree gets one pass. */
enum { PASSES_MAX = 4, PASSES_MEMBERS_MAX = 1024 };
enum { CHILDREN_BYTES = 64 * 1024 };

struct member {
  pid_t pid, parent, group;
  uint64_t started;
  char state;
};

static struct {
  int count;
  struct member of[MEMBERS_MAX];
} members;

/* Who got the signal of the order that is being carried out. */
static struct {
  int count;
  struct {
    pid_t pid;
    uint64_t started;
  } of[PASSES_MEMBERS_MAX];
} sent;

static struct {
  uint64_t count, cpu_us, max_rss_kb;
  bool is_new;
} usage;

/* --- looking ---------------------------------------------------------------------------------------------------- */

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

/* Fills a member from /proc/<pid>/stat; the name may hold anything, so the last parenthesis ends it. */
static bool look_at(pid_t pid, struct member *member) {
  static const char FIELDS[] = " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, stat, sizeof stat) == 0) return false;
  const char *fields = strrchr(stat, ')');
  unsigned long long started;
  if (!fields || sscanf(fields + 1, FIELDS, &member->state, &member->parent, &member->group, &started) != 4)
    return false;
  member->pid = pid;
  member->started = started;
  return true;
}

static bool is_dead(const struct member *member) { return member->state == 'Z' || member->state == 'X'; }

/* Calls `meet` for each child of a process, of whichever of its threads, until it says false. */
static void each_child(pid_t pid, bool (*meet)(pid_t child, pid_t parent)) {
  static char list[CHILDREN_BYTES];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return;
  for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", pid, entry->d_name);
    if (read_file(path, list, sizeof list) == 0) continue;
    char *next;
    for (char *at = list;; at = next) {
      long child = strtol(at, &next, 10);
      /* Each number has a blank behind it; one that ends with the buffer may be cut. */
      if (next == at || *next == '\0' || child <= 1) break;
      if (!meet((pid_t)child, pid)) break;
    }
  }
  closedir(threads);
}

static bool add_member(pid_t child, pid_t parent) {
  if (members.count == MEMBERS_MAX) return false;
  struct member *member = &members.of[members.count];
  /* One of another parent is not who was listed: that one has gone, and its pid is used again. */
  if (look_at(child, member) && (member->parent == parent || member->parent == getpid())) members.count++;
  return true;
}

static void walk(void) {
  members.count = 0;
  each_child(getpid(), add_member);
  for (int i = 0; i < members.count; i++) each_child(members.of[i].pid, add_member);
}

uint64_t tree_start_ticks(pid_t pid) {
  struct member member;
  return look_at(pid, &member) ? member.started : 0;
}

static struct {
  pid_t pid;
  int count;
} children;

static bool count_child(pid_t child, pid_t parent) {
  (void)parent;
  children.pid = child;
  return ++children.count < 2;
}

pid_t tree_only_child(pid_t pid) {
  children.count = 0;
  each_child(pid, count_child);
  return children.count == 1 ? children.pid : 0;
}

bool tree_has_children(pid_t pid) {
  children.count = 0;
  each_child(pid, count_child);
  return children.count > 0;
}

/* --- signals ---------------------------------------------------------------------------------------------------- */

enum result { SENT = 0, GONE = 1, REFUSED = 2 };

static enum result send_to(const struct member *member, int signal_number) {
  struct member now;
  int fd = (int)syscall(SYS_pidfd_open, member->pid, 0);
  if (fd < 0 && errno == ESRCH) return GONE;
  long result = -1;
  int error = ESRCH;
  if (look_at(member->pid, &now) && now.started == member->started && !is_dead(&now)) {
    /* Kernels before 5.3 know no pidfd: there a moment is left between the look and the signal. */
    result = fd >= 0 ? syscall(SYS_pidfd_send_signal, fd, signal_number, NULL, 0) : kill(member->pid, signal_number);
    error = errno;
  }
  if (fd >= 0) close(fd);
  return result == 0 ? SENT : error == ESRCH ? GONE : REFUSED;
}

static bool was_sent(const struct member *member) {
  for (int i = 0; i < sent.count; i++)
    if (sent.of[i].pid == member->pid && sent.of[i].started == member->started) return true;
  return false;
}

static void note_sent(const struct member *member) {
  if (sent.count == PASSES_MEMBERS_MAX) return;
  sent.of[sent.count].pid = member->pid;
  sent.of[sent.count++].started = member->started;
}

static bool is_meant(const struct job *job, const struct member *member, enum scope scope) {
  if (is_dead(member) || member->pid == job->keeper) return false;
  if (scope == SCOPE_LEADER) return member->pid == job->leader && member->started == job->started;
  return scope == SCOPE_TREE || member->group == job->group;
}

/* Sends to the members in scope, says what came of each, and gives how many got it. Looks again for those who were
 * born meanwhile, until nobody is new. */
int tree_signal(const struct job *job, int signal_number, enum scope scope, bool spare_our_group) {
  int total = 0, fresh = 1;
  sent.count = 0;
  for (int pass = 0; fresh > 0 && pass < PASSES_MAX && sent.count < PASSES_MEMBERS_MAX; pass++) {
    fresh = 0;
    walk();
    for (int i = 0; i < members.count; i++) {
      const struct member *member = &members.of[i];
      if (!is_meant(job, member, scope) || was_sent(member)) continue;
      if (spare_our_group && member->group == getpgrp()) continue;
      enum result result = send_to(member, signal_number);
      note_sent(member);
      fresh++;
      if (result == SENT) total++;
      wire_say_if_room((struct report){
          .kind = SIGNALLED, .detail = (uint8_t)signal_number, .pid = (uint32_t)member->pid, .value = {result}});
    }
  }
  return total;
}

static int killed;

static bool kill_child(pid_t child, pid_t parent) {
  (void)parent;
  if (kill(child, SIGKILL) == 0) killed++;
  return true;
}

/* SIGKILL to every direct child; their children come to us and are next. Gives how many there were. */
int tree_kill_children(void) {
  killed = 0;
  each_child(getpid(), kill_child);
  return killed;
}

/* --- reaping ---------------------------------------------------------------------------------------------------- */

void tree_leader_ended(struct job *job, int status) {
  if (job->leader_ended) return;
  job->leader_ended = true;
  tree_tell_usage();
  bool by_signal = WIFSIGNALED(status);
  uint64_t value = (uint64_t)(by_signal ? WTERMSIG(status) : WEXITSTATUS(status));
  wire_say(
      (struct report){.kind = LEADER_ENDED, .detail = by_signal, .pid = (uint32_t)job->leader, .value = {value}});
}

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec; }

static void count_usage(const struct rusage *used) {
  usage.count++;
  usage.cpu_us += microseconds(used->ru_utime) + microseconds(used->ru_stime);
  if ((uint64_t)used->ru_maxrss > usage.max_rss_kb) usage.max_rss_kb = (uint64_t)used->ru_maxrss;
  usage.is_new = true;
}

/* Reaps what has died and counts what it used. */
bool tree_reap(struct job *job) {
  for (;;) {
    int status;
    struct rusage used;
    pid_t pid = wait4(-1, &status, WNOHANG, &used);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return errno == ECHILD;
    if (pid == 0) return false;
    count_usage(&used);
    if (pid == job->leader) tree_leader_ended(job, status);
    if (pid == job->keeper) job->keeper = 0;
  }
}

bool tree_has_usage_to_tell(void) { return usage.is_new; }

/* Says what the reaped have used so far, if that has changed. */
void tree_tell_usage(void) {
  if (!usage.is_new) return;
  usage.is_new = false;
  wire_say_if_room((struct report){.kind = USAGE, .value = {usage.count, usage.cpu_us, usage.max_rss_kb}});
}
