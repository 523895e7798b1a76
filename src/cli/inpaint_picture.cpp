#include "cli/inpaint_picture.h"

#include <utility>

#include "base/file.h"
#include "cli/existing.h"
#include "cli/streams.h"

namespace lama::internal::cli {

void check_output(const PicturePaths& paths) {
  if (is_stream(paths.output)) return require_stdout_takes_pictures();
  require_other_file(paths.output, paths.mask, "mask");
  require_writable(paths.output);
}

repair::Repair read(const PicturePaths& paths, const FillOptions& options) {
  repair::Input input;
  input.photo = read_input(paths.picture, "photo");
  if (!options.fill_transparent) input.mask = read_input(paths.mask, "mask");
  if (!is_stream(paths.output)) input.format = codecs::format_for(paths.output);
  input.photo_name = name_of(paths.picture, "stdin");
  input.mask_name = name_of(paths.mask, "stdin");
  input.output_name = name_of(paths.output, "stdout");
  input.door = Door::command_line;
  return repair::decode(std::move(input), options);
}

}  // namespace lama::internal::cli
