#include "weights/generator_names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <map>
#include <utility>

#include "tests/weights/fixtures.h"
#include "weights/safetensors.h"
#include "weights/torch_archive.h"
#include "weights/torch_legacy.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;           // NOLINT(google-build-using-namespace)
using namespace lama::internal::testing::pickled;  // NOLINT(google-build-using-namespace)

using Names = std::vector<std::string>;

Names names_of(const TensorFile& file) {
  Names names;
  for (const auto& [name, info] : file.tensors()) names.push_back(name);
  return names;
}

/// Key value key value …, of tensors.
std::string items(const Names& names) {
  std::string items;
  for (const std::string& name : names) items += text(name) + tensor({});
  return items;
}

Names in_archive(const std::string& value) {
  const TemporaryFolder folder;
  write_zip(folder / "file.pt", {{.name = "a/data.pkl", .data = pickle(value)},
                                 {.name = "a/data/0", .data = std::string(24, '\0')}});
  return names_of(TorchArchive(folder / "file.pt"));
}

/// Objects of `code` in each other, as deep as the names have components.
std::string modules(const Names& names, const std::string& code) {
  std::map<std::string, Names> below;
  std::string own;
  for (const std::string& name : names) {
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) {
      own += text(name) + tensor({});
    } else {
      below[name.substr(0, dot)].push_back(name.substr(dot + 1));
    }
  }
  for (const auto& [child, rest] : below) own += text(child) + modules(rest, code);
  return global(code, "Module") + ")" + op(0x81) + dictionary(own) + "b";
}

/// What each kind of file shows of these tensors.
const std::map<std::string, std::function<Names(const Names&)>> kKindsOfFiles = {
    {"state dict", [](const Names& names) { return in_archive(dictionary(items(names))); }},
    {"Lightning checkpoint",
     [](const Names& names) {
       return in_archive(dictionary(text("global_step") + integer(3) + text("state_dict") +
                                    dictionary(items(names))));
     }},
    {"dictionary of networks",
     [](const Names& names) {
       // "a.b" is "b" in the dictionary "a".
       const std::size_t dot = names[0].find('.') + 1;
       Names inner;
       for (const std::string& name : names) inner.push_back(name.substr(dot));
       return in_archive(dictionary(text(names[0].substr(0, dot - 1)) + dictionary(items(inner)) +
                                    text("dis") + dictionary(items({"w"}))));
     }},
    {"state dict from before PyTorch 1.6",
     [](const Names& names) {
       const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
       return names_of(
           TorchLegacy(bytes_of(magic + pickle(integer(1001)) +
                                pickle(dictionary(text("little_endian") + op(0x88))) +
                                pickle(dictionary(items(names))) + pickle("](" + text("0") + "e") +
                                little_endian(std::uint64_t{6}) + std::string(24, '\0')),
                       "old.pth"));
     }},
    {"TorchScript",
     [](const Names& names) { return in_archive(modules(names, "__torch__.network")); }},
    {"saved module", [](const Names& names) { return in_archive(modules(names, "network")); }},
    {"safetensors",
     [](const Names& names) {
       std::string header;
       for (const std::string& name : names) {
         header += (header.empty() ? "{\"" : ",\"") + name +
                   R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" +
                   (header.empty() ? "0,4]}" : "4,8]}");
       }
       const TemporaryFolder folder;
       put(folder / "file.safetensors", safetensors_bytes(header + "}", 8));
       return names_of(
           *with_own_names(std::make_shared<SafetensorsFile>(folder / "file.safetensors")));
     }},
};

TEST(GeneratorPrefix, IsFoundInEveryKindOfFile) {
  const Names generator = {"model.1.weight", "model.4.weight"};
  for (const std::string prefix :
       {"generator.", "model.", "module.", "_orig_mod.", "gen_state_dict.", "model.generator.",
        "generator._orig_mod.", "_orig_mod.generator.", "gen_state_dict._orig_mod.",
        "gen_state_dict.module.", "model._orig_mod."}) {
    for (const auto& [kind, shown] : kKindsOfFiles) {
      EXPECT_EQ(shown({prefix + generator[0], prefix + generator[1]}), generator)
          << prefix << " in a " << kind;
    }
  }
}

// generator.model.state_dict() begins with the layers' numbers.
TEST(GeneratorPrefix, WhatAFileLeavesOutIsAdded) {
  const Names generator = {"model.1.weight", "model.4.weight"};
  for (const auto& [kind, shown] : kKindsOfFiles) {
    EXPECT_EQ(shown({"generator.1.weight", "generator.4.weight"}), generator) << kind;
    if (kind == "dictionary of networks") continue;  // its "1" is a dictionary's name
    for (const std::string prefix : {"", "module.", "_orig_mod."}) {
      EXPECT_EQ(shown({prefix + "1.weight", prefix + "4.weight"}), generator)
          << prefix << " in a " << kind;
    }
  }
  EXPECT_EQ(left_out({"1.weight", "14.bias"}, ""), "model.");
  EXPECT_EQ(left_out({"1.weight", "14.bias", "bias"}, ""), "");
  EXPECT_EQ(left_out({"1weight", "1"}, ""), "");
  EXPECT_EQ(left_out({"generator.1.weight", "discriminator.model0.0.weight"}, "generator."),
            "model.");
  EXPECT_EQ(left_out({"generator.model.1.weight", "1.weight"}, "generator."), "");
}

TEST(GeneratorPrefix, OfTheWaysInWhichFilesNameIt) {
  EXPECT_EQ(generator_prefix({"model.1.weight"}), "");
  EXPECT_EQ(generator_prefix({"generator.model.1.weight", "discriminator.model0.0.weight"}),
            "generator.");
  EXPECT_EQ(generator_prefix({"model.model.1.weight"}), "model.");
  EXPECT_EQ(generator_prefix({"module.model.1.weight"}), "module.");
  EXPECT_EQ(generator_prefix({"_orig_mod.model.1.weight"}), "_orig_mod.");
  EXPECT_EQ(generator_prefix({"generator._orig_mod.model.1.weight"}), "generator._orig_mod.");
  EXPECT_EQ(generator_prefix({"_orig_mod.generator.model.1.weight"}), "_orig_mod.generator.");
  EXPECT_EQ(generator_prefix({"dis_state_dict.model.1.weight", "gen_state_dict.model.1.weight"}),
            "gen_state_dict.");
}

// A discriminator may have the generator's kind of names, and the name that is first or shorter.
TEST(GeneratorPrefix, IsThatOfTheNetworkWhichLooksLikeAGenerator) {
  using Networks = std::pair<std::string, std::string>;  // the generator's, the discriminator's
  for (const auto& [generator, discriminator] :
       {Networks{"netG.", "netD."}, Networks{"G.", "D."}, Networks{"gen.", "d."},
        Networks{"state_dict_G.", "state_dict_D."}, Networks{"inpainter.", "critic."},
        Networks{"checkpoint.gen_state_dict.", "checkpoint.dis."}, Networks{"1.", "0."}}) {
    // By the layer that pads.
    EXPECT_EQ(generator_prefix({generator + "model.1.weight", discriminator + "model.0.weight",
                                discriminator + "model.0.bias", discriminator + "model.2.weight"}),
              generator);
    // By the number of tensors.
    EXPECT_EQ(generator_prefix({generator + "model.1.weight", generator + "model.2.weight",
                                discriminator + "model.1.weight"}),
              generator);
  }
  EXPECT_EQ(generator_prefix({"params.model.1.weight", "params_ema.model.1.weight"}), "params.");
}

TEST(GeneratorPrefix, ComponentsAreWhole) {
  // "supermodel", "model.x" and a regenerator are not generators.
  EXPECT_EQ(generator_prefix({"supermodel.1.weight"}), "");
  EXPECT_EQ(generator_prefix({"model.x.weight"}), "");
  EXPECT_EQ(generator_prefix({"regenerator.w"}), "");
}

TEST(GeneratorPrefix, OfAnotherArchitectureInDataParallel) {
  EXPECT_EQ(generator_prefix({"module.a", "module.b"}), "module.");
  EXPECT_EQ(generator_prefix({"_orig_mod.a", "_orig_mod.b"}), "_orig_mod.");
  EXPECT_EQ(generator_prefix({"module.a", "b"}), "");
}

// A square of their number would take minutes.
TEST(GeneratorPrefix, OfVeryManyPrefixes) {
  Names names;
  for (int i = 0; i < 200'000; ++i) names.push_back(fmt::format("{:06}.model.1.weight", i));
  const std::clock_t start = std::clock();
  EXPECT_EQ(generator_prefix(names), "000000.");
  EXPECT_LT(std::clock() - start, 10 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace lama::internal::weights
