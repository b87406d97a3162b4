// A library for LD_PRELOAD under which the storage fails once: the Nth call of one kind on a path that holds
// a text.
//
//   FIRMQUERY_FAULT        KIND:N:ERROR:TEXT, for example sync:3:EIO:/journal; KIND is sync (fsync,
//   fdatasync), write
//                          (write, pwrite, copy_file_range) or rename, ERROR is EIO or ENOSPC, TEXT may be
//                          empty; with the ERROR HOLD the call takes as long as the next file is there, and
//                          works
//   FIRMQUERY_FAULT_FIRED  a file that is made when the call fails or is held, so that a test knows
//
// As in a kernel, what a failed sync covered is lost although the next sync succeeds: the bytes that were
// written to the file since its last good sync are zeros from then on.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls;
static int fired;
static off_t synced[DESCRIPTORS];  // 1 + the size at the last good sync; 0: not written by us yet

static void* real(const char* name) {
  return dlsym(RTLD_NEXT, name);
}

// Whether this call of `kind` on `path` is the one that fails; errno is set then.
static int fails(const char* kind, const char* path) {
  const char* fault = getenv("FIRMQUERY_FAULT");
  char wanted[16], error[16], text[PATH_MAX];
  long number = 0;
  if (fault == NULL) return 0;
  text[0] = '\0';
  if (sscanf(fault, "%15[^:]:%ld:%15[^:]:%4095s", wanted, &number, error, text) < 3) return 0;
  if (strcmp(kind, wanted) != 0 || strstr(path, text) == NULL) return 0;
  pthread_mutex_lock(&lock);
  const int now = ++calls == number && !fired;
  if (now) fired = 1;
  pthread_mutex_unlock(&lock);
  if (!now) return 0;
  const char* mark = getenv("FIRMQUERY_FAULT_FIRED");
  if (mark != NULL) {
    const int fd = open(mark, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
      ssize_t (*put)(int, const void*, size_t) = (ssize_t(*)(int, const void*, size_t))real("write");
      if (put(fd, path, strlen(path)) < 0) abort();
      close(fd);
    }
  }
  if (strcmp(error, "HOLD") == 0) {
    while (mark != NULL && access(mark, F_OK) == 0) usleep(1000);
    return 0;
  }
  errno = strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
  return 1;
}

static int path_of(int fd, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return path[0] == '/';  // not a socket or a pipe
}

static void note_write(int fd) {
  struct stat status;
  if (fd < 0 || fd >= DESCRIPTORS || synced[fd] != 0) return;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) synced[fd] = 1 + status.st_size;
}

static void lose_what_is_not_synced(int fd) {
  struct stat status;
  if (fd < 0 || fd >= DESCRIPTORS || synced[fd] == 0 || fstat(fd, &status) != 0) return;
  const off_t keep = synced[fd] - 1;
  if (status.st_size <= keep) return;
  if (ftruncate(fd, keep) != 0 || ftruncate(fd, status.st_size) != 0) abort();
}

static int sync_with(const char* name, int fd) {
  char path[PATH_MAX];
  int (*next)(int) = (int (*)(int))real(name);
  if (path_of(fd, path) && fails("sync", path)) {
    const int error = errno;
    lose_what_is_not_synced(fd);
    errno = error;
    return -1;
  }
  const int done = next(fd);
  struct stat status;
  if (done == 0 && fd >= 0 && fd < DESCRIPTORS && fstat(fd, &status) == 0) synced[fd] = 1 + status.st_size;
  return done;
}

int fsync(int fd) {
  return sync_with("fsync", fd);
}

int fdatasync(int fd) {
  return sync_with("fdatasync", fd);
}

int close(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) synced[fd] = 0;
  return ((int (*)(int))real("close"))(fd);
}

ssize_t write(int fd, const void* data, size_t size) {
  ssize_t (*next)(int, const void*, size_t) = (ssize_t(*)(int, const void*, size_t))real("write");
  char path[PATH_MAX];
  if (path_of(fd, path)) {
    note_write(fd);
    if (fails("write", path)) return -1;
  }
  return next(fd, data, size);
}

static ssize_t pwrite_with(const char* name, int fd, const void* data, size_t size, off_t at) {
  ssize_t (*next)(int, const void*, size_t, off_t) = (ssize_t(*)(int, const void*, size_t, off_t))real(name);
  char path[PATH_MAX];
  if (path_of(fd, path)) {
    note_write(fd);
    if (fails("write", path)) return -1;
  }
  return next(fd, data, size, at);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return pwrite_with("pwrite", fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  return pwrite_with("pwrite64", fd, data, size, at);
}

ssize_t copy_file_range(int in, off64_t* in_at, int out, off64_t* out_at, size_t size, unsigned flags) {
  ssize_t (*next)(int, off64_t*, int, off64_t*, size_t, unsigned) =
      (ssize_t(*)(int, off64_t*, int, off64_t*, size_t, unsigned))real("copy_file_range");
  char path[PATH_MAX];
  if (path_of(out, path)) {
    note_write(out);
    if (fails("write", path)) return -1;
  }
  return next(in, in_at, out, out_at, size, flags);
}

int rename(const char* from, const char* to) noexcept {
  if (fails("rename", to)) return -1;
  return ((int (*)(const char*, const char*))real("rename"))(from, to);
}
