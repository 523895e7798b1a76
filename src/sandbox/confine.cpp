#include "sandbox/confine.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/descriptor.h"

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#ifdef LAMA_SECCOMP
#include <seccomp.h>
#endif

namespace lama::internal::sandbox {
namespace {

namespace fs = std::filesystem;

#if __has_include(<linux/landlock.h>) && defined(__NR_landlock_create_ruleset)

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR;
/// All rights of Landlock's first version, from EXECUTE to MAKE_SYM.
constexpr std::uint64_t kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
/// Rights of files; the system refuses folders' rights for them.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

/// Adds a rule to a ruleset; false if the system refuses it.
bool allow(int ruleset, const fs::path& path, std::uint64_t rights) {
  const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (opened.get() < 0) return true;  // the path does not exist
  struct stat about {};
  if (::fstat(opened.get(), &about) == 0 && !S_ISDIR(about.st_mode)) rights &= kOfFiles;
  const landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = opened.get()};
  return ::syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

bool confine_files(const Reach& reach) {
  const landlock_ruleset_attr rights = {.handled_access_fs = kAll};
  const Descriptor opened(
      static_cast<int>(::syscall(__NR_landlock_create_ruleset, &rights, sizeof rights, 0)));
  const int ruleset = opened.get();
  if (ruleset < 0) return false;
  bool done = true;
  for (const char* system :
       {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/proc/meminfo",
        "/proc/cpuinfo", "/proc/self", "/sys/fs/cgroup", "/sys/devices/system"}) {
    done = allow(ruleset, system, kRead) && done;
  }
  for (const fs::path& path : reach.read) done = allow(ruleset, path, kRead) && done;
  for (const fs::path& path : reach.write) done = allow(ruleset, path, kWrite) && done;
  return done && ::syscall(__NR_landlock_restrict_self, ruleset, 0) == 0;
}

#else

bool confine_files(const Reach& /*reach*/) { return false; }

#endif

#ifdef LAMA_SECCOMP

/// The system calls for computing, memory, threads and reading.
constexpr const char* kCalls[] = {
    "access",
    "arch_prctl",
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "dup",
    "eventfd2",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getcpu",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "lseek",
    "lstat",
    "madvise",
    "membarrier",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "nanosleep",
    "newfstatat",
    "pipe2",
    "poll",
    "ppoll",
    "pread64",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setaffinity",
    "sched_yield",
    "sendmsg",
    "sendto",
    "set_mempolicy",  // libnuma in x265
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "stat",
    "statfs",
    "statx",
    "sysinfo",
    "time",
    "times",
    "uname",
    "write",
    "writev",
};
/// Further calls for writing files. Landlock does not restrict changes of mode and times, so that
/// the calls that do them by a path would reach all files.
constexpr const char* kWritingCalls[] = {
    "copy_file_range", "fallocate", "fchmod",   "fchown", "fdatasync",       "flock",  "fsync",
    "ftruncate",       "link",      "linkat",   "mkdir",  "mkdirat",         "rename", "renameat",
    "renameat2",       "unlink",    "unlinkat", "umask",  "sync_file_range",
};
/// Newer calls. Without them the C library uses older ones, which the filter can inspect.
constexpr const char* kAbsentCalls[] = {"clone3", "openat2", "close_range", "futex_waitv"};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
  ~Filter() {
    if (context_ != nullptr) ::seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  template <typename... Conditions>
  void add(const char* name, std::uint32_t action, Conditions... conditions) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;  // older than this call
    failed_ =
        failed_ || context_ == nullptr ||
        ::seccomp_rule_add(context_, action, number, sizeof...(conditions), conditions...) != 0;
  }
  template <typename... Conditions>
  void allow(const char* name, Conditions... conditions) {
    add(name, SCMP_ACT_ALLOW, conditions...);
  }
  bool load() {
    return !failed_ && ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
           ::seccomp_load(context_) == 0;
  }

 private:
  const scmp_filter_ctx context_;
  bool failed_ = false;
};

bool confine_calls(bool writes) {
  Filter filter;
  for (const char* name : kCalls) filter.allow(name);
  for (const char* name : kAbsentCalls) filter.add(name, SCMP_ACT_ERRNO(ENOSYS));
  if (writes) {
    for (const char* name : kWritingCalls) filter.allow(name);
    // Files are made new, never emptied: Landlock's first version would let files to read be.
    filter.allow("open", SCMP_A1_64(SCMP_CMP_MASKED_EQ, O_TRUNC, 0));
    filter.allow("openat", SCMP_A2_64(SCMP_CMP_MASKED_EQ, O_TRUNC, 0));
  } else {
    // Only reading: a file to read is neither created nor truncated.
    constexpr scmp_datum_t kChanging = O_ACCMODE | O_CREAT | O_TRUNC;
    filter.allow("open", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kChanging, O_RDONLY));
    filter.allow("openat", SCMP_A2_64(SCMP_CMP_MASKED_EQ, kChanging, O_RDONLY));
  }
  filter.allow("clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  filter.allow("prctl", SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME));
  // Limits can be read, not raised.
  filter.allow("prlimit64", SCMP_A0_64(SCMP_CMP_EQ, 0), SCMP_A2_64(SCMP_CMP_EQ, 0));
  for (const unsigned long request : {TCGETS, TIOCGWINSZ, FIONREAD}) {
    filter.allow("ioctl", SCMP_A1_64(SCMP_CMP_EQ, request));
  }
  // Its own end, as from abort().
  const auto self = static_cast<scmp_datum_t>(::getpid());
  filter.allow("tgkill", SCMP_A0_64(SCMP_CMP_EQ, self));
  return filter.load();
}

#else

bool confine_calls(bool /*writes*/) { return false; }

#endif

}  // namespace

std::vector<std::string> confine(const Reach& reach) {
  std::vector<std::string> lost;
  const rlimit none = {.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifdef LAMA_SANITIZED
  // A sanitizer's threads and reports need more than the filter allows.
  lost.emplace_back("built with a sanitizer: not confined");
  static_cast<void>(reach);
  static_cast<void>(&confine_files);
  static_cast<void>(&confine_calls);
#else
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!confine_files(reach)) {
    lost.emplace_back(
        "this system has no Landlock: the processes that read pictures and models can read all of "
        "this user's files");
  }
  if (!confine_calls(!reach.write.empty())) {
    lost.emplace_back(
        "this system or this build has no seccomp: the processes that read pictures and models can "
        "use the network");
  }
#endif
  return lost;
}

}  // namespace lama::internal::sandbox
