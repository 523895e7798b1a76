#include "training/config/run_folder.h"

#include <filesystem>

#include "base/file.h"
#include "config/value.h"

namespace lama::internal::training {
namespace {

using config::scalar_value;
using config::Value;

void write_text(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  file.commit();
}

}  // namespace

void write_run_folder(const TrainingConfig& config) {
  const std::filesystem::path hydra = config.run_dir / ".hydra";
  create_folders(hydra);
  write_text(config.run_dir / "config.yaml", config.resolved_yaml);
  write_text(hydra / "config.yaml", config.composed_yaml);

  Value overrides{.kind = Value::Kind::list};
  for (const std::string& text : config.overrides)
    overrides.items.push_back(scalar_value(text, {}));
  write_text(hydra / "overrides.yaml", to_yaml(overrides));

  Value root;
  Value& section = root.entry("hydra");
  section.entry("run").entry("dir") = scalar_value(config.run_dir.string(), {});
  section.entry("job").entry("name") = scalar_value("train", {});
  section.entry("job").entry("config_name") = scalar_value(config.name, {});
  write_text(hydra / "hydra.yaml", to_yaml(root));
}

}  // namespace lama::internal::training
