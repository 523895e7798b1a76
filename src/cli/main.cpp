#include <fmt/format.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <system_error>

#include "base/memory.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/out_of_memory.h"
#include "cli/output.h"
#include "cli/worker.h"
#include "cli/wrong_usage.h"

namespace lama::internal::cli {
namespace {

// Exit codes; docs and --help list them.
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kSomeFailed = 3;

int fail(int code, std::string_view what) {
  constexpr std::size_t kPart = 4096;  // a name inside a file may have megabytes
  if (what.size() > 3 * kPart) {
    say("lama: {} [...] {}\n", what.substr(0, kPart), what.substr(what.size() - kPart));
    return code;
  }
  say("lama: {}\n", what);
  return code;
}

int run(int argc, char** argv) {
  CLI::App app("Fill holes in photographs.", "lama");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", "lama " LAMA_VERSION, "print the version");
  app.require_subcommand(1);
  app.fallthrough();  // -v and -q work after the command too
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some items of a batch failed, 129 "
      "hung up, 130 interrupted (ctrl-C), 143 terminated.");
  Common common;
  app.add_flag("-v,--verbose", common.verbose, "print more: the time of every stage, memory");
  app.add_flag("-q,--quiet", common.quiet, "print nothing but errors");
  add_inpaint(app, common);
  add_select(app, common);
  add_models(app, common);
  add_masks(app, common);
  add_train(app, common);
  add_evaluate(app, common);
  add_bench(app);
  add_serve(app, common);
  add_worker(app);
  try {
    catch_interrupts();
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      return std::cout.flush() ? 0 : fail(kFailed, "cannot write to stdout");
    }
    return fail(kWrongUsage, wrong_usage(app, error));
  } catch (const Interrupted& stop) {
    return fail(128 + stop.signal, stop.signal == SIGINT ? "interrupted" : "terminated");
  } catch (const SomeFailed& error) {
    return fail(kSomeFailed, error.what());
  } catch (const Error& error) {
    return fail(kFailed, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kFailed,
                fmt::format("{}: scale the picture down or use a smaller model", kOutOfMemory));
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(kFailed, fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) {
      return fail(kFailed, error.what());
    }
    return fail(kFailed,
                fmt::format("{} for another thread, or the system allows no more", kOutOfMemory));
  } catch (const std::exception& error) {
    return fail(kFailed, Error(error.what()).what());  // of a library: in one line
  }
}

bool has_limit(__rlimit_resource resource) {
  rlimit limit = {};
  return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/// The least stack; with 128 kB parsers of pictures and configs were seen to end with SIGSEGV.
constexpr rlim_t kLeastStack = rlim_t{512} * 1024;

/// The stacks of all threads are as large as the limit.
bool stacks_suffice() {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kLeastStack;
}

/// The program, under the limits of its environment.
int run_within_limits(int argc, char** argv) {
  // A closed pipe or a file-size limit must not end the program: the write fails instead, and its
  // error names the file.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  explain_end_of_memory();
  if (!stacks_suffice()) {
    return fail(kFailed, "the stack is too small: raise ulimit -s to 512 at least");
  }
#ifdef __GLIBC__
  // Every arena takes 64 MB of addresses. Where they end, GLib's report of it recurses without end.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads yet
  if (has_limit(RLIMIT_AS)) ::mallopt(M_ARENA_MAX, 1);
#endif
  const int code = run(argc, argv);
  if (has_limit(RLIMIT_AS) || has_limit(RLIMIT_DATA)) {
    // A thread of OpenBLAS that got no memory spins for ever, and the library waits for it at exit.
    // All output is written by now.
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}

}  // namespace
}  // namespace lama::internal::cli

int main(int argc, char** argv) { return lama::internal::cli::run_within_limits(argc, argv); }
