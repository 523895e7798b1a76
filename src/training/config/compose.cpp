#include "training/config/compose.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/similar_name.h"
#include "config/override.h"
#include "training/config/shipped_configs.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;
using config::Origin;
using config::Override;
using config::Value;

constexpr int kMaxNesting = 20;
constexpr const char* kShipped = "configs/training/";  // how built-in files are called in errors

std::string joined(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

/// All files that a config can be made of, by their name without ".yaml".
class Library {
 public:
  explicit Library(const fs::path& folder) {
    for (const config::ShippedConfig& config : shipped_configs()) {
      const std::string name(config.name);
      texts_[name] = {kShipped + name + ".yaml", {config.yaml.begin(), config.yaml.end()}};
    }
    if (folder.empty()) return;
    std::error_code error;
    fs::recursive_directory_iterator found(folder, error);
    if (error) {
      throw Error(fmt::format("{}: not a folder of configs: {}", folder.string(), error.message()));
    }
    for (; found != fs::recursive_directory_iterator(); found.increment(error)) {
      if (error || found.depth() > 2) found.disable_recursion_pending();
      if (found->path().extension() != ".yaml") continue;
      const fs::path relative = found->path().lexically_relative(folder);
      texts_[fs::path(relative).replace_extension().generic_string()] = {found->path().string(),
                                                                         {}};
    }
  }

  bool is_group(const std::string& group) const {
    return std::any_of(texts_.begin(), texts_.end(), [&group](const auto& entry) {
      return entry.first.starts_with(group + "/");
    });
  }

  struct File {
    std::string origin, package;  ///< `package`: of `# @package`, may be ""
    Value value;
  };

  /// `asked_by`: where the name was written.
  File read(const std::string& name, const Origin& asked_by) const {
    const auto found = texts_.find(name);
    if (found == texts_.end()) fail_missing(name, asked_by);
    const auto& [origin, shipped] = found->second;
    std::string text = shipped;
    if (text.empty()) {
      const auto bytes = read_file(origin, config::kMaxBytes);
      text.assign(bytes.begin(), bytes.end());
    }
    File file{origin, package(text), config::parse_yaml(text, origin)};
    if (file.value.kind == Value::Kind::null) file.value.kind = Value::Kind::map;
    if (file.value.kind != Value::Kind::map) {
      throw Error(fmt::format("{}: expected keys with values", origin));
    }
    return file;
  }

 private:
  [[noreturn]] void fail_missing(const std::string& name, const Origin& asked_by) const {
    if (asked_by.source.empty()) refuse_other_kinds(name);
    const std::size_t slash = name.rfind('/');
    const std::string group = slash == std::string::npos ? "" : name.substr(0, slash + 1);
    std::vector<std::string> names;
    for (const auto& [other, text] : texts_) {
      const std::string rest = other.starts_with(group) ? other.substr(group.size()) : "/";
      if (rest.find('/') == std::string::npos) names.push_back(rest);
    }
    const std::string wanted = name.substr(group.size());
    const auto meant = similar_name(wanted, names);
    throw Error(fmt::format("{}{}no config {}{}: {}", asked_by.text(),
                            asked_by.source.empty() ? "" : ": ", wanted,
                            group.empty() ? "" : " in " + group.substr(0, group.size() - 1),
                            meant ? fmt::format("is {} meant?", *meant)
                                  : fmt::format("there are {}", fmt::join(names, ", "))));
  }

  /// The directives in the comments before the first value.
  static std::string package(std::string_view text) {
    while (text.starts_with('#') || text.starts_with('\n')) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      constexpr std::string_view kMark = "# @package ";
      if (line.starts_with(kMark)) {
        line.remove_prefix(kMark.size());
        while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
        return std::string(line);
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return "";
  }

  std::map<std::string, std::pair<std::string, std::string>> texts_;  ///< origin, text if built in
};

class Composer {
 public:
  Composer(const Library& library, std::span<const std::string> overrides) : library_(library) {
    for (const std::string& text : overrides) {
      Override parsed = config::parse_override(text);
      const bool group = parsed.key.find('.') == std::string::npos && library.is_group(parsed.key);
      const bool names_config =
          parsed.value.kind == Value::Kind::scalar ||
          (parsed.action == Override::Action::remove && parsed.value.kind == Value::Kind::null);
      if (group && !names_config) {
        throw Error(
            fmt::format("{}: expected the name of a config of the group {}", text, parsed.key));
      }
      (group ? groups_ : values_).push_back(std::move(parsed));
    }
    for (const Override& group : groups_) {
      if (group.action == Override::Action::add) continue;
      choices_[group.key] = {
          group.action == Override::Action::set ? group.value.text : "", {group.text}, false};
    }
  }

  Value compose(const std::string& name) {
    Value config{.kind = Value::Kind::map};
    add(config, name, "", {}, 0);
    for (const Override& group : groups_) {
      if (group.action != Override::Action::add) continue;
      if (used_groups_.count(group.key) > 0) {
        throw Error(fmt::format("{}: {} is in the defaults list already: say {}={}", group.text,
                                group.key, group.key, group.value.text));
      }
      add(config, joined(group.key, group.value.text), group.key, {group.text}, 0);
    }
    for (const auto& [group, choice] : choices_) {
      if (choice.used) continue;
      throw Error(fmt::format("{}: no config says {} in its defaults list; +{}={} adds it",
                              choice.origin.text(), group, group,
                              choice.name.empty() ? "NAME" : choice.name));
    }
    return config;
  }

  void apply_values(Value& config) const {
    for (const Override& change : values_) apply(change, config);
  }

 private:
  struct Choice {
    std::string name;  ///< "": none
    Origin origin;
    bool used = false;
  };

  /// The overrides in a defaults list count for everything the list names.
  void note_overrides(const Value& defaults) {
    for (const Value& item : defaults.items) {
      for (const auto& [key, value] : item.entries) {
        constexpr std::string_view kOverride = "override ";
        if (!key.starts_with(kOverride)) continue;
        std::string group = key.substr(kOverride.size());
        if (group.starts_with('/')) group.erase(0, 1);
        // Values from further out are stronger, and those of the command line are strongest.
        choices_.emplace(group, Choice{value.text, item.origin, false});
      }
    }
  }

  void add(Value& config, const std::string& name, const std::string& group, const Origin& asked_by,
           int nesting) {
    if (nesting > kMaxNesting) {
      throw Error(asked_by.text() + ": its defaults lists run in a circle");
    }
    Library::File file = library_.read(name, asked_by);
    const Value defaults = [&] {
      const Value* found = file.value.find("defaults");
      return found == nullptr ? Value() : *found;
    }();
    file.value.remove("defaults");
    if (defaults.kind == Value::Kind::map || defaults.kind == Value::Kind::scalar) {
      throw Error(fmt::format("{}: defaults: expected a list", defaults.origin.text()));
    }
    note_overrides(defaults);
    bool self = false;
    for (const Value& item : defaults.items) {
      if (item.kind == Value::Kind::scalar && item.text == "_self_") {
        merge(section(config, file, group), file.value);
        self = true;
      } else {
        add_default(config, item, group, nesting);
      }
    }
    if (!self) merge(section(config, file, group), file.value);
  }

  /// One entry of a defaults list.
  void add_default(Value& config, const Value& item, const std::string& group, int nesting) {
    if (item.kind == Value::Kind::scalar) {
      std::string name = item.text;
      const bool absolute = name.starts_with('/');
      if (absolute) name.erase(0, 1);
      return add(config, absolute ? name : joined(group, name), group, item.origin, nesting + 1);
    }
    if (item.entries.size() != 1) fail_default(item.origin, to_yaml(item));
    const auto& [key, value] = item.entries.front();
    if (key.starts_with("override ")) return;
    std::string child = key;
    if (child.starts_with('/')) {
      child.erase(0, 1);
    } else {
      child = joined(group, child);
    }
    const bool named = value.kind == Value::Kind::scalar || value.kind == Value::Kind::null;
    if (!named || child.find_first_of(" @:") != std::string::npos) fail_default(value.origin, key);
    used_groups_.insert(child);
    Choice chosen{value.text, value.origin, true};
    if (const auto found = choices_.find(child); found != choices_.end()) {
      found->second.used = true;
      chosen = found->second;
    }
    if (chosen.name.empty()) return;
    add(config, joined(child, chosen.name), child, chosen.origin, nesting + 1);
  }

  [[noreturn]] static void fail_default(const Origin& origin, const std::string& what) {
    throw Error(
        fmt::format("{}: defaults: {}: expected GROUP: NAME, override GROUP: NAME, a "
                    "config's name, or _self_",
                    origin.text(), what));
  }

  static Value& section(Value& config, const Library::File& file, const std::string& group) {
    if (file.package == "_global_") return config;
    std::string package = file.package;
    if (package.empty() || package == "_group_") {
      package = group;
      std::replace(package.begin(), package.end(), '/', '.');
    }
    Value* value = &config;
    for (std::size_t begin = 0; begin < package.size();) {
      const std::size_t end = std::min(package.find('.', begin), package.size());
      value = &value->entry(package.substr(begin, end - begin));
      begin = end + 1;
    }
    return *value;
  }

  const Library& library_;
  std::vector<Override> groups_, values_;
  std::map<std::string, Choice> choices_;
  std::set<std::string> used_groups_;
};

}  // namespace

Value compose(const std::string& name, std::span<const std::string> overrides,
              const fs::path& folder) {
  const Library library(folder);
  Composer composer(library, overrides);
  Value config = composer.compose(name.ends_with(".yaml") ? name.substr(0, name.size() - 5) : name);
  composer.apply_values(config);
  return config;
}

void refuse_other_kinds(const fs::path& path) {
  std::error_code ignored;
  const auto status = fs::status(path, ignored);
  if (fs::is_directory(status)) {
    throw Error(path.string() + ": a folder is no config: name one, or a .yaml file in the folder");
  }
  if (fs::exists(status) && path.extension() != ".yaml") {
    throw Error(path.string() + ": it is no config, whose name would end in .yaml");
  }
}

}  // namespace lama::internal::training
