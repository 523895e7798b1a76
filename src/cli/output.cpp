#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace lama::internal::cli {

void print_result(const std::string& text) {
  if (std::fputs(printable(text, "\n\t").c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    const char* reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    throw Error(fmt::format("cannot write the result to stdout: {}", reason));
  }
}

void print_result(const nlohmann::ordered_json& json) {
  print_result(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

}  // namespace lama::internal::cli
