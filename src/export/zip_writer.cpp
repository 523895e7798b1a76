#include "export/zip_writer.h"

#include <fmt/format.h>

#include <cstdint>
#include <ctime>
#include <span>
#include <vector>

#include "base/error.h"

namespace lama::internal::exporting {

ZipWriter::ZipWriter(const std::filesystem::path& path) : path_(path), file_(path) {
  zip_error_t error;
  zip_error_init(&error);
  archive_.reset(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (archive_ != nullptr) zip_ = zip_open_from_source(archive_.get(), ZIP_TRUNCATE, &error);
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (zip_ == nullptr) fail(why);
  zip_source_keep(archive_.get());  // zip_ releases it too
}

ZipWriter::~ZipWriter() {
  if (zip_ != nullptr) zip_discard(zip_);
}

void ZipWriter::add(const std::string& name, std::string_view bytes) {
  constexpr std::time_t kFirstOfJanuary1980 = 315532800;  // the earliest time of zip files
  zip_source_t* source = zip_source_buffer(zip_, bytes.data(), bytes.size(), 0);
  if (source == nullptr) fail(zip_strerror(zip_));
  const zip_int64_t place = zip_file_add(zip_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (place < 0) {
    zip_source_free(source);
    fail(zip_strerror(zip_));
  }
  const auto index = static_cast<zip_uint64_t>(place);
  if (zip_set_file_compression(zip_, index, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_mtime(zip_, index, kFirstOfJanuary1980, 0) != 0) {
    fail(zip_strerror(zip_));
  }
}

void ZipWriter::close() {
  if (zip_close(zip_) != 0) fail(zip_strerror(zip_));
  zip_ = nullptr;
  zip_source_t* archive = archive_.get();
  if (zip_source_open(archive) != 0) fail(zip_error_strerror(zip_source_error(archive)));
  std::vector<std::uint8_t> piece(1 << 20);
  zip_int64_t size = 0;
  while ((size = zip_source_read(archive, piece.data(), piece.size())) > 0) {
    file_.write(std::span(piece).first(static_cast<std::size_t>(size)));
  }
  if (size < 0) fail(zip_error_strerror(zip_source_error(archive)));
  zip_source_close(archive);
  file_.commit();
}

void ZipWriter::fail(const std::string& why) const {
  throw Error(fmt::format("{}: cannot be written: {}", path_.string(), why));
}

}  // namespace lama::internal::exporting
