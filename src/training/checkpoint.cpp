#include "training/checkpoint.h"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/file.h"
#include "base/first_few.h"
#include "weights/pickle_writer.h"
#include "weights/torch_archive.h"
#include "weights/torch_file.h"

namespace lama::internal::training {
namespace {

namespace fs = std::filesystem;

/// The version of the key `lama`. A different meaning gets a different number.
constexpr std::int64_t kFormat = 1;
/// The version of Lightning that the published code uses, which Lightning's loaders expect.
constexpr const char* kLightningVersion = "1.2.9";

constexpr std::array<std::pair<weights::DType, at::ScalarType>, 4> kTypes = {{
    {weights::DType::f32, at::kFloat},
    {weights::DType::f16, at::kHalf},
    {weights::DType::bf16, at::kBFloat16},
    {weights::DType::i64, at::kLong},
}};

weights::DType dtype_of(const at::Tensor& tensor) {
  for (const auto& [dtype, type] : kTypes) {
    if (tensor.scalar_type() == type) return dtype;
  }
  throw std::logic_error("a tensor of a type that no checkpoint holds");
}

/// Calls `use` with the optimizer's options and the type of its state of a parameter.
template <typename Use>
void with_adam(torch::optim::Optimizer& optimizer, const Use& use) {
  auto& options = optimizer.param_groups().at(0).options();
  if (auto* adam = dynamic_cast<torch::optim::AdamOptions*>(&options)) {
    use(*adam, std::type_identity<torch::optim::AdamParamState>());
  } else if (auto* adamw = dynamic_cast<torch::optim::AdamWOptions*>(&options)) {
    use(*adamw, std::type_identity<torch::optim::AdamWParamState>());
  } else {
    throw std::logic_error("an optimizer that checkpoints do not know");
  }
}

/// The key of a parameter's state in an optimizer: a text until LibTorch 2, a pointer since.
template <typename States>
typename States::key_type key_in(const States& /*states*/, const at::Tensor& parameter) {
  if constexpr (std::is_same_v<typename States::key_type, std::string>) {
    return c10::str(parameter.unsafeGetTensorImpl());
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

std::vector<at::Tensor> parameters_of(torch::optim::Optimizer& optimizer) {
  if (optimizer.param_groups().size() != 1) {
    throw std::logic_error("checkpoints know optimizers of one group of parameters");
  }
  return optimizer.param_groups()[0].params();
}

// --- writing ---

/// The pickle, and the tensors it speaks of by the places they have in it.
class Contents {
 public:
  explicit Contents(const TrainingState& state) {
    pickle_.begin_dictionary();
    number("epoch", state.epoch);
    number("global_step", state.global_step);
    pickle_.text("pytorch-lightning_version");
    pickle_.text(kLightningVersion);
    tensors("state_dict", state.state_dict, "");
    pickle_.text("callbacks");
    pickle_.begin_dictionary();
    pickle_.end_dictionary();
    pickle_.text("optimizer_states");
    pickle_.begin_list();
    for (std::size_t i = 0; i < state.optimizers.size(); ++i) {
      optimizer(*state.optimizers[i], fmt::format("optimizer_states/{}/", i));
    }
    pickle_.end_list();
    pickle_.text("lr_schedulers");
    pickle_.begin_list();
    pickle_.end_list();
    pickle_.text("lama");
    own(state);
    pickle_.end_dictionary();
  }

  const std::vector<std::pair<std::string, at::Tensor>>& placed() const { return placed_; }

  void write(AtomicFile& file) {
    // An exception must not cross the C code inside the writer, and the writer's destructor ends
    // the program after a failure. So this function reports success to the writer and keeps the
    // error.
    std::exception_ptr failure;
    caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, std::size_t size) {
      try {
        if (!failure) file.write({static_cast<const std::uint8_t*>(data), size});
      } catch (...) {
        failure = std::current_exception();
      }
      return size;
    });
    const std::vector<std::uint8_t> pickle = pickle_.finish();
    writer.writeRecord("data.pkl", pickle.data(), pickle.size());
    for (std::size_t key = 0; key < storages_.size() && !failure; ++key) {
      writer.writeRecord(fmt::format("data/{}", key), storages_[key].data_ptr(),
                         storages_[key].nbytes());
    }
    writer.writeEndOfFile();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  void number(std::string_view key, std::int64_t value) {
    pickle_.text(key);
    pickle_.integer(value);
  }
  void number(std::string_view key, double value) {
    pickle_.text(key);
    pickle_.real(value);
  }

  void tensor(const std::string& place, const at::Tensor& tensor) {
    const auto [known, is_new] = keys_.emplace(tensor.unsafeGetTensorImpl(), storages_.size());
    if (is_new) storages_.push_back(tensor.detach().cpu().contiguous());
    const at::Tensor& stored = storages_[known->second];
    pickle_.tensor(dtype_of(stored), stored.sizes().vec(), std::to_string(known->second));
    placed_.emplace_back(place, stored);
  }

  void tensors(const std::string& key, const networks::NamedTensors& named,
               const std::string& above) {
    pickle_.text(key);
    pickle_.begin_ordered_dictionary();
    for (const auto& [name, value] : named) {
      pickle_.text(name);
      tensor(fmt::format("{}{}/{}", above, key, name), value);
    }
    pickle_.end_dictionary();
  }

  /// As torch.optim's state_dict().
  void optimizer(torch::optim::Optimizer& optimizer, const std::string& place) {
    const std::vector<at::Tensor> parameters = parameters_of(optimizer);
    with_adam(optimizer, [&]<typename State>(const auto& options, std::type_identity<State>) {
      const auto& states = optimizer.state();
      pickle_.begin_dictionary();
      pickle_.text("state");
      pickle_.begin_dictionary();
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto found = states.find(key_in(states, parameters[i]));
        if (found == states.end()) continue;  // it never had a gradient
        const auto& state = static_cast<const State&>(*found->second);
        pickle_.integer(static_cast<std::int64_t>(i));
        pickle_.begin_dictionary();
        // A plain number: PyTorch 1.8 wants one, and later versions make a tensor of it.
        number("step", state.step());
        pickle_.text("exp_avg");
        tensor(fmt::format("{}state/{}/exp_avg", place, i), state.exp_avg());
        pickle_.text("exp_avg_sq");
        tensor(fmt::format("{}state/{}/exp_avg_sq", place, i), state.exp_avg_sq());
        if (options.amsgrad()) {
          pickle_.text("max_exp_avg_sq");
          tensor(fmt::format("{}state/{}/max_exp_avg_sq", place, i), state.max_exp_avg_sq());
        }
        pickle_.end_dictionary();
      }
      pickle_.end_dictionary();
      pickle_.text("param_groups");
      pickle_.begin_list();
      pickle_.begin_dictionary();
      number("lr", options.lr());
      pickle_.text("betas");
      pickle_.begin_tuple();
      pickle_.real(std::get<0>(options.betas()));
      pickle_.real(std::get<1>(options.betas()));
      pickle_.end_tuple();
      number("eps", options.eps());
      number("weight_decay", options.weight_decay());
      pickle_.text("amsgrad");
      pickle_.boolean(options.amsgrad());
      pickle_.text("params");
      pickle_.begin_list();
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        pickle_.integer(static_cast<std::int64_t>(i));
      }
      pickle_.end_list();
      pickle_.end_dictionary();
      pickle_.end_list();
      pickle_.end_dictionary();
    });
  }

  void own(const TrainingState& state) {
    pickle_.begin_dictionary();
    number("format", kFormat);
    number("samples", state.samples);
    if (state.average) tensors("average", *state.average, "lama/");
    pickle_.text("metrics");
    pickle_.begin_dictionary();
    for (const auto& [name, value] : state.metrics) number(name, value);
    pickle_.end_dictionary();
    pickle_.end_dictionary();
  }

  weights::PickleWriter pickle_;
  std::vector<at::Tensor> storages_;
  std::unordered_map<const void*, std::size_t> keys_;
  std::vector<std::pair<std::string, at::Tensor>> placed_;
};

/// Whether `written` reads back as `contents`.
bool reads_back(const fs::path& written, const Contents& contents) {
  try {
    const weights::TorchArchive archive(written, weights::Listing::tree);
    return std::all_of(contents.placed().begin(), contents.placed().end(), [&](const auto& placed) {
      const auto& [place, tensor] = placed;
      const auto found = archive.tensors().find(place);
      if (found == archive.tensors().end() || found->second.dtype != dtype_of(tensor) ||
          found->second.shape != tensor.sizes().vec()) {
        return false;
      }
      const std::vector<std::uint8_t> bytes = archive.read_bytes(place);
      return bytes.size() == tensor.nbytes() &&
             std::memcmp(bytes.data(), tensor.data_ptr(), bytes.size()) == 0;
    });
  } catch (const Error&) {
    return false;
  }
}

// --- reading ---

/// Gathers the values of a checkpoint, and sets them when all have been found.
class Restoring {
 public:
  explicit Restoring(const fs::path& path)
      : file_(weights::open_torch_file(path, weights::Listing::tree)) {
    const auto epoch = integer("epoch"), global_step = integer("global_step");
    if (!epoch || !global_step || !has_below("state_dict/")) {
      throw Error(
          fmt::format("{}: not a checkpoint of a training run (state_dict, epoch and global_step "
                      "are not all in it): --init-from takes weights alone",
                      file_->name()));
    }
    if (integer("lama/format").value_or(kFormat) != kFormat) {
      throw Error(fmt::format("{}: written by a newer version of lama", file_->name()));
    }
    epoch_ = *epoch;
    global_step_ = *global_step;
  }

  std::int64_t epoch() const { return epoch_; }
  std::int64_t global_step() const { return global_step_; }

  std::optional<std::int64_t> integer(const std::string& place) const {
    const auto found = file_->scalars().find(place);
    if (found == file_->scalars().end()) return std::nullopt;
    const auto* value = std::get_if<std::int64_t>(&found->second);
    return value != nullptr ? std::optional(*value) : std::nullopt;
  }

  std::map<std::string, double> metrics() const {
    constexpr std::string_view kAbove = "lama/metrics/";
    std::map<std::string, double> metrics;
    for (const auto& [place, value] : file_->scalars()) {
      const double* number = std::get_if<double>(&value);
      if (place.starts_with(kAbove) && number != nullptr) {
        metrics[place.substr(kAbove.size())] = *number;
      }
    }
    return metrics;
  }

  void networks(const networks::NamedTensors& state_dict) {
    std::set<std::string> names, networks;
    for (const auto& [name, target] : state_dict) {
      names.insert(name);
      networks.insert(name.substr(0, name.find('.') + 1));
      tensor("state_dict/" + name, target);
    }
    constexpr std::string_view kAbove = "state_dict/";
    for (const auto& [place, info] : file_->tensors()) {
      if (!place.starts_with(kAbove)) continue;
      const std::string name = place.substr(kAbove.size());
      if (!names.contains(name) && networks.contains(name.substr(0, name.find('.') + 1))) {
        problems_.push_back(name + " is not part of the network");
      }
    }
  }

  /// Where the file has no average, it begins as the weights.
  void average(const networks::NamedTensors& average) {
    const std::string above = has_below("lama/average/") ? "lama/average/" : "state_dict/";
    for (const auto& [name, target] : average) tensor(above + name, target);
  }

  void optimizer(torch::optim::Optimizer& optimizer, std::size_t number) {
    const std::string place = fmt::format("optimizer_states/{}/", number);
    if (!has_below(place)) {
      throw Error(
          fmt::format("{}: it has no states of optimizers, so training cannot go on from it; "
                      "--init-from takes its weights",
                      file_->name()));
    }
    const std::vector<at::Tensor> parameters = parameters_of(optimizer);
    const auto has_parameter = [&](std::size_t i) {
      return file_->scalars().contains(fmt::format("{}param_groups/0/params/{}", place, i));
    };
    if (!has_parameter(parameters.size() - 1) || has_parameter(parameters.size())) {
      problems_.push_back(fmt::format("{} is not of {} parameters", place, parameters.size()));
    }
    with_adam(optimizer, [&]<typename State>(const auto& options, std::type_identity<State>) {
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const at::Tensor& parameter = parameters[i];
        const std::string own = fmt::format("{}state/{}/", place, i);
        if (!has_below(own)) {
          later_.push_back([&optimizer, parameter] {
            optimizer.state().erase(key_in(optimizer.state(), parameter));
          });
          continue;
        }
        auto state = std::make_unique<State>();
        state->step(steps(own + "step"));
        state->exp_avg(torch::empty_like(parameter, parameter.options().requires_grad(false)));
        state->exp_avg_sq(torch::empty_like(state->exp_avg()));
        tensor(own + "exp_avg", state->exp_avg());
        tensor(own + "exp_avg_sq", state->exp_avg_sq());
        if (options.amsgrad()) {
          state->max_exp_avg_sq(torch::empty_like(state->exp_avg()));
          tensor(own + "max_exp_avg_sq", state->max_exp_avg_sq());
        }
        // std::function copies, so it cannot hold the state alone.
        later_.push_back([&optimizer, parameter, state = std::make_shared<State>(*state)] {
          optimizer.state()[key_in(optimizer.state(), parameter)] = std::make_unique<State>(*state);
        });
      }
    });
  }

  /// Sets everything; or throws and has changed nothing.
  void apply() {
    if (!problems_.empty()) {
      throw Error(
          fmt::format("{}: not a checkpoint of this run: {}", file_->name(), first_few(problems_)));
    }
    const torch::NoGradGuard no_gradients;
    for (auto& [target, restored] : tensors_) target.copy_(restored);
    for (const auto& set : later_) set();
  }

 private:
  bool has_below(const std::string& place) const {
    const auto tensor = file_->tensors().lower_bound(place);
    if (tensor != file_->tensors().end() && tensor->first.starts_with(place)) return true;
    const auto scalar = file_->scalars().lower_bound(place);
    return scalar != file_->scalars().end() && scalar->first.starts_with(place);
  }

  at::Tensor value(const std::string& place, const weights::TensorInfo& info) const {
    for (const auto& [dtype, type] : kTypes) {
      if (dtype != info.dtype) continue;
      std::vector<std::uint8_t> bytes = file_->read_bytes(place);
      return torch::from_blob(bytes.data(), info.shape, type).clone();
    }
    throw Error(fmt::format("{}: {} has type {}, which no checkpoint needs", file_->name(), place,
                            weights::name(info.dtype)));
  }

  /// Remembers to set `target`.
  void tensor(const std::string& place, const at::Tensor& target) {
    const auto found = file_->tensors().find(place);
    if (found == file_->tensors().end()) {
      problems_.push_back(fmt::format("{} is missing", place));
    } else if (found->second.shape != target.sizes().vec()) {
      problems_.push_back(fmt::format("{} is {} instead of {}", place,
                                      weights::to_string(found->second.shape),
                                      weights::to_string(target.sizes().vec())));
    } else {
      tensors_.emplace_back(target, value(place, found->second));
    }
  }

  /// Adam's count: a number, or since PyTorch 1.12 a tensor of float32.
  std::int64_t steps(const std::string& place) {
    if (const auto count = integer(place)) return *count;
    if (const auto found = file_->tensors().find(place); found != file_->tensors().end()) {
      const at::Tensor count = value(place, found->second);
      if (count.numel() == 1) return count.item().toLong();
    }
    problems_.push_back(fmt::format("{} is missing", place));
    return 0;
  }

  std::shared_ptr<const weights::TorchFile> file_;
  std::int64_t epoch_ = 0, global_step_ = 0;
  std::vector<std::string> problems_;
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;  ///< with their new values
  std::vector<std::function<void()>> later_;
};

}  // namespace

void write_checkpoint(const fs::path& path, const TrainingState& state) {
  Contents contents(state);
  AtomicFile file(path);
  contents.write(file);
  if (!reads_back(file.sync(), contents)) {
    throw Error(fmt::format("{}: cannot write: the disk gives back something else than was written",
                            path.string()));
  }
  file.commit();
}

void read_checkpoint(const fs::path& path, TrainingState& state, std::int64_t samples_per_step) {
  require_file(path, "checkpoint");
  Restoring restoring(path);
  restoring.networks(state.state_dict);
  if (state.average) restoring.average(*state.average);
  for (std::size_t i = 0; i < state.optimizers.size(); ++i) {
    restoring.optimizer(*state.optimizers[i], i);
  }
  restoring.apply();

  state.epoch = restoring.epoch();
  state.global_step = restoring.global_step();
  state.samples = restoring.integer("lama/samples").value_or(state.global_step * samples_per_step);
  state.metrics = restoring.metrics();
}

std::optional<CheckpointFacts> checkpoint_facts(const fs::path& path) {
  try {
    const Restoring checkpoint(path);
    if (!checkpoint.integer("lama/format")) return std::nullopt;
    return CheckpointFacts{checkpoint.global_step(), checkpoint.metrics()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace lama::internal::training
