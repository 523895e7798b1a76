/* Preloaded by scripts/faults: reads and writes of regular files fail or fall short.
 *   FAULT_WRITE=N   the Nth write and all later ones fail with FAULT_ERRNO
 *   FAULT_READ=N    the Nth read and all later ones fail with FAULT_ERRNO
 *   FAULT_SHORT=1   each call moves at most 1000 bytes
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long reads, writes;

static long number(const char* name) {
  const char* text = getenv(name);
  return text == NULL ? 0 : atol(text);
}

static int regular(int file) {
  struct stat about;
  return fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

/* How many of `size` bytes may move; -1 for a failure. */
static ssize_t allowed(const char* which, atomic_long* calls, int file, size_t size) {
  if (!regular(file)) return (ssize_t)size;
  const long first = number(which);
  if (first > 0 && atomic_fetch_add(calls, 1) + 1 >= first) {
    errno = (int)number("FAULT_ERRNO");
    return -1;
  }
  return number("FAULT_SHORT") != 0 && size > 1000 ? 1000 : (ssize_t)size;
}

ssize_t read(int file, void* data, size_t size) {
  static ssize_t (*real)(int, void*, size_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "read");
  const ssize_t may = allowed("FAULT_READ", &reads, file, size);
  return may < 0 ? -1 : real(file, data, (size_t)may);
}

ssize_t pread64(int file, void* data, size_t size, off64_t offset) {
  static ssize_t (*real)(int, void*, size_t, off64_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "pread64");
  const ssize_t may = allowed("FAULT_READ", &reads, file, size);
  return may < 0 ? -1 : real(file, data, (size_t)may, offset);
}

ssize_t pread(int file, void* data, size_t size, off_t offset) {
  return pread64(file, data, size, offset);
}

ssize_t write(int file, const void* data, size_t size) {
  static ssize_t (*real)(int, const void*, size_t);
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "write");
  const ssize_t may = allowed("FAULT_WRITE", &writes, file, size);
  return may < 0 ? -1 : real(file, data, (size_t)may);
}
