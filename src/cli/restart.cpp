#include "cli/restart.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lama::internal::cli {
namespace {

/// This program's arguments, each with a NUL at its end. The new program must not inherit the file.
std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void restart() {
  std::string line = command_line();
  std::vector<char*> arguments;
  for (std::size_t i = 0; i < line.size(); i = line.find('\0', i) + 1) {
    arguments.push_back(line.data() + i);
  }
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
}

}  // namespace lama::internal::cli
