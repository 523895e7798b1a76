#include "export/torch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "export/computation.h"
#include "export/zip_writer.h"
#include "weights/pickle_writer.h"

namespace lama::internal::exporting {
namespace {

/// A module: a class in the code, an object in the pickle.
struct Module {
  std::map<std::string, Module> children;
  std::map<std::string, std::size_t> tensors;  ///< their places in the archive
  std::string class_name = "Container";
};

constexpr std::string_view kPrefix = "model.generator.";

Module& at(Module& root, std::string_view name) {
  const std::size_t dot = name.find('.');
  Module& child = root.children[std::string(name.substr(0, dot))];
  return dot == std::string_view::npos ? child : at(child, name.substr(dot + 1));
}

/// The code of one class. Attributes whose names are numbers are declared as annotations.
void declare(Module& module, std::size_t& count, std::string& code, const std::string& forward) {
  std::string children;
  for (auto& [name, child] : module.children) {
    declare(child, count, code, "");
    const bool is_number = name.find_first_not_of("0123456789") == std::string::npos;
    children += "  " + (is_number ? "__annotations__[\"" + name + "\"] =" : name + " :") +
                " __torch__." + child.class_name + "\n";
  }
  // The class names Sigmoid and Tanh are unique; Container needs a number.
  if (module.class_name == "Container") module.class_name += std::to_string(++count);
  std::string parameters, buffers, tensors;
  for (const auto& [name, place] : module.tensors) {
    (name.starts_with("running") ? buffers : parameters) += fmt::format("\"{}\", ", name);
    tensors += fmt::format("  {} : Tensor\n", name);
  }
  code += fmt::format(
      "class {}(Module):\n  __parameters__ = [{}]\n  __buffers__ = [{}]\n{}"
      "  training : bool\n  _is_full_backward_hook : Optional[bool]\n{}{}",
      module.class_name, parameters, buffers, tensors, children, forward);
}

void put(weights::PickleWriter& pickle, const Module& module,
         const std::vector<model::Parameter>& parameters) {
  pickle.begin_object("__torch__", module.class_name);
  for (const auto& [name, place] : module.tensors) {
    pickle.text(name);
    pickle.tensor(weights::DType::f32, parameters[place].shape, std::to_string(place));
  }
  pickle.text("training");
  pickle.boolean(false);
  pickle.text("_is_full_backward_hook");
  pickle.none();
  for (const auto& [name, child] : module.children) {
    pickle.text(name);
    put(pickle, child, parameters);
  }
  pickle.end_object();
}

/// `self.model.generator.getattr…`, a tensor's name in the code.
std::string attribute_of(std::string_view name) {
  std::string result = "self";
  const std::string whole = std::string(kPrefix) + std::string(name);
  for (std::size_t begin = 0; begin < whole.size();) {
    const std::size_t end = std::min(whole.find('.', begin), whole.size());
    result = fmt::format("getattr({}, \"{}\")", result, whole.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

std::string convolution(const Operation& operation, std::string x, int number) {
  const int around = operation.around();
  const bool extends = operation.extends();
  std::string code;
  if (extends) {
    const bool reflects = operation.padding == model::Padding::reflect;
    code = fmt::format("    p{0} = torch.{1}_pad2d({2}, [{3}, {3}, {3}, {3}])\n", number,
                       reflects ? "reflection" : "replication", x, around);
    x = fmt::format("p{}", number);
  }
  return code +
         fmt::format("    x{} = torch.conv2d({}, {}, {}, [{}, {}], [{}, {}], [{}, {}], {})\n",
                     number, x, attribute_of(operation.name + ".weight"),
                     operation.bias ? attribute_of(operation.name + ".bias") : "None",
                     operation.stride, operation.stride, extends ? 0 : around, extends ? 0 : around,
                     operation.dilation, operation.dilation, operation.groups);
}

std::string batch_norm(const std::string& name, const std::string& x) {
  return fmt::format("torch.batch_norm({}, {}, {}, {}, {}, False, 0.1, 1e-05, True)", x,
                     attribute_of(name + ".weight"), attribute_of(name + ".bias"),
                     attribute_of(name + ".running_mean"), attribute_of(name + ".running_var"));
}

/// docs/architecture.md, "The Fourier unit, exactly".
std::string fourier_unit(const Operation& operation, const std::string& x, int number) {
  const std::string convolved = fmt::format("torch.conv2d(i{}, {})", number,
                                            attribute_of(operation.name + ".conv_layer.weight"));
  return fmt::format(
      "    s{0} = torch.view_as_real(torch.fft_rfftn({1}, None, [-2, -1], \"ortho\"))\n"
      "    n{0} = torch.size({1}, 0)\n"
      "    h{0} = torch.size(s{0}, 2)\n"
      "    w{0} = torch.size(s{0}, 3)\n"
      "    i{0} = torch.reshape(torch.permute(s{0}, [0, 1, 4, 2, 3]), [n{0}, {2}, h{0}, w{0}])\n"
      "    r{0} = torch.relu({3})\n"
      "    t{0} = torch.reshape(r{0}, [n{0}, {4}, 2, h{0}, w{0}])\n"
      "    c{0} = torch.complex(torch.select(t{0}, 2, 0), torch.select(t{0}, 2, 1))\n"
      "    d{0} = torch.fft_ifft(c{0}, None, -2, \"ortho\")\n"
      "    x{0} = torch.fft_irfft(d{0}, torch.size({1}, 3), -1, \"ortho\")\n",
      number, x, 2 * operation.channels, batch_norm(operation.name + ".bn", convolved),
      operation.channels);
}

std::string line(const Operation& operation, int number) {
  using Kind = Operation::Kind;
  std::vector<std::string> inputs;
  inputs.reserve(operation.inputs.size());
  for (const std::size_t input : operation.inputs) inputs.push_back(fmt::format("x{}", input));
  const auto result = [number](const std::string& value) {
    return fmt::format("    x{} = {}\n", number, value);
  };
  switch (operation.kind) {
    case Kind::input:
      return "    masked = torch.mul(image, torch.sub(torch.ones_like(mask), mask))\n" +
             result("torch.cat([masked, mask], 1)");
    case Kind::convolution:
      return convolution(operation, inputs[0], number);
    case Kind::transposed_convolution:
      return result(fmt::format("torch.conv_transpose2d({}, {}, {}, [2, 2], [1, 1], [1, 1])",
                                inputs[0], attribute_of(operation.name + ".weight"),
                                attribute_of(operation.name + ".bias")));
    case Kind::batch_norm:
      return result(batch_norm(operation.name, inputs[0]));
    case Kind::relu:
      return result(fmt::format("torch.relu({})", inputs[0]));
    case Kind::add:
      return result(fmt::format("torch.add({}, {})", inputs[0], inputs[1]));
    case Kind::concatenate:
      return result(fmt::format("torch.cat([{}, {}], 1)", inputs[0], inputs[1]));
    case Kind::channels:
      return result(fmt::format("torch.narrow({}, 1, {}, {})", inputs[0], operation.first,
                                operation.channels));
    case Kind::mean_pool:
      return result(fmt::format("torch.avg_pool2d({}, [2, 2])", inputs[0]));
    case Kind::enlarge:
      return result(fmt::format("torch.upsample_bilinear2d({}, None, False, [2., 2.])", inputs[0]));
    case Kind::fourier_unit:
      return fourier_unit(operation, inputs[0], number);
  }
  return {};
}

std::string forward(const std::vector<Operation>& operations, model::OutputActivation activation) {
  std::string code =
      "  def forward(self: __torch__.Lama,\n    image: Tensor,\n    mask: Tensor) -> Tensor:\n";
  for (std::size_t i = 0; i < operations.size(); ++i) {
    code += line(operations[i], static_cast<int>(i));
  }
  std::string picture = fmt::format("x{}", operations.size() - 1);
  if (activation == model::OutputActivation::sigmoid) picture = "torch.sigmoid(" + picture + ")";
  if (activation == model::OutputActivation::tanh) picture = "torch.tanh(" + picture + ")";
  return code + fmt::format("    return torch.add(torch.mul(mask, {}), masked)\n", picture);
}

std::string_view as_text(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), size};
}

/// The number after the last layer's: "8" after "model.7.weight".
std::string after_last(const std::vector<model::Parameter>& parameters) {
  int last = 0;
  for (const model::Parameter& parameter : parameters) {
    last = std::max(last, std::stoi(parameter.name.substr(std::strlen("model."))));
  }
  return std::to_string(last + 1);
}

}  // namespace

void write_torch_script(const weights::ModelFile& model, const std::filesystem::path& path,
                        const std::function<void()>& before_each) {
  const std::vector<Operation> operations = computation(model.network, model.name);
  const std::vector<model::Parameter> parameters = model::parameters(model.network);
  const model::OutputActivation activation = model.network.config.output_activation;
  Module root{.children = {}, .tensors = {}, .class_name = "Lama"};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = std::string(kPrefix) + parameters[i].name;
    const std::size_t dot = name.rfind('.');
    at(root, name.substr(0, dot)).tensors[name.substr(dot + 1)] = i;
  }
  if (activation != model::OutputActivation::none) {
    Module& last = at(root, std::string(kPrefix) + "model." + after_last(parameters));
    last.class_name = activation == model::OutputActivation::sigmoid ? "Sigmoid" : "Tanh";
  }

  std::size_t classes = 0;
  std::string code;
  declare(root, classes, code, forward(operations, activation));
  weights::PickleWriter pickle;
  put(pickle, root, parameters);
  const std::vector<std::uint8_t> described = pickle.finish();
  const std::string_view no_constants("\x80\x02).", 4), version = "3\n";

  ZipWriter zip(path);
  std::vector<std::vector<float>> values;  // the archive writes them at close()
  values.reserve(parameters.size());
  zip.add("archive/data.pkl", as_text(described.data(), described.size()));
  zip.add("archive/code/__torch__.py", code);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (before_each) before_each();
    values.push_back(model.tensors->read(parameters[i].name));
    zip.add(fmt::format("archive/data/{}", i),
            as_text(values.back().data(), values.back().size() * sizeof(float)));
  }
  zip.add("archive/constants.pkl", no_constants);
  zip.add("archive/version", version);
  zip.close();
}

}  // namespace lama::internal::exporting
