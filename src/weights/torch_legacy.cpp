#include "weights/torch_legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file_reader.h"

namespace lama::internal::weights {
namespace {

// How every protocol of pickles writes the number 0x1950a86a20f9469cfc6c, and ends.
constexpr std::array<std::uint8_t, 13> kMagic = {0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                                 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
// The bytes that may stand before it: the protocol, and since protocol 4 the length of a frame.
constexpr std::array<std::size_t, 2> kBefore = {2, 11};

}  // namespace

bool is_torch_legacy(std::span<const std::uint8_t> bytes) {
  return std::any_of(kBefore.begin(), kBefore.end(), [&](std::size_t before) {
    return bytes.size() > before + kMagic.size() && bytes[0] == 0x80 &&
           std::equal(kMagic.begin(), kMagic.end(), bytes.subspan(before).begin());
  });
}

TorchLegacy::TorchLegacy(const std::filesystem::path& path, Listing listing)
    : TorchFile(path.string(), listing) {
  const FileReader file(path);
  file_ = file.read(0, file.size());
  parse(file_);
}

TorchLegacy::TorchLegacy(std::span<const std::uint8_t> bytes, std::string name)
    : TorchFile(std::move(name), Listing::generator) {
  parse(bytes);
}

void TorchLegacy::parse(std::span<const std::uint8_t> bytes) {
  if (!is_torch_legacy(bytes)) throw Error(fmt::format("{}: {}", name_, kNotWhole));
  const auto next = [&] {
    Pickle pickle(bytes, name_);
    bytes = bytes.subspan(pickle.bytes_used());
    return pickle;
  };
  next();  // the magic number
  if (const Pickle protocol = next(); protocol.root().integer != 1001) {
    throw Error(
        fmt::format("{}: PyTorch's protocol {} is not known", name_, protocol.root().integer));
  }
  const Pickle machine = next();
  const Pickle::Value* little = machine.find(machine.root(), "little_endian");
  if (little == nullptr || little->integer != 1) {
    throw Error(fmt::format("{}: written on a big-endian machine, which is not supported", name_));
  }
  const Pickle object = next();
  list(object);

  // A storage has only its number of elements. Its dtype stands where it is used.
  std::map<std::string, DType, std::less<>> dtypes;
  for (const Pickle::Value& value : object.values()) {
    if (const auto storage = storage_of(object, value)) dtypes[storage->key] = storage->dtype;
  }
  const Pickle keys = next();
  for (const Pickle::Id id : keys.root().items) {
    const std::string key(keys[id].text);
    const auto dtype = dtypes.find(key);
    if (dtype == dtypes.end()) {
      throw Error(fmt::format("{}: its storage {} is of a type not known here", name_, key));
    }
    constexpr std::size_t kCountBytes = 8;
    const bool counted = bytes.size() >= kCountBytes;
    const std::uint64_t elements = counted ? little_endian(bytes, 0, kCountBytes) : 0;
    if (counted) bytes = bytes.subspan(kCountBytes);
    const std::size_t element = bytes_per_element(dtype->second);
    if (!counted || elements > bytes.size() / element) {
      throw Error(
          fmt::format("{}: damaged checkpoint: it ends inside storage {}; download or copy "
                      "the file again",
                      name_, key));
    }
    storages_[key] = bytes.first(elements * element);
    bytes = bytes.subspan(elements * element);
  }
}

std::span<const std::uint8_t> TorchLegacy::bytes_of(const Storage& storage) const {
  const auto found = storages_.find(storage.key);
  if (found == storages_.end()) {
    throw Error(
        fmt::format("{}: damaged checkpoint: its storage {} is missing", name_, storage.key));
  }
  return found->second;
}

}  // namespace lama::internal::weights
