#include "training/config/reading.h"

#include <fmt/format.h>

namespace lama::internal::training {

void Reading::ignore(config::Section& section, const std::string& path, const std::string& key,
                     std::string_view why) const {
  section.ignore(key);
  const std::string name = fmt::format("{}.{}", path, key);
  if (tree.at(name) != nullptr) {
    config.notes.push_back(fmt::format("{}: {}: {}", tree.origin_of(name).text(), name, why));
  }
}

void read_path(config::Section& section, const std::string& key, std::filesystem::path& path) {
  std::string text;
  section.read(key, text);
  if (!text.empty()) path = text;
}

}  // namespace lama::internal::training
