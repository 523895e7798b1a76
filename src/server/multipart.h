// Bodies of several parts (multipart/form-data, RFC 7578), as sent by browsers' forms and curl -F.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lama::internal::server {

struct Part {
  std::string name;                     ///< of the form's field
  std::string file_name;                ///< may be empty
  std::span<const std::uint8_t> bytes;  ///< in the body
};

/// Whether a Content-Type is multipart/form-data.
bool is_multipart(std::string_view content_type);

/// The parts of `body`, in their order. Throws HttpError (400) if the body does not match its
/// Content-Type, is cut short, or has more than 64 parts or two of the same name.
std::vector<Part> read_multipart(std::string_view content_type, std::span<const std::uint8_t> body);

}  // namespace lama::internal::server
