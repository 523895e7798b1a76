#include "cli/inpaint_picture.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "cli/streams.h"

namespace lama::cli {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& path, const std::string& what) {
  return is_stream(path) ? read_stdin() : codecs::read_picture_file(path, what);
}

std::string name_of(const std::string& path) { return is_stream(path) ? "stdin" : path; }

void require_size(const Job& job, int width, int height, const codecs::PictureSize& mask) {
  if (mask.width == width && mask.height == height) return;
  const bool turned = mask.width == height && mask.height == width;
  throw Error(fmt::format(
      "{} is {} x {} pixels and its mask {} is {} x {}: {}", job.picture, width, height, job.mask,
      mask.width, mask.height,
      turned ? "one of them lies on its side (pictures are taken as their EXIF orientation says)"
             : "they must be equal, or --resize-mask given"));
}

/// The mask of `job`, of the picture's size.
Mask read_mask(const Job& job, const Wishes& wishes, int width, int height,
               std::vector<std::string>& notes) {
  std::vector<std::uint8_t> bytes = bytes_of(job.mask, "mask");
  // Before it is decoded, which may take long and much memory.
  if (!wishes.resize_mask) {
    require_size(job, width, height, codecs::read_size(bytes, name_of(job.mask), "mask"));
  }
  const Image image = codecs::read_picture(std::move(bytes), name_of(job.mask), "mask").image;
  if (wishes.mask.channel == MaskChannel::alpha && !image.has_alpha()) {
    throw Error(fmt::format("{}: the mask has no alpha channel", job.mask));
  }
  Mask mask = wishes.published ? published_mask_from(image) : mask_from(image, wishes.mask);
  for (std::string& doubt : doubts_about_mask(image, wishes.published ? nullptr : &wishes.mask,
                                              job.mask, "--mask-threshold")) {
    notes.push_back(std::move(doubt));
  }
  return wishes.resize_mask ? resize(mask, width, height) : mask;
}

}  // namespace

void check_output(const Job& job) {
  if (is_stream(job.output)) return require_stdout_takes_pictures();
  require_writable(job.output);
}

Work read(Job job, const Wishes& wishes) {
  Work work;
  work.job = std::move(job);
  const Job& paths = work.job;
  work.picture =
      codecs::read_picture(bytes_of(paths.picture, "photo"), name_of(paths.picture), "photo");
  for (const std::string& note : work.picture.notes) work.details.push_back(note);
  const Image& image = work.picture.image;
  work.format = is_stream(paths.output) ? work.picture.format : codecs::format_for(paths.output);
  if (wishes.fill_transparent) {
    if (!image.has_alpha()) {
      throw Error(fmt::format("{}: nothing is transparent in it, it has no alpha", paths.picture));
    }
    work.missing = transparent_part(image);
  } else {
    work.missing = read_mask(paths, wishes, image.width(), image.height(), work.notes);
  }
  codecs::require_holds(work.format, image, work.picture,
                        is_stream(paths.output) ? "stdout" : paths.output, name_of(paths.picture));
  work.missing_pixels = work.missing.count();
  if (work.missing_pixels == image.pixels()) {
    work.notes.emplace_back("the mask marks every pixel: nothing is left to fill from");
  }
  return work;
}

void fill(Work& work, const Backend& network, const Wishes& wishes,
          const engine::Observer& observer) {
  if (!work.has_hole()) return;
  InpaintOptions options = wishes.inpaint;
  options.published = wishes.published;
  options.opaque = wishes.fill_transparent;
  options.colour = work.picture.colour.get();
  work.result = inpaint(network, std::move(work.picture.image), work.missing, options, observer);
  work.picture.image = std::move(work.result.image);
  for (std::string& note : work.result.notes) work.details.push_back(std::move(note));
}

void write(Work& work, const Wishes& wishes) {
  const Job& paths = work.job;
  std::vector<std::uint8_t> bytes;
  if (!work.has_hole() && work.format == work.picture.format && wishes.quality == 0) {
    // Not even decoded and encoded again: the same file.
    work.notes.emplace_back("the mask marks nothing: the output is a copy of the input");
    bytes = *work.picture.file;
  } else {
    if (!work.has_hole()) {
      work.notes.emplace_back("the mask marks nothing: the output shows what the input shows");
    }
    const auto detail = [&work](const std::string& text) { work.details.push_back(text); };
    bytes = codecs::encode_picture(work.picture.image, work.format, work.picture,
                                   {.quality = wishes.quality,
                                    .replaced = work.has_hole() ? &work.result.replaced : nullptr,
                                    .note = detail},
                                   paths.output);
  }
  if (is_stream(paths.output)) return write_stdout(bytes);
  AtomicFile file(paths.output);
  file.write(bytes);
  file.commit();
}

}  // namespace lama::cli
