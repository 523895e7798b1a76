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

void AppendedFile::open() {
  file_.open(path_, std::ios::binary | std::ios::app | std::ios::ate);
  if (file_) size_ = static_cast<std::uintmax_t>(std::streamoff{file_.tellp()});
}

void AppendedFile::append(std::string_view record) {
  file_ << record;
  file_.flush();
  if (file_) {
    size_ += record.size();
    return;
  }
  const int error = errno;
  // A closed stream forgets the rest of the record, and a part may be in the file.
  file_.close();
  file_.clear();
  std::error_code ignored;
  std::filesystem::resize_file(path_, size_, ignored);
  open();
  throw Error(
      fmt::format("{}: cannot write: {}", path_.string(), std::generic_category().message(error)));
}

}  // namespace lama::internal::training
