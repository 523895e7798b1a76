#include "weights/torch_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "weights/pickle.h"

namespace lama::weights {
namespace {

// The pickle of a full training checkpoint of the largest published network has about 2 MB.
constexpr std::size_t kMaxPickleBytes = 32 << 20;
// What deflate makes of one byte at most: a member that claims more is a lie or a bomb.
constexpr std::uint64_t kMaxExpansion = 1032;
// A tensor may repeat a small storage (stride 0), but not make gigabytes out of it.
constexpr std::size_t kMaxRepeated = 1 << 24;

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

/// A zip archive opened for reading.
class ZipArchive {
 public:
  explicit ZipArchive(const std::filesystem::path& path) : name_(path.string()) {
    int code = 0;
    zip_ = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (zip_ == nullptr) {
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      const std::string text = zip_error_strerror(&error);
      zip_error_fini(&error);
      throw Error(fmt::format("{}: not a whole PyTorch checkpoint: {}", name_, text));
    }
    std::error_code ignored;
    file_size_ = std::filesystem::file_size(path, ignored);
  }
  ~ZipArchive() { zip_discard(zip_); }
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  /// The folder inside the archive that holds data.pkl, with its slash. Its name varies: the
  /// file's stem, or "archive".
  std::string prefix() const {
    const zip_int64_t count = zip_get_num_entries(zip_, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* entry = zip_get_name(zip_, static_cast<zip_uint64_t>(i), 0);
      if (entry == nullptr) continue;
      const std::string_view path = entry;
      if (path == "data.pkl" || path.ends_with("/data.pkl")) {
        return std::string(path.substr(0, path.size() - std::string_view("data.pkl").size()));
      }
    }
    throw Error(
        fmt::format("{}: a zip file, but not a PyTorch checkpoint (no data.pkl in it)", name_));
  }

  bool has(const std::string& member) const {
    return zip_name_locate(zip_, member.c_str(), 0) >= 0;
  }

  /// The whole member, whose checksum has been verified. Throws if it exceeds `max_bytes`.
  std::vector<std::uint8_t> read(const std::string& member, std::uint64_t max_bytes) const {
    zip_stat_t info;
    if (zip_stat(zip_, member.c_str(), 0, &info) != 0 || (info.valid & ZIP_STAT_SIZE) == 0 ||
        (info.valid & ZIP_STAT_COMP_SIZE) == 0) {
      throw Error(fmt::format("{}: damaged checkpoint: its member {} is missing", name_, member));
    }
    if (info.size > max_bytes) {
      throw Error(
          fmt::format("{}: damaged checkpoint: its member {} has {} bytes, expected at most {}",
                      name_, member, info.size, max_bytes));
    }
    if (info.comp_size > file_size_ || info.size > info.comp_size * kMaxExpansion) {
      throw Error(fmt::format("{}: damaged checkpoint: its member {} cannot have {} bytes", name_,
                              member, info.size));
    }
    zip_file_t* file = zip_fopen_index(zip_, info.index, 0);
    std::vector<std::uint8_t> bytes(file == nullptr ? 0 : info.size);
    // The checksum is compared when the read reaches the end of the member: ask for one byte more.
    std::uint8_t beyond = 0;
    const bool whole =
        file != nullptr &&
        zip_fread(file, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()) &&
        zip_fread(file, &beyond, 1) == 0;
    if (file != nullptr) zip_fclose(file);
    if (!whole) {
      throw Error(
          fmt::format("{}: damaged checkpoint: its member {} cannot be read or fails its "
                      "checksum; download or copy the file again",
                      name_, member));
    }
    return bytes;
  }

 private:
  std::string name_;
  zip_t* zip_;
  std::uint64_t file_size_ = 0;
};

}  // namespace

struct TorchArchive::Impl {
  /// A tensor is a strided window on a storage, which several tensors may share.
  struct Tensor {
    std::string storage;
    std::size_t storage_elements;
    std::size_t offset;
    Shape strides;
  };

  explicit Impl(const std::filesystem::path& path) : zip(path) {}

  std::optional<std::pair<TensorInfo, Tensor>> tensor(const Pickle& pickle,
                                                      const Pickle::Value& value) const;

  ZipArchive zip;
  std::string prefix;
  std::map<std::string, Tensor> tensors;
  // The storage read last: tensors that share one are usually asked for one after the other.
  mutable std::string cached_key;
  mutable std::vector<std::uint8_t> cached;
};

/// Interprets torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …); parameters wrap
/// one in torch._utils._rebuild_parameter(tensor, …). Anything else is not a tensor.
std::optional<std::pair<TensorInfo, TorchArchive::Impl::Tensor>> TorchArchive::Impl::tensor(
    const Pickle& pickle, const Pickle::Value& value) const {
  using Kind = Pickle::Kind;
  if (value.kind != Kind::object) return std::nullopt;
  const std::vector<Pickle::Id>& arguments = pickle[value.arguments].items;
  if (pickle.is_call(value, "torch._utils", "_rebuild_parameter") && !arguments.empty()) {
    const Pickle::Value& wrapped = pickle[arguments[0]];
    // One level only: a parameter of a parameter is nothing PyTorch writes.
    if (!pickle.is_call(wrapped, "torch._utils", "_rebuild_tensor_v2")) return std::nullopt;
    return tensor(pickle, wrapped);
  }
  if (!pickle.is_call(value, "torch._utils", "_rebuild_tensor_v2")) return std::nullopt;
  if (arguments.size() < 4 || pickle[arguments[0]].kind != Kind::persistent) return std::nullopt;

  // ("storage", torch.FloatStorage, key, location, number of elements)
  const auto& id = pickle[pickle[arguments[0]].items[0]].items;
  if (id.size() < 5) return std::nullopt;
  const auto dtype = storage_dtype(pickle[id[1]].name);
  const std::int64_t elements = pickle[id[4]].integer, offset = pickle[arguments[1]].integer;
  const auto& sizes = pickle[arguments[2]].items;
  const auto& strides = pickle[arguments[3]].items;
  if (!dtype || elements < 0 || offset < 0 || sizes.size() != strides.size()) return std::nullopt;

  TensorInfo info{*dtype, {}};
  Tensor result{std::string(pickle[id[2]].text),
                static_cast<std::size_t>(elements),
                static_cast<std::size_t>(offset),
                {}};
  for (const auto size : sizes) info.shape.push_back(pickle[size].integer);
  for (const auto stride : strides) result.strides.push_back(pickle[stride].integer);
  return std::pair{std::move(info), std::move(result)};
}

TorchArchive::TorchArchive(const std::filesystem::path& path)
    : TensorFile(path.string()), impl_(std::make_unique<Impl>(path)) {
  impl_->prefix = impl_->zip.prefix();
  if (const std::string member = impl_->prefix + "byteorder"; impl_->zip.has(member)) {
    const auto order = impl_->zip.read(member, 16);
    if (std::string(order.begin(), order.end()) != "little") {
      throw Error(
          fmt::format("{}: written on a big-endian machine, which is not supported", name_));
    }
  }
  const auto bytes = impl_->zip.read(impl_->prefix + "data.pkl", kMaxPickleBytes);
  const Pickle pickle(bytes, name_);
  const Pickle::Value* state = pickle.find(pickle.root(), "state_dict");
  if (state == nullptr) state = &pickle.root();

  constexpr std::string_view kGenerator = "generator.";
  std::map<std::string, std::pair<TensorInfo, Impl::Tensor>> all;
  bool lightning = false;
  for (std::size_t i = 0; i + 1 < state->items.size(); i += 2) {
    const std::string_view key = pickle[state->items[i]].text;
    lightning = lightning || key.starts_with(kGenerator);
    if (auto found = impl_->tensor(pickle, pickle[state->items[i + 1]])) {
      all.insert_or_assign(std::string(key), std::move(*found));
    }
  }
  for (auto& [key, found] : all) {
    if (lightning && !key.starts_with(kGenerator)) continue;
    const std::string name = lightning ? key.substr(kGenerator.size()) : key;
    tensors_[name] = std::move(found.first);
    impl_->tensors[name] = std::move(found.second);
  }
  if (tensors_.empty()) {
    throw Error(fmt::format("{}: a PyTorch file without tensors of a generator", name_));
  }
}

TorchArchive::~TorchArchive() = default;

std::vector<float> TorchArchive::load(const std::string& name) const {
  const TensorInfo& info = tensors_.at(name);
  const Impl::Tensor& tensor = impl_->tensors.at(name);
  const std::size_t element = bytes_per_element(info.dtype);
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}: damaged checkpoint: tensor {}: {}", name_, name, what));
  };
  const auto count = element_count(info.shape);
  if (!count) fail(fmt::format("impossible shape {}", to_string(info.shape)));
  if (*count == 0) return {};

  // The last element the window touches must lie inside the storage.
  __extension__ using Wide = unsigned __int128;
  Wide last = tensor.offset;
  for (std::size_t i = 0; i < info.shape.size(); ++i) {
    if (tensor.strides[i] < 0) fail("a negative stride");
    last += Wide(info.shape[i] - 1) * Wide(tensor.strides[i]);
  }
  if (last >= tensor.storage_elements) fail("it reaches beyond its storage");
  if (tensor.storage_elements > (std::size_t{1} << 48)) fail("an impossible storage size");

  if (impl_->cached_key != tensor.storage || impl_->cached.empty()) {
    impl_->cached_key.clear();
    impl_->cached = impl_->zip.read(impl_->prefix + "data/" + tensor.storage,
                                    tensor.storage_elements * element);
    impl_->cached_key = tensor.storage;
  }
  if (impl_->cached.size() < tensor.storage_elements * element) fail("its storage is cut short");

  if (*count > tensor.storage_elements && *count > kMaxRepeated) {
    fail(fmt::format("its shape {} repeats a storage of {} elements too often",
                     to_string(info.shape), tensor.storage_elements));
  }

  // Walks the window row by row; most tensors are contiguous, so that one step takes all of it.
  std::vector<float> values(*count);
  const std::uint8_t* storage = impl_->cached.data() + tensor.offset * element;
  std::size_t contiguous = 1, dimensions = info.shape.size();
  while (dimensions > 0 &&
         (info.shape[dimensions - 1] == 1 ||
          tensor.strides[dimensions - 1] == static_cast<std::int64_t>(contiguous))) {
    contiguous *= static_cast<std::size_t>(info.shape[--dimensions]);
  }
  std::vector<std::int64_t> index(dimensions, 0);
  for (std::size_t done = 0; done < *count; done += contiguous) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < dimensions; ++i) {
      at += static_cast<std::size_t>(index[i] * tensor.strides[i]);
    }
    to_float(info.dtype, storage + at * element, contiguous, values.data() + done);
    for (std::size_t i = dimensions; i-- > 0 && ++index[i] == info.shape[i];) index[i] = 0;
  }
  return values;
}

}  // namespace lama::weights
