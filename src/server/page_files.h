// The files of the page and its samples, put into the program by cmake/embed_page.cmake.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lama::server {

struct PageFile {
  std::string_view path;  ///< of the request, such as /page.js
  std::span<const std::uint8_t> bytes;
};

std::span<const PageFile> page_files();

}  // namespace lama::server
