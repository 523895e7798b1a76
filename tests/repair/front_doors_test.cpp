// Every front door offers the options of option_table.h, with their ranges and defaults.
#include <fmt/format.h>

#include <lama/lama.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "inpaint/option_table.h"
#include "tests/cli/run_program.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using nlohmann::json;
using testing::run_program;
using testing::RunningServer;

std::string source_file(const std::string& name) {
  return testing::text_of_file(testing::fs::path(LAMA_SOURCE_DIR) / name);
}

/// The JSON schema of an option.
struct Schema {
  json operator()(const Flag& type) const {
    return {{"type", "boolean"}, {"default", FillOptions().*type.field}};
  }
  json operator()(const WholeNumber& type) const {
    json schema = {{"type", "integer"}, {"minimum", type.least}, {"maximum", type.most}};
    if (type.standard) schema["default"] = *type.standard;
    return schema;
  }
  json operator()(const Share& type) const {
    return {{"type", "number"},
            {"exclusiveMinimum", 0},
            {"maximum", 1},
            {"default", FillOptions().*type.field}};
  }
  json operator()(const ByteCount& /*type*/) const { return {{"type", "integer"}}; }
  json operator()(const Enumeration& type) const {
    json names = json::array();
    for (const Choice& choice : type.choices) names.push_back(choice.name);
    return {{"type", "string"}, {"enum", names}, {"default", names[0]}};
  }
};

/// Text for a value that an option refuses; empty if it accepts every value of its type.
std::string bad_value(const Option& option) {
  if (const auto* number = std::get_if<WholeNumber>(&option.type)) {
    return fmt::to_string(number->most + 1);
  }
  if (std::holds_alternative<Share>(option.type)) return "1.5";
  return std::holds_alternative<Enumeration>(option.type) ? "nonsense" : "";
}

TEST(FrontDoors, TheCommandLineOffersItsOptions) {
  std::string help = run_program({"inpaint", "--help"}).out;
  // Joins lines, wherever they break.
  help = std::regex_replace(help, std::regex("\\s+"), " ");
  for (const Option& option : option_table()) {
    const std::string flag = spelled(option.name, Door::command_line);
    EXPECT_EQ(help.find(' ' + flag + ' ') != std::string::npos,
              option.offered_to(Door::command_line))
        << flag;
    if (!option.offered_to(Door::command_line)) continue;
    EXPECT_NE(help.find(option.help), std::string::npos) << flag << '\n' << help;
    if (const auto* number = std::get_if<WholeNumber>(&option.type)) {
      EXPECT_NE(
          help.find(fmt::format("{}, {} to {} (default", option.help, number->least, number->most)),
          std::string::npos)
          << flag;
    }
    const std::string bad = bad_value(option);
    if (bad.empty()) continue;
    const auto run = run_program({"inpaint", "a.png", "b.png", "-o", "c.png", flag, bad});
    EXPECT_EQ(run.code, 2) << flag;
    EXPECT_NE(run.err.find(fmt::format("{}: {} is not {}", flag, bad, values_of(option))),
              std::string::npos)
        << run.err;
  }
}

TEST(FrontDoors, CompletionOffersTheChoices) {
  const std::string bash = source_file("completions/lama.bash");
  for (const Option& option : option_table()) {
    const auto* type = std::get_if<Enumeration>(&option.type);
    if (type == nullptr || !option.offered_to(Door::command_line)) continue;
    std::string words;
    for (const Choice& choice : type->choices) {
      words += (words.empty() ? "" : " ") + std::string(choice.name);
    }
    EXPECT_NE(
        bash.find(fmt::format("{}) words=\"{}\"", spelled(option.name, Door::command_line), words)),
        std::string::npos)
        << option.name;
  }
}

TEST(FrontDoors, HttpOffersAndDescribesItsOptions) {
  const RunningServer server;
  const auto about = server.get("/api/v1/capabilities").json().at("options");
  const auto described = server.get("/api/openapi.json")
                             .json()
                             .at("components")
                             .at("schemas")
                             .at("JobRequest")
                             .at("properties");
  std::set<std::string> others = {"image", "mask", "model", "precision"};
  for (const auto& field : described.items()) others.erase(field.key());
  EXPECT_TRUE(others.empty());
  std::size_t offered = 0;
  for (const Option& option : option_table()) {
    const std::string name = option.name;
    const std::string error = server.start({{name, json::object()}}).error_code();
    if (!option.offered_to(Door::http)) {
      EXPECT_EQ(error, "unknown_field") << name;
      EXPECT_FALSE(described.contains(name)) << name;
      EXPECT_FALSE(about.contains(name)) << name;
      continue;
    }
    ++offered;
    ASSERT_TRUE(described.contains(name)) << name << " is missing in src/server/openapi.json";
    const json schema = std::visit(Schema(), option.type);
    EXPECT_EQ(json(described.at(name)), schema) << "src/server/openapi.json, " << name;
    ASSERT_TRUE(about.contains(name)) << name;
    EXPECT_EQ(about.at(name).at("default"), schema.at("default"));
    if (schema.contains("enum")) {
      EXPECT_EQ(about.at(name).at("choices"), schema.at("enum"));
    }
    if (schema.contains("minimum")) {
      EXPECT_EQ(about.at(name).at("min"), schema.at("minimum"));
      EXPECT_EQ(about.at(name).at("max"), schema.at("maximum"));
    }
    const std::string bad = bad_value(option);
    if (bad.empty()) continue;
    const bool text = std::holds_alternative<Enumeration>(option.type);
    const auto answer = server.start({{name, text ? json(bad) : json::parse(bad)}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json().at("error").at("field"), name);
    EXPECT_EQ(answer.json().at("error").at("message"),
              fmt::format("{} must be {}", name, values_of(option)));
  }
  EXPECT_EQ(about.size(), offered);
  EXPECT_EQ(described.size(), offered + 4) << "and image, mask, model, precision";
}

TEST(FrontDoors, ThePageHasAControlForItsOptions) {
  const std::string page = source_file("web/index.html");
  for (const Option& option : option_table()) {
    EXPECT_EQ(page.find(fmt::format("id=\"{}\"", option.name)) != std::string::npos,
              option.offered_to(Door::page))
        << option.name;
  }
}

TEST(FrontDoors, TheLibraryHasAFieldForItsOptionsInBothInterfaces) {
  const std::string c = source_file("include/lama/lama.h"),
                    cpp = source_file("include/lama/lama.hpp");
  for (const Option& option : option_table()) {
    const std::regex field(fmt::format(R"([a-z0-9_>]+ {}( = [^;]+)?;)", option.name));
    const bool offered = option.offered_to(Door::library);
    EXPECT_EQ(std::regex_search(c, field), offered) << option.name;
    EXPECT_EQ(std::regex_search(cpp, field), offered) << option.name;
  }
  EXPECT_EQ(Options().mask_threshold, FillOptions().mask_threshold);
  EXPECT_EQ(Options().dilate, FillOptions().dilate);
  EXPECT_EQ(Options().feather, FillOptions().feather);
  EXPECT_EQ(static_cast<int>(Options().strategy), static_cast<int>(FillOptions().strategy));
}

TEST(FrontDoors, ThePythonPackageOffersTheLibrarysOptions) {
  const std::string python = source_file("python/lama/_model.py");
  for (const Option& option : option_table()) {
    std::string parameter = fmt::format("\n        {}: ", option.name);
    if (const auto* type = std::get_if<Enumeration>(&option.type)) {
      std::string names;
      for (const Choice& choice : type->choices) {
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", choice.name);
      }
      parameter += fmt::format("Literal[{}] = \"{}\",", names, type->choices.front().name);
    }
    EXPECT_EQ(python.find(parameter) != std::string::npos, option.offered_to(Door::library))
        << option.name;
  }
}

}  // namespace
}  // namespace lama::internal
