// Helpers of the tests of weight files: tensors compared bit for bit, pickles and
// checkpoints put together by hand.
#pragma once

#include <zip.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bytes.h"
#include "weights/tensor_file.h"

namespace lama::internal::testing {

/// True if `text` contains all of `parts`; otherwise the assertion shows the missing parts.
inline ::testing::AssertionResult says(const std::string& text,
                                       const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos) {
      return ::testing::AssertionFailure() << "no '" << part << "' in: " << text;
    }
  }
  return ::testing::AssertionSuccess();
}

/// Bits, because == calls -0 and 0 the same.
inline std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> result;
  for (const float value : values) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

/// Expects `actual` to hold every tensor of `expected`, with the same shape and bits.
inline void expect_same_values(const weights::TensorFile& actual,
                               const weights::TensorFile& expected) {
  for (const auto& [name, info] : expected.tensors()) {
    ASSERT_TRUE(actual.tensors().contains(name)) << name;
    EXPECT_EQ(actual.tensors().at(name).shape, info.shape) << name;
    EXPECT_EQ(bits(actual.read(name)), bits(expected.read(name))) << name;
  }
}

/// Deterministic pseudo-random numbers: the same on every machine (a 64-bit SplitMix).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>((*this)() % bound); }

 private:
  std::uint64_t state_;
};

inline void flip_bit(Bytes& bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
}

/// The bytes of a number, least significant first.
template <typename T>
std::string little_endian(T value) {
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

/// A safetensors file with this header and `data` bytes of zeros.
inline Bytes safetensors_bytes(const std::string& header, std::size_t data) {
  Bytes bytes = bytes_of(little_endian<std::uint64_t>(header.size()) + header);
  bytes.resize(bytes.size() + data);
  return bytes;
}

/// Pieces of pickles, to be put together with +.
namespace pickled {

inline std::string op(int code) { return {static_cast<char>(code)}; }
inline std::string text(const std::string& value) {
  return op('X') + little_endian(static_cast<std::uint32_t>(value.size())) + value;
}
inline std::string integer(std::int64_t value) { return op(0x8a) + op(8) + little_endian(value); }
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string tuple(const std::string& items) { return "(" + items + "t"; }
/// `items` is key value key value …
inline std::string dictionary(const std::string& items) { return "}(" + items + "u"; }
inline std::string call(const std::string& callable, const std::string& arguments) {
  return callable + tuple(arguments) + "R";
}
/// A whole pickle.
inline std::string pickle(const std::string& value) { return op(0x80) + op(2) + value + "."; }

struct Tensor {
  std::string key = "0";
  std::int64_t elements = 6, offset = 0;
  weights::Shape shape = {2, 3}, strides = {3, 1};
  std::string storage = "FloatStorage";
};

/// A tensor as torch.save writes it.
inline std::string tensor(const Tensor& t) {
  const auto numbers = [](const weights::Shape& values) {
    std::string items;
    for (const auto value : values) items += integer(value);
    return tuple(items);
  };
  const std::string id = tuple(text("storage") + global("torch", t.storage) + text(t.key) +
                               text("cpu") + integer(t.elements));
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              id + "Q" + integer(t.offset) + numbers(t.shape) + numbers(t.strides) + op(0x89) +
                  call(global("collections", "OrderedDict"), ""));
}

}  // namespace pickled

struct Member {
  std::string name, data;
  bool compressed = false;
};

inline void write_zip(const fs::path& path, const std::vector<Member>& members) {
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  bool good = zip != nullptr;
  for (const Member& member : members) {
    if (!good) break;
    zip_source_t* source = zip_source_buffer(zip, member.data.data(), member.data.size(), 0);
    const zip_int64_t index = zip_file_add(zip, member.name.c_str(), source, 0);
    good = index >= 0 &&
           zip_set_file_compression(zip, static_cast<zip_uint64_t>(index),
                                    member.compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0;
  }
  if (!good || zip_close(zip) != 0) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace lama::internal::testing
