#include "cli/inpaint_picture.h"

#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/existing.h"
#include "cli/streams.h"

namespace lama::internal::cli {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& path, const std::string& what) {
  return is_stream(path) ? read_stdin() : codecs::read_picture_file(path, what);
}

std::string name_of(const std::string& path, const char* stream) {
  return is_stream(path) ? stream : path;
}

}  // namespace

void check_output(const PicturePaths& paths) {
  if (is_stream(paths.output)) return require_stdout_takes_pictures();
  require_other_file(paths.output, paths.mask, "mask");
  require_writable(paths.output);
}

repair::Repair read(const PicturePaths& paths, const FillOptions& options) {
  repair::Input input;
  input.photo = bytes_of(paths.picture, "photo");
  if (!options.fill_transparent) input.mask = bytes_of(paths.mask, "mask");
  if (!is_stream(paths.output)) input.format = codecs::format_for(paths.output);
  input.photo_name = name_of(paths.picture, "stdin");
  input.mask_name = name_of(paths.mask, "stdin");
  input.output_name = name_of(paths.output, "stdout");
  input.door = Door::command_line;
  return repair::decode(std::move(input), options);
}

void write(const PicturePaths& paths, std::span<const std::uint8_t> bytes) {
  if (is_stream(paths.output)) return write_stdout(bytes);
  AtomicFile file(paths.output);
  file.write(bytes);
  file.commit();
}

}  // namespace lama::internal::cli
