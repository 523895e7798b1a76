#include "weights/torch_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"
#include "weights/pickle.h"
#include "weights/zip_member.h"

namespace lama::internal::weights {
namespace {

// The pickle of a full training checkpoint of the largest published network has about 2 MB.
constexpr std::size_t kMaxPickleBytes = 32 << 20;

/// A zip archive opened for reading.
class ZipArchive {
 public:
  explicit ZipArchive(const std::filesystem::path& path) : name_(path.string()) {
    int code = 0;
    zip_ = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (zip_ == nullptr) {
      throw Error(fmt::format("{}: {}", name_, kNotWhole));
    }
    std::error_code ignored;
    file_size_ = std::filesystem::file_size(path, ignored);
  }
  ~ZipArchive() { zip_discard(zip_); }
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  /// The folder inside the archive that holds data.pkl, with its slash. Its name varies: the
  /// file's stem, or "archive".
  std::string prefix() const {
    const zip_int64_t count = zip_get_num_entries(zip_, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* entry = zip_get_name(zip_, static_cast<zip_uint64_t>(i), 0);
      if (entry == nullptr) continue;
      const std::string_view path = entry;
      if (path == "data.pkl" || path.ends_with("/data.pkl")) {
        return std::string(path.substr(0, path.size() - std::string_view("data.pkl").size()));
      }
    }
    throw Error(fmt::format(
        "{}: a zip file, but not a PyTorch checkpoint (no data.pkl in it): if it holds a published "
        "model, unpack it and name the folder that has config.yaml",
        name_));
  }

  bool has(const std::string& member) const {
    return zip_name_locate(zip_, member.c_str(), 0) >= 0;
  }

  /// The whole member, whose checksum has been verified. Throws if it exceeds `max_bytes`.
  std::vector<std::uint8_t> read(const std::string& member, std::uint64_t max_bytes) const {
    zip_stat_t info;
    if (zip_stat(zip_, member.c_str(), 0, &info) != 0 || (info.valid & ZIP_STAT_SIZE) == 0 ||
        (info.valid & ZIP_STAT_COMP_SIZE) == 0) {
      throw Error(fmt::format("{}: damaged checkpoint: its member {} is missing", name_, member));
    }
    if (info.size > max_bytes) {
      throw Error(
          fmt::format("{}: damaged checkpoint: its member {} has {} bytes, expected at most {}",
                      name_, member, info.size, max_bytes));
    }
    if (!can_have_size(info, file_size_)) {
      throw Error(fmt::format("{}: damaged checkpoint: its member {} cannot have {} bytes", name_,
                              member, info.size));
    }
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(zip_, info.index, 0), zip_fclose);
    std::vector<std::uint8_t> bytes(file == nullptr ? 0 : info.size);
    // The checksum is compared when the read reaches the end of the member: ask for one byte more.
    std::uint8_t beyond = 0;
    const bool whole = file != nullptr &&
                       zip_fread(file.get(), bytes.data(), bytes.size()) ==
                           static_cast<zip_int64_t>(bytes.size()) &&
                       zip_fread(file.get(), &beyond, 1) == 0;
    if (!whole) {
      throw Error(
          fmt::format("{}: damaged checkpoint: its member {} cannot be read or fails its "
                      "checksum; download or copy the file again",
                      name_, member));
    }
    return bytes;
  }

 private:
  std::string name_;
  zip_t* zip_;
  std::uint64_t file_size_ = 0;
};

}  // namespace

struct TorchArchive::Impl {
  explicit Impl(const std::filesystem::path& path) : zip(path), prefix(zip.prefix()) {}

  ZipArchive zip;
  std::string prefix;
  // The storage read last: tensors that share one are usually asked for one after the other.
  mutable std::string cached_key;
  mutable std::vector<std::uint8_t> cached;
};

bool is_torch_archive(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<std::uint8_t, 4> kMagic = {'P', 'K', 3, 4};
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

TorchArchive::TorchArchive(const std::filesystem::path& path, Listing listing)
    : TorchFile(path.string(), listing), impl_(std::make_unique<Impl>(path)) {
  if (const std::string member = impl_->prefix + "byteorder"; impl_->zip.has(member)) {
    const auto order = impl_->zip.read(member, 16);
    if (std::string(order.begin(), order.end()) != "little") {
      throw Error(
          fmt::format("{}: written on a big-endian machine, which is not supported", name_));
    }
  }
  const auto bytes = impl_->zip.read(impl_->prefix + "data.pkl", kMaxPickleBytes);
  list(Pickle(bytes, name_));
}

TorchArchive::~TorchArchive() = default;

std::span<const std::uint8_t> TorchArchive::bytes_of(const Storage& storage) const {
  if (impl_->cached_key != storage.key || impl_->cached.empty()) {
    impl_->cached_key.clear();
    impl_->cached = impl_->zip.read(impl_->prefix + "data/" + storage.key,
                                    storage.elements * bytes_per_element(storage.dtype));
    impl_->cached_key = storage.key;
  }
  return impl_->cached;
}

}  // namespace lama::internal::weights
