#include "codecs/iptc.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <iterator>

#include "base/bytes.h"
#include "codecs/previews.h"

namespace lama::internal::codecs {
namespace {

constexpr int kIptcResource = 0x0404;

std::vector<std::uint8_t> to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

std::vector<std::uint8_t> iptc_of_resources(std::span<const std::uint8_t> resources) {
  for (const PhotoshopResource& resource : photoshop_resources(resources)) {
    if (resource.id == kIptcResource) return {resource.data.begin(), resource.data.end()};
  }
  return {};
}

std::vector<std::uint8_t> resources_of_iptc(std::span<const std::uint8_t> iptc) {
  // Signature, id, an empty name, size, data; see previews.cpp.
  std::vector<std::uint8_t> out =
      to_bytes({"Photoshop 3.0\0"
                "8BIM\x04\x04\0\0",
                22});
  append_big_endian(out, iptc.size(), 4);
  // Not insert(): g++ 14 warns that it writes past the end.
  std::copy(iptc.begin(), iptc.end(), std::back_inserter(out));
  if (iptc.size() % 2 != 0) out.push_back(0);
  return out;
}

std::string png_text_of_iptc(std::span<const std::uint8_t> iptc) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kHeader = 14, kLine = 36;
  const auto resources = resources_of_iptc(iptc);
  const auto data = std::span(resources).subspan(kHeader);
  std::string text = "\niptc\n" + std::to_string(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i % kLine == 0) text += '\n';
    text += kDigits[data[i] >> 4];
    text += kDigits[data[i] & 15];
  }
  return text + '\n';
}

std::vector<std::uint8_t> iptc_of_png_text(std::string_view text) {
  // A name, the number of bytes, and the bytes as hexadecimal digits, with blanks between them.
  std::vector<std::uint8_t> data;
  const auto skip_word = [&text] {
    const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    const auto begin = std::find_if_not(text.begin(), text.end(), blank);
    const auto end = std::find_if(begin, text.end(), blank);
    const std::string_view word(begin, end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    return word;
  };
  skip_word();
  skip_word();
  for (std::string_view digits = skip_word(); !digits.empty(); digits = skip_word()) {
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
      std::uint8_t byte = 0;
      if (std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr != digits.data() + 2) {
        return {};
      }
      data.push_back(byte);
    }
  }
  const std::string_view signature = "8BIM";
  if (data.size() < 4 || !std::equal(signature.begin(), signature.end(), data.begin())) return data;
  std::vector<std::uint8_t> resources = to_bytes({"Photoshop 3.0\0", 14});
  resources.insert(resources.end(), data.begin(), data.end());
  return iptc_of_resources(resources);
}

}  // namespace lama::internal::codecs
