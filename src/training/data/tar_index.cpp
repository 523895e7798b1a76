// By hand, because libarchive reads from front to back and does not say where a member begins.
#include "training/data/tar_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace lama::internal::training {
namespace {

// POSIX.1-2017, pax, "ustar Interchange Format": an archive is blocks, a member is a header block
// and its bytes, filled up to whole blocks.
constexpr std::size_t kBlock = 512;
using Block = std::array<std::uint8_t, kBlock>;
// Names and other properties that do not fit into a header come as a member before it.
constexpr std::uint64_t kMaxProperties = 1 << 20;

struct Field {
  std::size_t at, size;
};
constexpr Field kName = {0, 100}, kSize = {124, 12}, kChecksum = {148, 8}, kMagic = {257, 5},
                kPrefix = {345, 155};
constexpr std::size_t kType = 156;

/// Up to the first zero.
std::string_view text(const Block& header, Field field) {
  const std::string_view all(reinterpret_cast<const char*>(header.data()) + field.at, field.size);
  return all.substr(0, all.find('\0'));
}

/// Octal digits between spaces, or, as GNU has it, binary behind a first byte of 0x80.
std::optional<std::uint64_t> number(const Block& header, Field field) {
  std::uint64_t value = 0;
  if (header[field.at] == 0x80) {
    for (std::size_t i = 1; i < field.size; ++i) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | header[field.at + i];
    }
    return value;
  }
  std::string_view digits = text(header, field);
  while (digits.starts_with(' ')) digits.remove_prefix(1);
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// The sum of all bytes, those of the sum itself taken for spaces.
bool has_right_checksum(const Block& header) {
  std::uint64_t sum = kChecksum.size * ' ';
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i < kChecksum.at || i >= kChecksum.at + kChecksum.size) sum += header[i];
  }
  return number(header, kChecksum) == sum;
}

/// The facts of a pax header about the member after it.
struct Properties {
  std::optional<std::string> path;
  std::optional<std::uint64_t> size;
};

class TarReader {
 public:
  TarReader(std::uint64_t size, const ReadAt& read, const std::string& name)
      : size_(size), read_(read), name_(name) {}

  std::vector<TarMember> members() {
    std::vector<TarMember> members;
    Properties extended;
    Block header{};
    // Two blocks of zeros end an archive; one, or none, is taken for that too.
    while (at_ + kBlock <= size_) {
      read_(at_, header);
      if (std::all_of(header.begin(), header.end(), [](auto byte) { return byte == 0; })) break;
      if (!has_right_checksum(header)) fail_for(header);
      at_ += kBlock;
      const auto type = static_cast<char>(header[kType]);
      std::optional<std::uint64_t> bytes = number(header, kSize);
      const bool describes = type == 'L' || type == 'K' || type == 'x' || type == 'g';
      if (extended.size && !describes) bytes = extended.size;
      if (!bytes) fail("a member without a size");
      if (*bytes > size_ - at_) fail("it is cut short, or a member's size is wrong");
      switch (type) {
        case 'L':
          extended.path = properties(*bytes);
          extended.path->resize(std::min(extended.path->size(), extended.path->find('\0')));
          break;
        case 'x':
          read_pax(properties(*bytes), extended);
          break;
        case 'K':  // the long name of a link
        case 'g':  // of all members: no path or size
          break;
        case 'S':
          fail("it has sparse files: write it without them (tar without --sparse)");
        default:
          if (type == '0' || type == '\0' || type == '7') {
            members.push_back({extended.path ? *extended.path : full_name(header), at_, *bytes});
          }
          extended = {};
      }
      at_ += std::min((*bytes + kBlock - 1) / kBlock * kBlock, size_ - at_);
    }
    if (at_ == 0) fail("not a tar archive");
    return members;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {} (at byte {})", name_, what, at_));
  }

  [[noreturn]] void fail_for(const Block& header) const {
    if (at_ > 0) fail("damaged: a header's checksum is wrong");
    if (header[0] == 0x1f && header[1] == 0x8b) {
      throw Error(
          fmt::format("{}: compressed: random access needs plain tar files (gunzip it)", name_));
    }
    throw Error(fmt::format("{}: not a tar archive", name_));
  }

  static std::string full_name(const Block& header) {
    const std::string name(text(header, kName));
    const std::string_view prefix = text(header, kPrefix);
    // GNU's own format has other things where ustar has the prefix: its magic ends in a space.
    const bool ustar = text(header, kMagic) == "ustar" && header[kMagic.at + kMagic.size] == 0;
    return ustar && !prefix.empty() ? std::string(prefix) + "/" + name : name;
  }

  /// The bytes at_, which are a member's name or other properties.
  std::string properties(std::uint64_t bytes) const {
    if (bytes > kMaxProperties) fail("a header of more than a megabyte");
    std::string value(bytes, '\0');
    read_(at_, {reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
    return value;
  }

  /// Records "LENGTH KEY=VALUE\n", of which LENGTH counts everything.
  void read_pax(std::string_view records, Properties& extended) const {
    while (!records.empty()) {
      std::size_t length = 0;
      const auto [end, error] =
          std::from_chars(records.data(), records.data() + records.size(), length);
      const auto digits = static_cast<std::size_t>(end - records.data());
      if (error != std::errc() || length > records.size() || length < digits + 2 ||
          records[digits] != ' ' || records[length - 1] != '\n') {
        fail("damaged: a pax header that cannot be read");
      }
      const std::string_view record = records.substr(digits + 1, length - digits - 2);
      const std::size_t equals = record.find('=');
      if (equals == std::string_view::npos) fail("damaged: a pax header that cannot be read");
      const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
      if (key == "path") extended.path = value;
      if (key == "size") {
        std::uint64_t size = 0;
        const auto [last, wrong] = std::from_chars(value.data(), value.data() + value.size(), size);
        if (wrong != std::errc() || last != value.data() + value.size()) {
          fail("damaged: a pax header with a size that is no number");
        }
        extended.size = size;
      }
      if (key.starts_with("GNU.sparse.")) {
        fail("it has sparse files: write it without them (tar without --sparse)");
      }
      records.remove_prefix(length);
    }
  }

  const std::uint64_t size_;
  const ReadAt& read_;
  const std::string& name_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::vector<TarMember> read_tar_index(std::uint64_t size, const ReadAt& read,
                                      const std::string& name) {
  return TarReader(size, read, name).members();
}

}  // namespace lama::internal::training
