// A worker with models that tests can hold up, or that end it: worker MODEL GATE.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "codecs/load_codecs.h"
#include "sandbox/confine.h"
#include "sandbox/message.h"
#include "server/worker.h"
#include "weights/model_file.h"

namespace lama::internal {
namespace {

Backend open_model(const std::string& path, const std::string& gate, const std::string& name,
                   engine::Precision precision) {
  // Waits until somebody has it open for writing.
  if (name == "gate") ::close(::open(gate.c_str(), O_RDONLY | O_CLOEXEC));
  if (name == "bus") {
    std::signal(SIGBUS, SIG_DFL);  // which sanitizers handle
    std::raise(SIGBUS);
  }
  if (name == "liar") {  // a fill whose box lies outside the picture
    sandbox::send(0, {{{"width", 24},
                       {"height", 17},
                       {"format", 0},
                       {"bit_depth", 8},
                       {"alpha", false},
                       {"colour", ""},
                       {"replaced", {0, 0, 24, 18}},
                       {"replaced_pixels", 1},
                       {"notes", nlohmann::json::array()},
                       {"details", nlohmann::json::array()}},
                      {{1, 2, 3}}});
    ::_exit(0);
  }
  if (name == "secret") throw Error("/home/somebody/secret.ckpt: damaged");
  const weights::ModelFile model = weights::open_model(std::filesystem::path(path));
  return Backend(
      std::make_shared<const engine::Network>(model.network, *model.tensors, 1, precision));
}

}  // namespace
}  // namespace lama::internal

int main(int, char** argv) {
  const std::string model = argv[1], gate = argv[2];
  lama::internal::codecs::load_codecs();
  const auto lost = lama::internal::sandbox::confine(
      {.read = {std::filesystem::path(model).parent_path(), std::filesystem::path(gate)},
       .write = {}});
  lama::internal::server::run_worker(
      0,
      [&](const std::string& name, lama::internal::engine::Precision precision) {
        return lama::internal::open_model(model, gate, name, precision);
      },
      lost);
}
