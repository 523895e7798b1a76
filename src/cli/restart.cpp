#include "cli/restart.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lama::internal::cli {

void restart() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string line{std::istreambuf_iterator<char>(file), {}};
  std::vector<char*> arguments;
  for (std::size_t i = 0; i < line.size(); i = line.find('\0', i) + 1) {
    arguments.push_back(line.data() + i);
  }
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
}

}  // namespace lama::internal::cli
