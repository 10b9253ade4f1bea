/* The job's processes: who they are, signals to them, and the proof that none is left.
 *
 * As a subreaper we become the parent of every orphan below us. A child's pid cannot be used again before we wait
 * for it, so a direct child is never mistaken for another. A deeper one is held by a pidfd while its line of parents
 * is followed up to us: only then does it get a signal. */
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

/* Linux numbers no process higher. */
enum { PID_LIMIT = 4 * 1024 * 1024, MEMBERS_MAX = 64 * 1024, LIST_BYTES = 64 * 1024 };
enum { DEPTH_MAX = 4096, PASSES_MAX = 16 };

static struct {
  uint64_t count, cpu_us, kept_cpu_us, max_rss_kb;
  bool is_new;
} usage;

/* The members met in the current order, in the order they were met. */
static pid_t members[MEMBERS_MAX];
static int member_count;
static uint8_t met[PID_LIMIT / 8];

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

struct look {
  pid_t parent, group;
  char state;
};

/* Reads who a process is. Its name may hold anything, so the last parenthesis ends it. */
static bool look_at(pid_t pid, struct look *look) {
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, stat, sizeof stat) == 0) return false;
  const char *fields = strrchr(stat, ')');
  return fields && sscanf(fields + 1, " %c %d %d", &look->state, &look->parent, &look->group) == 3;
}

/* When a child of `parent` was started, in ticks since boot; 0 when it is gone and waited for. */
unsigned long long tree_started(pid_t pid, pid_t parent) {
  static const char FIELDS[] = " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_file(path, stat, sizeof stat) == 0) return 0;
  const char *fields = strrchr(stat, ')');
  pid_t actual;
  unsigned long long started;
  bool is_read = fields && sscanf(fields + 1, FIELDS, &actual, &started) == 2;
  return is_read && actual == parent ? started : 0;
}

static bool is_dead(const struct look *look) { return look->state == 'Z' || look->state == 'X'; }

/* Where the kernel keeps no lists of children, every process is asked for its parent. */
static void each_child_by_parent(pid_t pid, void (*visit)(pid_t child)) {
  DIR *all = opendir("/proc");
  if (!all) return;
  for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
    pid_t child = (pid_t)strtol(entry->d_name, NULL, 10);
    struct look look;
    if (child > 0 && look_at(child, &look) && look.parent == pid) visit(child);
  }
  closedir(all);
}

/* Visits the children in a list of the kernel's. A number that the end of the buffer may have cut is left out: it
 * could be another's. Those beyond come when these are gone. */
static void each_in_list(char *list, size_t length, void (*visit)(pid_t child)) {
  char *next = list;
  for (char *at = list;; at = next) {
    long child = strtol(at, &next, 10);
    if (next == at || (next == list + length && length == LIST_BYTES - 1)) return;
    if (child > 1 && child < PID_LIMIT) visit((pid_t)child);
  }
}

static bool kernel_lists_children(void) {
  static int answer = -1;
  if (answer < 0) answer = access("/proc/thread-self/children", F_OK) == 0;
  return answer == 1;
}

/* Visits the children of a process, of whichever of its threads. */
static void each_child(pid_t pid, void (*visit)(pid_t child)) {
  static char list[LIST_BYTES];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return;
  bool has_lists = true;
  for (struct dirent *entry; has_lists && (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", pid, entry->d_name);
    size_t length = read_file(path, list, sizeof list);
    if (length > 0) each_in_list(list, length, visit);
    else has_lists = kernel_lists_children();
  }
  closedir(threads);
  if (!has_lists) each_child_by_parent(pid, visit);
}

/* --- signals ---------------------------------------------------------------------------------------------------- */

static void meet(pid_t pid) {
  if (member_count == MEMBERS_MAX || met[pid / 8] & (1U << (pid % 8))) return;
  met[pid / 8] |= (uint8_t)(1U << (pid % 8));
  members[member_count++] = pid;
}

static void forget_all(void) {
  for (int i = 0; i < member_count; i++) met[members[i] / 8] = 0;
  member_count = 0;
}

/* Whether the line of parents leads to us; `look` gets what the process itself is. */
static bool is_ours(pid_t pid, struct look *look) {
  if (!look_at(pid, look)) return false;
  pid_t self = getpid(), parent = look->parent;
  struct look above;
  for (int depth = 0; parent != self && depth < DEPTH_MAX; depth++) {
    if (parent <= 1 || !look_at(parent, &above)) return false;
    parent = above.parent;
  }
  return parent == self;
}

static bool is_meant(const struct job *job, pid_t pid, const struct look *look, enum scope scope) {
  if (is_dead(look) || pid == job->keeper) return false;
  return scope == SCOPE_TREE || (scope == SCOPE_LEADER ? pid == job->leader : look->group == job->group);
}

/* Sends to one member if it is meant, and says what came of it. Whether the signal was sent. */
static bool send_to(const struct job *job, pid_t pid, int signal_number, enum scope scope) {
  struct look look;
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0 && errno == ESRCH) return false;
  bool is_target = is_ours(pid, &look) && is_meant(job, pid, &look, scope);
  long result = -1;
  int error = ESRCH;
  if (is_target) {
    /* Without pidfds (a kernel before 5.3, no descriptor left) the look just taken has to do. */
    result = fd >= 0 ? syscall(SYS_pidfd_send_signal, fd, signal_number, NULL, 0) : kill(pid, signal_number);
    error = errno;
  }
  if (fd >= 0) close(fd);
  if (!is_target) return false;
  const char *word = result == 0 ? "sent" : error == ESRCH ? "gone" : "refused";
  wire_say_if_room("signalled %d %d %s", pid, signal_number, word);
  return result == 0;
}

/* Sends to the members in scope, each once, and says what came of each. Looks again until it meets nobody new: a
 * tree moves while it is looked at. Gives how many got it. */
int tree_signal(const struct job *job, int signal_number, enum scope scope) {
  int sent = 0, done = 0;
  for (int pass = 0; pass < PASSES_MAX; pass++) {
    each_child(getpid(), meet);
    for (int i = 0; i < member_count; i++) each_child(members[i], meet);
    if (done == member_count) break;
    for (; done < member_count; done++) sent += send_to(job, members[done], signal_number, scope);
    if (scope == SCOPE_LEADER) break;
  }
  forget_all();
  return sent;
}

static void kill_child(pid_t pid) { kill(pid, SIGKILL); }

/* SIGKILL to every direct child; its own children come to us and are next. With the init of a namespace all in it
 * goes. */
void tree_kill(void) { each_child(getpid(), kill_child); }

/* --- ends ------------------------------------------------------------------------------------------------------- */

static pid_t first_child;
static int child_count;

static void count_child(pid_t pid) {
  if (child_count++ == 0) first_child = pid;
}

bool tree_has_only(pid_t child) {
  child_count = 0;
  each_child(getpid(), count_child);
  return child_count == 1 && first_child == child;
}

void tree_leader_ended(struct job *job, int status) {
  if (job->leader_ended) return;
  job->leader_ended = true;
  tree_tell_usage();
  if (WIFEXITED(status)) wire_say("exited %d %d", job->leader, WEXITSTATUS(status));
  else wire_say("killed %d %d", job->leader, WTERMSIG(status));
}

void tree_leader_stopped(const struct job *job, bool is_stopped) {
  if (is_stopped) terminal_suspend();
  wire_say("%s %d", is_stopped ? "stopped" : "continued", job->leader);
}

static uint64_t microseconds(struct timeval time) { return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec; }

static void count(const struct rusage *used) {
  usage.count++;
  usage.cpu_us += microseconds(used->ru_utime) + microseconds(used->ru_stime);
  if ((uint64_t)used->ru_maxrss > usage.max_rss_kb) usage.max_rss_kb = (uint64_t)used->ru_maxrss;
  usage.is_new = true;
}

/* Counts what a keeper has reaped so far. */
void tree_count_kept(uint64_t cpu_us, uint64_t max_rss_kb) {
  usage.is_new |= cpu_us > usage.kept_cpu_us;
  usage.kept_cpu_us = cpu_us;
  if (max_rss_kb > usage.max_rss_kb) usage.max_rss_kb = max_rss_kb;
}

/* Reaps what has died, counting what it used. Says how the leader ended, and when it is stopped or goes on. */
bool tree_reap(struct job *job) {
  for (;;) {
    int status;
    struct rusage used;
    pid_t pid = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &used);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return errno == ECHILD;
    if (pid == 0) return false;
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      if (pid == job->leader) tree_leader_stopped(job, WIFSTOPPED(status));
    } else if (pid == job->keeper) {
      keeper_hear(job); /* its last words; they count what it had reaped */
      job->keeper = 0;
    } else {
      count(&used);
      if (pid == job->leader) tree_leader_ended(job, status);
    }
  }
}

/* Says what the reaped have used so far, if that has changed. */
void tree_tell_usage(void) {
  if (!usage.is_new) return;
  usage.is_new = false;
  wire_say_if_room("usage %llu %llu %llu", (unsigned long long)usage.count,
                   (unsigned long long)(usage.cpu_us + usage.kept_cpu_us), (unsigned long long)usage.max_rss_kb);
}
