// The page, its samples and openapi.json, embedded by cmake/embed_page.cmake.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::internal::server {

struct PageFile {
  std::string_view path;  ///< of the request, such as /page.js
  std::span<const std::uint8_t> bytes;
};

std::span<const PageFile> page_files();

}  // namespace lama::internal::server
