// `lama select`: a mask of an object from a box around it or a scribble on it.
#include "select/select.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/existing.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "cli/wrong_usage.h"
#include "codecs/display.h"
#include "codecs/format.h"
#include "codecs/picture.h"

namespace lama::internal::cli {
namespace {

struct SelectOptions {
  std::string image, scribble, output;
  std::vector<int> box;  ///< x, y, width, height; or empty
};

/// The functions of select/ know no names, so this checks what they would refuse.
Mask select(const SelectOptions& options, const Image& image) {
  if (options.scribble.empty()) {
    const Box box{options.box[0], options.box[1], options.box[2], options.box[3]};
    const Box whole{0, 0, image.width(), image.height()};
    if (!is_inside(box, whole)) {
      throw Error(
          fmt::format("{} is {} x {} pixels: --box {} {}", options.image, image.width(),
                      image.height(), fmt::join(options.box, ","),
                      box.width <= 0 || box.height <= 0 ? "has no pixels" : "reaches beyond it"));
    }
    return select::select_in_box(image, box);
  }
  const std::string name = name_of(options.scribble, "stdin");
  const Image drawn =
      codecs::read_mask(read_input(options.scribble, "scribble"), {image.width(), image.height()},
                        {name_of(options.image, "stdin"), name});
  const Mask scribble = mask_from(drawn, {}, name);
  if (scribble.count() == 0) {
    throw Error(fmt::format("{}: it marks nothing: paint white on the object (scribble)", name));
  }
  return select::select_by_scribble(image, scribble);
}

void run(const SelectOptions& options, const Common& common) {
  if (options.box.empty() == options.scribble.empty()) {
    refuse("select needs --box or --scribble, and not both");
  }
  if (is_stream(options.image) && is_stream(options.scribble)) {
    refuse("IMAGE and --scribble cannot both come from stdin");
  }
  if (is_stream(options.output)) {
    require_stdout_takes_pictures();
  } else if (codecs::format_by_name(options.output) != codecs::Format::png) {
    refuse(fmt::format("{}: the mask is a PNG file: its name must end in .png", options.output));
  } else {
    require_other_file(options.output, options.image, "photo");
    require_other_file(options.output, options.scribble, "scribble");
    require_writable(options.output);
  }
  const auto start = std::chrono::steady_clock::now();
  const Image image = codecs::read_picture(read_input(options.image, "photo"),
                                           name_of(options.image, "stdin"), "photo")
                          .image;
  const Mask mask = select(options, image);
  write_output(options.output, codecs::encode_mask_png(mask));
  if (common.quiet) return;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  say("{}: selected {:.1f} % of {} x {} pixels in {:.2f} s\n", name_of(options.output, "stdout"),
      100.0 * static_cast<double>(mask.count()) / static_cast<double>(image.pixels()), mask.width,
      mask.height, seconds.count());
}

}  // namespace

void add_select(CLI::App& app, const Common& common) {
  auto options = std::make_shared<SelectOptions>();
  CLI::App* command =
      app.add_subcommand("select", "make a mask of an object from a box or a scribble");
  command->add_option("IMAGE", options->image, "the picture; - is stdin")->required();
  command
      ->add_option("--box", options->box,
                   "a box around the object: its left upper corner and its size, in pixels")
      ->option_text("X,Y,WIDTH,HEIGHT")
      ->delimiter(',')
      ->expected(4);
  command
      ->add_option("--scribble", options->scribble,
                   "a picture of the same size, white on a part of the object, read as a MASK of "
                   "'lama inpaint'; - is stdin")
      ->option_text("FILE");
  command
      ->add_option("-o,--output", options->output,
                   "the mask, a PNG file, white where the object is; - is stdout")
      ->option_text("FILE")
      ->required()
      ->check(refuse_empty);
  begin_footer(*command, "-q (--quiet) works here too.");
  command->callback([options, &common] { run(*options, common); });
}

}  // namespace lama::internal::cli
