// `lama serve`: the page and the HTTP API.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/lower_case.h"
#include "base/memory.h"
#include "cli/browser.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/worker.h"
#include "cli/wrong_usage.h"
#include "registry/cache.h"
#include "registry/choose_model.h"
#include "server/address.h"
#include "server/server.h"
#include "server/stored_file.h"

namespace lama::internal::cli {
namespace {

struct ServeOptions {
  ComputeOptions compute;
  bool allow_remote = false;
  std::string token_file;
  server::Options server;
};

/// The models that requests may name: the server's own, the program's own, and the published ones
/// on this machine. Requests cannot name paths.
void list_models(server::Options& server, const std::string& chosen) {
  bool listed = false;
  const auto add = [&](const std::string& name, const std::string& description, bool installed) {
    listed = listed || name == chosen;
    server.models.push_back({name, description, installed || name == chosen});
  };
  for (const registry::PublishedModel& model : registry::published_models()) {
    add(model.name, model.description, registry::find(model).has_value());
  }
  add("embedded", registry::kEmbeddedDescription, true);
  add(registry::kPatchesName, registry::kPatchesDescription, true);
  if (!listed) {
    server.models.insert(server.models.begin(), {chosen, "the server's default model"});
  }
}

/// The access log: a line of JSON for every request, with nothing but the request's own data.
void log_request(const server::Served& served) {
  const server::JsonText line = {{"client", served.client},
                                 {"method", server::JsonText::ascii(served.method)},
                                 {"path", server::JsonText::ascii(served.path)},
                                 {"status", served.status},
                                 {"received", served.received},
                                 {"sent", served.sent},
                                 {"seconds", served.seconds}};
  say("{}\n", line.text());
}

/// Pictures, masks and connections are open files. Systems allow a program 1024 of them until it
/// raises its limit.
void allow_many_files() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // on failure the limit stays
}

/// Reads the token from the command line, which other users of the machine can read, or from a file
/// or LAMA_TOKEN, which they cannot.
std::string read_token(const CLI::App& command, const ServeOptions& options) {
  std::string token = options.server.token;
  if (!options.token_file.empty() && command.count("--token") > 0) {
    refuse("give --token or --token-file, not both");
  }
  if (!options.token_file.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(options.token_file, ignored)) {
      throw Error(options.token_file + ": it is a folder: name the file that holds the token");
    }
    std::ifstream file(options.token_file);
    if (!file) throw Error(cannot_open(options.token_file, errno) + " (token)");
    std::string begin(4096, '\0');  // /dev/zero has no end
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<std::size_t>(file.gcount()));
    const std::size_t end = begin.find('\n');
    if (end == std::string::npos && file) {
      throw Error(fmt::format("{}: its first line is longer than a token may be, {} bytes",
                              options.token_file, begin.size()));
    }
    token = begin.substr(0, end);
    if (!token.empty() && token.back() == '\r') token.pop_back();
    if (token.empty()) {
      throw Error(options.token_file + ": its first line is empty: write the token there");
    }
  } else if (command.count("--token") == 0) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread sets any
    const char* given = std::getenv("LAMA_TOKEN");
    if (given == nullptr) return {};
    token = given;
  }
  const bool plain =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !plain) {
    refuse("the token must be non-empty ASCII without blanks");
  }
  return token;
}

/// The error in a --trusted-host, or an empty string.
std::string refuse_trusted_host(const std::string& text) {
  if (text.empty()) return "the name is empty";
  if (text.find('*') != std::string::npos) {
    return text + " is not a name: * stands for none, so give every name by itself";
  }
  std::string name = lower_case(text);
  if (name.ends_with('.')) name.pop_back();
  const auto host = server::host_name(name);
  if (host && (*host == name || '[' + *host + ']' == name)) return {};
  if (const std::size_t scheme = name.find("://"); scheme != std::string::npos) {
    name.erase(0, scheme + 3);
  }
  const std::string alone = server::host_name(name.substr(0, name.find('/'))).value_or("");
  return text + " is not a name" + (alone.empty() ? "" : ": give the name alone, " + alone);
}

/// With less memory a server with the embedded model does not start (measured).
std::size_t least_memory(int threads) { return (8 + 6 * static_cast<std::size_t>(threads)) << 20; }

[[noreturn]] void refuse_memory_limit(const ServeOptions& options) {
  throw Error(fmt::format("--memory-limit {} MB is too little to start: give at least {} MB",
                          options.server.memory_limit / 1'000'000,
                          least_memory(options.compute.threads) / 1'000'000 + 1));
}

/// Listens, and starts threads and a worker.
std::unique_ptr<server::Server> start(const ServeOptions& options) {
  const std::size_t limit = options.server.memory_limit;
  if (limit == 0) return std::make_unique<server::Server>(options.server);
  if (limit < least_memory(1)) refuse_memory_limit(options);
  limit_memory(limit);
  try {
    return std::make_unique<server::Server>(options.server);
  } catch (const OutOfMemory&) {
  } catch (const std::bad_alloc&) {
  } catch (const server::HttpError& of_worker) {
    if (of_worker.code != "out_of_memory") throw;
  }
  refuse_memory_limit(options);
}

std::string address_of(std::string host, int port) {
  if (host.find(':') != std::string::npos) host = '[' + host + ']';
  return fmt::format("http://{}:{}/", host, port);
}

/// The part of the page's address behind #.
std::string fragment_of(const std::string& token, bool photo) {
  std::string text = token.empty() ? "" : "token=" + server::escaped(token);
  if (photo) text += text.empty() ? "photo" : "&photo";
  return text.empty() ? "" : '#' + text;
}

void run(ServeOptions options, const CLI::App& command, const Common& common) {
  server::Options& server = options.server;
  server.token = read_token(command, options);
  server::require_host(server.host);
  if (server::is_loopback(server.host)) {
    if (options.allow_remote && !common.quiet) {
      say("note: --allow-remote has no effect without --host, such as --host 0.0.0.0\n");
    }
  } else {
    if (!options.allow_remote) {
      refuse(fmt::format("--host {} admits other machines: confirm it with --allow-remote",
                         server.host));
    }
    if (server.token.empty()) {
      refuse("--allow-remote needs a --token: without one the server would refuse other machines");
    }
  }
  if (!server.photo.empty()) require_file(server.photo, "photo");
  server::require_temporary_files();
  // Clients see the file's name, not its path.
  const std::string name = registry::means_patches(options.compute.model)
                               ? registry::kPatchesName
                               : registry::chosen_name(options.compute.model);
  std::filesystem::path path = name;
  if (!path.has_filename()) path = path.parent_path();  // a folder with / at its end
  server.model = path.filename().string();
  list_models(server, server.model);
  server.precision = options.compute.precision;
  server.worker = worker_command(options.compute, server.model, server.memory_limit);
  if (server.memory_limit > 0) {
    server.http.all_body_bytes = std::min(server.http.all_body_bytes, server.memory_limit / 2);
  }
  if (common.verbose) server.log = log_request;
  allow_many_files();
  const auto service = start(options);
  if (is_interrupted()) return;
  if (!common.quiet) {
    for (const std::string& lost : service->lost()) say("note: {}\n", lost);
    // A service's stderr is a log, which must not contain the token.
    const std::string token = ::isatty(STDERR_FILENO) != 0 ? server.token : "";
    say("lama serves on {}{} with the model {} (ctrl-C ends it)\n",
        address_of(server.host, service->port()), fragment_of(token, false), server.model);
  }
  if (command.count("--open") > 0) {
    // A browser cannot open the address that stands for all addresses.
    const std::string host = server.host == "0.0.0.0" ? "127.0.0.1"
                             : server.host == "::"    ? "::1"
                                                      : server.host;
    open_in_browser(address_of(host, service->port()) +
                    fragment_of(server.token, !server.photo.empty()));
  }
  service->run([] {
    try {
      check_interrupted();
      return true;
    } catch (const Interrupted&) {
      return false;
    }
  });
}

}  // namespace

void add_serve(CLI::App& app, const Common& common) {
  auto options = std::make_shared<ServeOptions>();
  server::Options& server = options->server;
  CLI::App* command = app.add_subcommand("serve", "a page to fill pictures on, and an HTTP API");
  command->add_option("--host", server.host, "the address to listen on (default 127.0.0.1)")
      ->option_text("ADDRESS");
  command
      ->add_option("--port", server.port,
                   "the port to listen on, 0 to 65535 (default 8080); 0: any free port")
      ->option_text("N")
      ->check(CLI::Range(0, 65535));
  command->add_flag("--allow-remote", options->allow_remote,
                    "admit other machines, through a --host that they reach; needs a --token");
  command
      ->add_option("--token", server.token,
                   "require this token of every API request (Authorization: Bearer TOKEN); the "
                   "page reads it from its address: http://.../#token=TOKEN")
      ->option_text("TOKEN");
  command
      ->add_option("--token-file", options->token_file,
                   "read the token from a file's first line, because other users can read a "
                   "command line; the variable LAMA_TOKEN works too")
      ->option_text("FILE");
  command
      ->add_option("--trusted-host", server.trusted_hosts,
                   "a name under which a proxy offers this server, without port; may be repeated")
      ->option_text("NAME")
      ->check(refuse_trusted_host)
      ->expected(1)
      ->take_all();
  command
      ->add_option("--open", server.photo,
                   "open the page in the browser, with this photo if one is named")
      ->option_text("[PHOTO]")
      ->expected(0, 1);
  add_compute_options(*command, options->compute);
  add_memory_limit(*command, server.memory_limit,
                   "memory that each of the server's processes may use, such as 800MB or 2G");
  begin_footer(
      *command,
      std::string(
          "Ctrl-C or SIGTERM ends the server and cancels its fills. -v logs every request as a "
          "line of JSON on stderr. docs/api.md describes the API. ") +
          kVerbosityHelp);
  command->callback([options, command, &common] { run(*options, *command, common); });
}

}  // namespace lama::internal::cli
