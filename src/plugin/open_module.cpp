#include "plugin/open_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "plugin/build_id.h"

namespace lama::internal::plugin {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "liblama-torch.so";

fs::path program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

fs::path find_module() {
  std::error_code error;
  const fs::path folder = program().parent_path();
  for (const fs::path& place : {folder, folder / LAMA_MODULE_FOLDER}) {
    if (fs::exists(place / kFile, error)) return (place / kFile).lexically_normal();
  }
  throw Error(fmt::format(
      "{} is not there: install the package lama-torch, or install Debian's libtorch-dev "
      "and libopenblas0-pthread and build with -DLAMA_TORCH=ON",
      kFile));
}

}  // namespace

const Module& load_module(const fs::path& path) {
  // Its symbols stay its own: LibTorch brings libraries, such as protobuf, that others bring too.
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
    throw Error(fmt::format("{}: cannot be loaded: {} (LibTorch comes with Debian's libtorch-dev)",
                            path.string(), reason));
  }
  const auto entry =
      reinterpret_cast<decltype(&lama_torch_module)>(::dlsym(handle, "lama_torch_module"));
  const Module* module = entry != nullptr ? entry() : nullptr;
  if (module == nullptr || std::string_view(module->build_id) != build_id()) {
    throw Error(
        fmt::format("{}: built from other sources ({}) than {} ({}): build and install "
                    "both together, or delete the module",
                    path.string(), module == nullptr ? "unknown" : module->build_id,
                    program().string(), build_id()));
  }
  return *module;
}

const Module& open_module() {
  static const Module* const module = &load_module(find_module());
  return *module;
}

}  // namespace lama::internal::plugin
