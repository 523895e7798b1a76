#include "weights/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/file_reader.h"
#include "base/first_few.h"
#include "weights/generator_names.h"
#include "weights/torch_archive.h"
#include "weights/torch_legacy.h"

namespace lama::internal::weights {
namespace {

using Kind = Pickle::Kind;

// A tensor may repeat a small storage (stride 0), but not make gigabytes out of it.
constexpr std::size_t kMaxRepeated = 1 << 24;
// Modules may refer to each other in circles, or to the same one again and again.
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxVisited = 1'000'000, kMaxKept = 64 << 20;
// No weight has more sides, and no storage's key is longer.
constexpr std::size_t kMaxSides = 8, kMaxKey = 64;
// Trainers put networks into dictionaries in dictionaries: "checkpoint", "state_dict", "gen".
constexpr int kMaxLevels = 3;
constexpr std::string_view kGeneratorPrefix = "generator.";

std::optional<DType> storage_dtype(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, DType>, 10> kStorages = {{
      {"DoubleStorage", DType::f64},
      {"FloatStorage", DType::f32},
      {"HalfStorage", DType::f16},
      {"BFloat16Storage", DType::bf16},
      {"LongStorage", DType::i64},
      {"IntStorage", DType::i32},
      {"ShortStorage", DType::i16},
      {"CharStorage", DType::i8},
      {"ByteStorage", DType::u8},
      {"BoolStorage", DType::boolean},
  }};
  for (const auto& [storage, dtype] : kStorages) {
    if (storage == name) return dtype;
  }
  return std::nullopt;
}

/// The name of a module's class. Legacy files keep its source too: ("module", class, file, source).
std::string_view class_name(const Pickle& pickle, const Pickle::Value& module) {
  const Pickle::Value& callable = pickle[module.callable];
  if (callable.kind != Kind::persistent) return callable.name;
  const auto& id = pickle[callable.items[0]].items;
  return id.size() > 1 ? pickle[id[1]].name : std::string_view();
}

/// The activation of the last layer below `layers` ("generator.model."), by its class.
std::optional<model::OutputActivation> last_activation(
    const std::map<std::string, std::string_view>& classes, const std::string& layers) {
  int last = -1;
  std::string_view last_class;
  for (const auto& [name, class_name] : classes) {
    if (!name.starts_with(layers)) continue;
    int position = -1;
    const char *begin = name.data() + layers.size(), *end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(begin, end, position);
    if (error != std::errc() || stop != end || position <= last) continue;
    last = position;
    last_class = class_name;
  }
  if (last < 0) return std::nullopt;
  if (last_class == "Sigmoid") return model::OutputActivation::sigmoid;
  return last_class == "Tanh" ? model::OutputActivation::tanh : model::OutputActivation::none;
}

}  // namespace

std::string_view name(TorchFile::Content content) {
  switch (content) {
    case TorchFile::Content::lightning:
      return "Lightning checkpoint";
    case TorchFile::Content::torch_script:
      return "TorchScript archive";
    case TorchFile::Content::module:
      return "PyTorch module";
    case TorchFile::Content::state_dict:
      break;
  }
  return "PyTorch state dict";
}

/// ("storage", torch.FloatStorage, key, location, number of elements); legacy files have a sixth
/// item, which is None since PyTorch 0.4.
std::optional<TorchFile::Storage> TorchFile::storage_of(const Pickle& pickle,
                                                        const Pickle::Value& value) {
  if (value.kind != Kind::persistent) return std::nullopt;
  const auto& id = pickle[value.items[0]].items;
  if (id.size() < 5 || pickle[id[0]].text != "storage") return std::nullopt;
  if (id.size() > 5 && pickle[id[5]].kind != Kind::none) return std::nullopt;
  const auto dtype = storage_dtype(pickle[id[1]].name);
  const std::int64_t elements = pickle[id[4]].integer;
  const std::string_view key = pickle[id[2]].text;
  if (!dtype || elements < 0 || key.size() > kMaxKey) return std::nullopt;
  return Storage{*dtype, std::string(key), static_cast<std::size_t>(elements)};
}

/// Interprets torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …); parameters wrap
/// one in torch._utils._rebuild_parameter(tensor, …). Anything else is not a tensor.
std::optional<TorchFile::Tensor> TorchFile::tensor_of(const Pickle& pickle,
                                                      const Pickle::Value& value) {
  if (value.kind != Kind::object) return std::nullopt;
  const std::vector<Pickle::Id>& arguments = pickle[value.arguments].items;
  if (pickle.is_call(value, "torch._utils", "_rebuild_parameter") && !arguments.empty()) {
    const Pickle::Value& wrapped = pickle[arguments[0]];
    // One level only: a parameter of a parameter is nothing PyTorch writes.
    if (!pickle.is_call(wrapped, "torch._utils", "_rebuild_tensor_v2")) return std::nullopt;
    return tensor_of(pickle, wrapped);
  }
  // PyTorch wrote the first one before 0.4; its four arguments are the first four of the second.
  if (!pickle.is_call(value, "torch._utils", "_rebuild_tensor") &&
      !pickle.is_call(value, "torch._utils", "_rebuild_tensor_v2")) {
    return std::nullopt;
  }
  if (arguments.size() < 4) return std::nullopt;
  const auto storage = storage_of(pickle, pickle[arguments[0]]);
  const std::int64_t offset = pickle[arguments[1]].integer;
  const auto& sizes = pickle[arguments[2]].items;
  const auto& strides = pickle[arguments[3]].items;
  if (!storage || offset < 0 || sizes.size() != strides.size() || sizes.size() > kMaxSides) {
    return std::nullopt;
  }

  Tensor result{{storage->dtype, {}}, *storage, static_cast<std::size_t>(offset), {}};
  for (const auto size : sizes) result.info.shape.push_back(pickle[size].integer);
  for (const auto stride : strides) result.strides.push_back(pickle[stride].integer);
  return result;
}

std::vector<Pickle::Id> TorchFile::visit(const Pickle& pickle, const Pickle::Value& dictionary,
                                         Found& found) const {
  std::vector<Pickle::Id> entries = pickle.entries(dictionary);
  count_visits(entries.size() / 2, found);
  return entries;
}

void TorchFile::count_visits(std::size_t more, Found& found) const {
  found.visited += more;
  if (found.visited > kMaxVisited) {
    throw Error(fmt::format("{}: it holds more than any checkpoint", name_));
  }
}

std::string TorchFile::keep(std::string_view first, std::string_view then, Found& found) const {
  found.kept += first.size() + then.size();
  if (found.kept > kMaxKept) {
    throw Error(fmt::format("{}: its names are longer than any checkpoint's", name_));
  }
  return std::string(first).append(then);
}

/// A module's state is a dictionary of its attributes. TorchScript keeps tensors and modules right
/// there; Python in three dictionaries: _parameters, _buffers and _modules.
void TorchFile::visit_module(const Pickle& pickle, const Pickle::Value& module,
                             const std::string& prefix, int depth, Found& found) const {
  if (depth > kMaxDepth) {
    throw Error(fmt::format("{}: its modules are nested deeper than in any model", name_));
  }
  if (!prefix.empty()) {
    found.classes[prefix.substr(0, prefix.size() - 1)] = class_name(pickle, module);
  }
  const Pickle::Value& state = pickle[*module.state];
  const std::vector<Pickle::Id> attributes = visit(pickle, state, found);
  std::vector<const Pickle::Value*> dictionaries;
  for (std::size_t i = 0; i + 1 < attributes.size(); i += 2) {
    const std::string_view key = pickle[attributes[i]].text;
    if (key == "_parameters" || key == "_buffers" || key == "_modules") {
      dictionaries.push_back(&pickle[attributes[i + 1]]);
    }
  }
  if (dictionaries.empty()) dictionaries.push_back(&state);
  for (const Pickle::Value* dictionary : dictionaries) {
    const std::vector<Pickle::Id> entries = visit(pickle, *dictionary, found);
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      const Pickle::Value& value = pickle[entries[i + 1]];
      const std::string name = keep(prefix, pickle[entries[i]].text, found);
      if (auto tensor = tensor_of(pickle, value)) {
        found.tensors.insert_or_assign(name, std::move(*tensor));
      } else if (value.kind == Kind::object && value.state) {
        visit_module(pickle, value, name + ".", depth + 1, found);
      }
    }
  }
}

/// Dictionaries, lists and their values. Other objects (hyperparameters, whose classes are many)
/// are left out.
void TorchFile::list_tree(const Pickle& pickle, const Pickle::Value& value, const std::string& path,
                          int depth, Found& found) {
  count_visits(depth > kMaxDepth ? kMaxVisited + 1 : 1, found);
  const auto below = [&](std::string_view key) {
    return keep(path.empty() ? path : path + "/", key, found);
  };
  if (auto tensor = tensor_of(pickle, value)) {
    found.tensors.insert_or_assign(path, std::move(*tensor));
  } else if (value.kind == Kind::integer || value.kind == Kind::boolean) {
    scalars_[path] = value.integer;
  } else if (value.kind == Kind::real) {
    scalars_[path] = value.real;
  } else if (value.kind == Kind::text) {
    scalars_[path] = keep("", value.text, found);
  } else if (value.kind == Kind::sequence) {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      list_tree(pickle, pickle[value.items[i]], below(std::to_string(i)), depth + 1, found);
    }
  } else {
    const std::vector<Pickle::Id> entries = visit(pickle, value, found);
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
      const Pickle::Value& key = pickle[entries[i]];
      if (key.kind != Kind::text && key.kind != Kind::integer) continue;
      const std::string name =
          key.kind == Kind::text ? below(key.text) : below(std::to_string(key.integer));
      list_tree(pickle, pickle[entries[i + 1]], name, depth + 1, found);
    }
  }
}

void TorchFile::list_state(const Pickle& pickle, const Pickle::Value& state,
                           const std::string& prefix, int levels, Found& found) {
  if (state.kind == Kind::sequence && levels > 0) {
    count_visits(state.items.size(), found);
    for (std::size_t i = 0; i < state.items.size(); ++i) {
      list_state(pickle, pickle[state.items[i]], keep(prefix, std::to_string(i) + ".", found),
                 levels - 1, found);
    }
    return;
  }
  const std::vector<Pickle::Id> entries = visit(pickle, state, found);
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    const Pickle::Value &key = pickle[entries[i]], &value = pickle[entries[i + 1]];
    if (auto tensor = tensor_of(pickle, value)) {
      found.tensors.insert_or_assign(keep(prefix, key.text, found), std::move(*tensor));
    } else if (key.kind == Kind::text && levels > 0) {
      list_state(pickle, value, keep(prefix, key.text, found) + ".", levels - 1, found);
    }
  }
}

/// Some trainers keep one dictionary for each network: "gen_state_dict" beside "dis_state_dict".
/// The dictionaries in `state` are listed only where its own tensors are not a generator's.
void TorchFile::list_networks(const Pickle& pickle, const Pickle::Value& state, Found& found) {
  const auto has_layers = [](const Found& list) {
    return std::any_of(list.tensors.begin(), list.tensors.end(),
                       [](const auto& item) { return names_a_layer(item.first); });
  };
  list_state(pickle, state, "", 0, found);
  for (int levels = 1; levels <= kMaxLevels && !has_layers(found); ++levels) {
    Found deeper{.tensors = {}, .classes = {}, .visited = found.visited, .kept = found.kept};
    list_state(pickle, state, "", levels, deeper);
    // Another architecture's tensors stay without the rest of the file.
    if (found.tensors.empty() || has_layers(deeper)) found.tensors = std::move(deeper.tensors);
    found.visited = deeper.visited;
    found.kept = deeper.kept;
  }
}

/// The sentence about a file in which no tensor is found: what it holds instead.
std::string TorchFile::without_tensors(const Pickle& pickle) const {
  std::vector<std::string> keys;
  const std::vector<Pickle::Id> entries = pickle.entries(pickle.root());
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    const Pickle::Value& key = pickle[entries[i]];
    constexpr std::size_t kLongest = 64;
    if (key.kind == Kind::text) keys.emplace_back(key.text.substr(0, kLongest));
  }
  return fmt::format(
      "{}: a PyTorch file without tensors of a generator; {}: save generator.state_dict() with "
      "torch.save",
      name_, keys.empty() ? "it has no keys" : "its keys are " + first_few(std::move(keys)));
}

void TorchFile::list(const Pickle& pickle) {
  const Pickle::Value& root = pickle.root();
  Found found;
  if (listing_ == Listing::tree) {
    list_tree(pickle, root, "", 0, found);
    for (auto& [name, tensor] : found.tensors) tensors_[name] = tensor.info;
    windows_ = std::move(found.tensors);
    return;
  }
  if (root.kind == Kind::object && root.state && pickle.entries(root).empty()) {
    const bool script = pickle[root.callable].text.starts_with("__torch__");
    content_ = script ? Content::torch_script : Content::module;
    visit_module(pickle, root, "", 0, found);
    if (script && found.tensors.empty()) {
      throw Error(fmt::format(
          "{}: a frozen TorchScript archive: its weights have lost their names; use the file it "
          "was frozen from",
          name_));
    }
  } else {
    if (pickle.find(root, "pytorch-lightning_version") != nullptr) content_ = Content::lightning;
    const Pickle::Value* state = pickle.find(root, "state_dict");
    list_networks(pickle, state != nullptr ? *state : root, found);
  }

  std::vector<std::string> names;
  for (const auto& [name, tensor] : found.tensors) names.push_back(name);
  const std::string prefix = generator_prefix(names);
  const std::string missing = left_out(names, prefix);
  std::string own_prefix = missing;
  // A checkpoint's other networks keep their names beside "generator.".
  std::optional<std::string> others;
  if (listing_ == Listing::networks) {
    own_prefix.insert(0, kGeneratorPrefix);
    if (prefix.ends_with(kGeneratorPrefix))
      others = prefix.substr(0, prefix.size() - kGeneratorPrefix.size());
  }
  for (auto& [name, tensor] : found.tensors) {
    std::string own;
    if (name.starts_with(prefix)) {
      own = own_prefix + name.substr(prefix.size());
    } else if (others && name.starts_with(*others)) {
      own = name.substr(others->size());
    } else {
      continue;
    }
    tensors_[own] = tensor.info;
    windows_[own] = std::move(tensor);
  }
  output_activation_ = last_activation(found.classes, missing.empty() ? prefix + "model." : prefix);
  if (tensors_.empty()) throw Error(without_tensors(pickle));
}

std::vector<float> TorchFile::load(const std::string& name) const {
  const DType dtype = windows_.at(name).info.dtype;
  const std::vector<std::uint8_t> bytes = read_bytes(name);
  std::vector<float> values(bytes.size() / bytes_per_element(dtype));
  to_float(dtype, bytes.data(), values.size(), values.data());
  return values;
}

std::vector<std::uint8_t> TorchFile::read_bytes(const std::string& name) const {
  const Tensor& tensor = windows_.at(name);
  const Shape& shape = tensor.info.shape;
  const std::size_t element = bytes_per_element(tensor.info.dtype);
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}: damaged checkpoint: tensor {}: {}", name_, name, what));
  };
  const auto count = element_count(shape);
  if (!count) fail(fmt::format("impossible shape {}", to_string(shape)));
  if (*count == 0) return {};

  // The last element the window touches must lie inside the storage.
  __extension__ using Wide = unsigned __int128;
  Wide last = tensor.offset;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (tensor.strides[i] < 0) fail("a negative stride");
    last += Wide(shape[i] - 1) * Wide(tensor.strides[i]);
  }
  if (last >= tensor.storage.elements) fail("it reaches beyond its storage");
  if (tensor.storage.elements > (std::size_t{1} << 48)) fail("an impossible storage size");
  const std::lock_guard lock(reading_);
  const std::span<const std::uint8_t> bytes = bytes_of(tensor.storage);
  if (bytes.size() < tensor.storage.elements * element) fail("its storage is cut short");
  if (*count > tensor.storage.elements && *count > kMaxRepeated) {
    fail(fmt::format("its shape {} repeats a storage of {} elements too often", to_string(shape),
                     tensor.storage.elements));
  }

  // Walks the window row by row; most tensors are contiguous, so that one step takes all of it.
  std::vector<std::uint8_t> values(*count * element);
  const std::uint8_t* storage = bytes.data() + tensor.offset * element;
  std::size_t contiguous = 1, dimensions = shape.size();
  while (dimensions > 0 &&
         (shape[dimensions - 1] == 1 ||
          tensor.strides[dimensions - 1] == static_cast<std::int64_t>(contiguous))) {
    contiguous *= static_cast<std::size_t>(shape[--dimensions]);
  }
  std::vector<std::int64_t> index(dimensions, 0);
  for (std::size_t done = 0; done < *count; done += contiguous) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      at += static_cast<std::size_t>(index[i] * tensor.strides[i]);
    }
    std::memcpy(values.data() + done * element, storage + at * element, contiguous * element);
    for (std::size_t i = dimensions; i-- > 0 && ++index[i] == shape[i];) index[i] = 0;
  }
  return values;
}

namespace {

/// Enough to know either kind by.
constexpr std::size_t kBeginning = 64;

}  // namespace

bool is_torch_file(const std::filesystem::path& path) {
  const auto begin = FileReader(path).begin(kBeginning);
  return is_torch_archive(begin) || is_torch_legacy(begin);
}

std::shared_ptr<const TorchFile> open_torch_file(const std::filesystem::path& path,
                                                 Listing listing) {
  if (is_torch_archive(FileReader(path).begin(kBeginning))) {
    return std::make_shared<TorchArchive>(path, listing);
  }
  return std::make_shared<TorchLegacy>(path, listing);
}

}  // namespace lama::internal::weights
