#include "registry/published_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "registry/disk_space.h"
#include "weights/zip_member.h"

namespace lama::internal::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.yaml", kModels = "models/";
constexpr std::uint64_t kMaxConfigBytes = 1 << 20;
constexpr std::uint64_t kMaxCheckpointBytes = std::uint64_t{8} << 30;

using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;

Zip open_zip(const fs::path& path) {
  return {zip_open(path.c_str(), ZIP_RDONLY, nullptr), &zip_discard};
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

/// Whether `name` ends in `end`, at a folder's boundary.
bool in_folder(std::string_view name, std::string_view end) {
  return name == end || (name.ends_with(end) && name[name.size() - end.size() - 1] == '/');
}

/// A member to write, and its new name.
struct Member {
  zip_uint64_t index;
  std::uint64_t bytes;
  std::string target;
};

/// Folders of the archive that have a config.yaml.
std::vector<std::string> folders_with_config(zip_t* zip) {
  std::vector<std::string> folders;
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(zip, static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr || !in_folder(name, kConfig)) continue;
    folders.emplace_back(name, std::string_view(name).size() - kConfig.size());
  }
  return folders;
}

/// The model's files. Their new names are built from the last parts, so that none can point outside
/// the folder.
std::vector<Member> members_of_model(zip_t* zip, const std::string& archive) {
  const auto fail = [&archive](const std::string& why) { throw Error(archive + ": " + why); };
  const auto folders = folders_with_config(zip);
  if (folders.empty()) fail("no model in this archive: config.yaml is missing");
  if (folders.size() > 1) {
    fail(fmt::format(
        "{} models in this archive: unpack it, and give the folder of one of them to --model",
        folders.size()));
  }
  std::error_code error;
  const std::uint64_t archive_bytes = fs::file_size(archive, error);
  if (error) fail(error.message());
  std::vector<Member> members;
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t info;
    if (zip_stat_index(zip, static_cast<zip_uint64_t>(i), 0, &info) != 0) continue;
    const std::string_view name = info.name;
    if (!name.starts_with(folders[0])) continue;
    const std::string_view inside = name.substr(folders[0].size());
    const std::string file(last_part(inside));
    std::string target;
    if (inside == kConfig) target = kConfig;
    if (inside.ends_with(".ckpt") && inside == std::string(kModels) + file) target = inside;
    if (target.empty()) continue;
    const std::uint64_t most = target == kConfig ? kMaxConfigBytes : kMaxCheckpointBytes;
    if (info.size > most || !weights::can_have_size(info, archive_bytes)) {
      fail(fmt::format("damaged archive: its member {} cannot have {} bytes", target, info.size));
    }
    members.push_back({info.index, info.size, std::move(target)});
  }
  if (members.size() < 2) fail("no model in this archive: models/best.ckpt is missing");
  return members;
}

}  // namespace

bool is_published_archive(const fs::path& path) {
  const Zip zip = open_zip(path);
  return zip && !folders_with_config(zip.get()).empty();
}

void unpack_published_archive(const fs::path& archive, const fs::path& folder,
                              const std::function<void(double)>& progress) {
  const Zip zip = open_zip(archive);
  if (!zip) throw Error(fmt::format("{}: not a complete zip archive", archive.string()));
  const auto members = members_of_model(zip.get(), archive.string());
  std::uint64_t total = 0, done = 0;
  for (const Member& member : members) total += member.bytes;
  require_disk_space(folder, total);
  create_folders(folder / kModels);
  std::vector<std::uint8_t> buffer(1 << 20);
  for (const Member& member : members) {
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
        zip_fopen_index(zip.get(), member.index, 0), &zip_fclose);
    AtomicFile out(folder / member.target);
    std::uint64_t left = member.bytes;
    zip_int64_t n = file ? 0 : -1;
    // Reads to the end, even if the member is longer than it claims: the checksum is compared only
    // there.
    while (file && (n = zip_fread(file.get(), buffer.data(), buffer.size())) > 0) {
      const auto part = static_cast<std::uint64_t>(n);
      if (part > left) break;
      left -= part;
      done += part;
      out.write({buffer.data(), static_cast<std::size_t>(n)});
      if (progress) progress(static_cast<double>(done) / static_cast<double>(total));
    }
    if (n != 0 || left != 0) {
      throw Error(
          fmt::format("{}: damaged archive: its member {} cannot be read or fails its checksum",
                      archive.string(), member.target));
    }
    out.commit();
  }
}

}  // namespace lama::internal::registry
