#include "weights/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/float16.h"

namespace lama::internal::weights {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;               // of the header's length
constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

constexpr std::pair<std::string_view, DType> kDTypes[] = {
    {"F64", DType::f64}, {"F32", DType::f32},      {"F16", DType::f16}, {"BF16", DType::bf16},
    {"I64", DType::i64}, {"I32", DType::i32},      {"I16", DType::i16}, {"I8", DType::i8},
    {"U8", DType::u8},   {"BOOL", DType::boolean},
};

std::string_view format_name(DType dtype) {
  for (const auto& [text, value] : kDTypes) {
    if (value == dtype) return text;
  }
  return "";
}

/// Refuses text that no writer writes: the same key twice, nesting deeper than the format has, and
/// more values than any model has (a JSON value takes up to 80 bytes of memory).
class HeaderCheck : public nlohmann::json_sax<json> {
 public:
  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return open();
  }
  bool end_object() override {
    keys_.pop_back();
    return close();
  }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override { return count() && keys_.back().insert(name).second; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool count() { return ++values_ <= 1'000'000; }
  bool open() { return count() && ++depth_ <= 4; }
  bool close() {
    --depth_;
    return true;
  }

  std::vector<std::set<std::string>> keys_;
  std::size_t values_ = 0;
  int depth_ = 0;
};

/// Null if the header is refused. Not by parse()'s callback, which takes quadratic time.
json parse_header(std::span<const std::uint8_t> text) {
  HeaderCheck check;
  if (!json::sax_parse(text.begin(), text.end(), &check)) return {};
  return json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : TensorFile(path.string()), file_(path) {
  parse();
}

SafetensorsFile::SafetensorsFile(std::span<const std::uint8_t> bytes, std::string name)
    : TensorFile(std::move(name)), memory_(bytes) {
  parse();
}

void SafetensorsFile::parse() {
  const auto fail = [this](const std::string& what) {
    throw Error(fmt::format("{}: damaged safetensors file: {}", name_, what));
  };
  if (size() < kLengthBytes) fail("shorter than its 8-byte header length");
  const std::uint64_t header_size = little_endian(bytes(0, kLengthBytes), 0, kLengthBytes);
  if (header_size > kMaxHeaderBytes || header_size > size() - kLengthBytes) {
    fail(fmt::format("header of {} bytes in a file of {}", header_size, size()));
  }
  const json header = parse_header(bytes(kLengthBytes, header_size));
  if (!header.is_object()) {
    fail("its header is not a JSON object with unique keys, or has more than a million values");
  }
  const std::size_t data_begin = kLengthBytes + header_size, data_size = size() - data_begin;

  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (const auto& [key, entry] : header.items()) {
    if (key == "__metadata__") {
      if (!entry.is_object()) fail("__metadata__ is not an object");
      for (const auto& [name, value] : entry.items()) {
        if (!value.is_string()) fail(fmt::format("__metadata__.{} is not a string", name));
        metadata_[name] = value.get<std::string>();
      }
      continue;
    }
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
        !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
        !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
      fail(fmt::format("tensor {}: needs dtype, shape and data_offsets", key));
    }
    const auto& type = entry["dtype"].get_ref<const std::string&>();
    const auto* const dtype =
        std::find_if(std::begin(kDTypes), std::end(kDTypes),
                     [&type](const auto& known) { return known.first == type; });
    if (dtype == std::end(kDTypes)) fail(fmt::format("tensor {}: unknown dtype {}", key, type));
    TensorInfo info{dtype->second, {}};
    constexpr std::size_t kMostSides = 64;  // PyTorch's own limit
    if (entry["shape"].size() > kMostSides) fail(fmt::format("tensor {}: bad shape", key));
    for (const json& side : entry["shape"]) {
      if (!side.is_number_unsigned()) fail(fmt::format("tensor {}: bad shape", key));
      info.shape.push_back(
          static_cast<std::int64_t>(std::min<std::uint64_t>(side.get<std::uint64_t>(), INT64_MAX)));
    }
    const json& offsets = entry["data_offsets"];
    if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
      fail(fmt::format("tensor {}: bad data_offsets", key));
    }
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > data_size) {
      fail(fmt::format("tensor {}: its data [{}, {}) lies outside the file", key, begin, end));
    }
    const auto count = element_count(info.shape);
    if (!count || *count * bytes_per_element(info.dtype) != end - begin) {
      fail(fmt::format("tensor {}: shape {} does not fit its {} bytes", key, to_string(info.shape),
                       end - begin));
    }
    ranges.emplace_back(begin, end);
    data_[key] = {data_begin + begin, end - begin};
    tensors_[key] = std::move(info);
  }
  std::sort(ranges.begin(), ranges.end());
  std::size_t covered = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != covered) fail("its tensors overlap or leave gaps");
    covered = end;
  }
  if (covered != data_size) {
    fail(fmt::format("{} bytes after the last tensor", data_size - covered));
  }
}

std::vector<float> SafetensorsFile::load(const std::string& tensor) const {
  const TensorInfo& info = tensors_.at(tensor);
  std::vector<float> values(*element_count(info.shape));
  const auto source = raw(tensor);
  to_float(info.dtype, source.data(), values.size(), values.data());
  return values;
}

std::vector<std::uint8_t> SafetensorsFile::raw(const std::string& name) const {
  const auto [offset, count] = data_.at(name);
  return bytes(offset, count);
}

std::vector<std::uint8_t> SafetensorsFile::bytes(std::size_t offset, std::size_t count) const {
  if (file_) return file_->read(offset, count);
  const auto part = memory_.subspan(offset, count);
  return {part.begin(), part.end()};
}

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    const std::size_t size = *element_count(tensor.shape) * bytes_per_element(tensor.dtype);
    header[tensor.name] = {{"dtype", format_name(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data begins on an 8-byte boundary

  AtomicFile file(path);
  std::vector<std::uint8_t> head;
  append_little_endian(head, text.size(), kLengthBytes);
  head.insert(head.end(), text.begin(), text.end());
  file.write(head);
  for (const TensorToWrite& tensor : tensors) {
    const std::vector<float> values = tensor.values();
    if (tensor.dtype == DType::f32) {
      file.write({reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * 4});
      continue;
    }
    const bool half = tensor.dtype == DType::f16;
    std::vector<std::uint16_t> narrow(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      narrow[i] = half ? half_from_float(values[i]) : bf16_from_float(values[i]);
      const float back = half ? float_from_half(narrow[i]) : float_from_bf16(narrow[i]);
      if (std::isfinite(values[i]) && !std::isfinite(back)) {
        throw Error(fmt::format("{}: the value {} of tensor {} does not fit {}; use f32",
                                path.string(), values[i], tensor.name, name(tensor.dtype)));
      }
    }
    file.write({reinterpret_cast<const std::uint8_t*>(narrow.data()), narrow.size() * 2});
  }
  file.commit();
}

}  // namespace lama::internal::weights
