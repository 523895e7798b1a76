#include "training/appended_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace lama::internal::training {

AppendedFile::AppendedFile(std::filesystem::path path) : path_(std::move(path)) {
  open();
  if (!file_) {
    throw Error(fmt::format("{}: cannot write: {}", path_.string(),
                            std::generic_category().message(errno)));
  }
}

void AppendedFile::open() { file_.open(path_, std::ios::binary | std::ios::app); }

void AppendedFile::append(std::string_view record) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path_, ignored);
  file_ << record;
  file_.flush();
  if (file_) return;
  const int error = errno;
  // A closed stream forgets the rest of the record, and a part may be in the file.
  file_.close();
  file_.clear();
  std::filesystem::resize_file(path_, size, ignored);
  open();
  throw Error(
      fmt::format("{}: cannot write: {}", path_.string(), std::generic_category().message(error)));
}

}  // namespace lama::internal::training
