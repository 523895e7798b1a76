#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/counted.h"
#include "cli/existing.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/one_of.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/streams.h"
#include "cli/wrong_usage.h"
#include "codecs/format.h"
#include "evaluation/evaluation.h"
#include "evaluation/report.h"
#include "evaluation/study.h"
#include "evaluation/summary.h"
#include "evaluation/tables.h"
#include "evaluation/winners.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateOptions {
  fs::path dataset;
  std::vector<fs::path> predictions;
  std::string output, items, html;
  bool json = false;
  int threads = ThreadPool::available_processors();
  evaluation::FeatureNetworkOptions networks;
  bool study = false;
  std::size_t questions = 40;
  std::vector<fs::path> study_results;
};

void write_text(const std::string& path, const std::string& text) {
  if (is_stream(path)) return print_result(text);
  AtomicFile file(path);
  file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  file.commit();
}

char separator_of(const std::string& path) { return path.ends_with(".csv") ? ',' : '\t'; }

/// The options that name output files, with their values.
std::vector<std::pair<const char*, std::string>> outputs_of(const EvaluateOptions& options) {
  std::vector<std::pair<const char*, std::string>> outputs = {
      {"-o", options.output}, {"--items", options.items}, {"--html", options.html}};
  std::erase_if(outputs, [](const auto& output) { return output.second.empty(); });
  return outputs;
}

/// Refuses outputs that would replace each other or the set's files.
void require_own_outputs(const EvaluateOptions& options) {
  std::map<fs::path, const char*> taken;
  std::string on_stdout = options.json ? "--json" : "";
  for (const auto& [name, path] : outputs_of(options)) {
    if (is_stream(path)) {
      if (!on_stdout.empty()) {
        refuse(fmt::format("{} and {} - would both write to stdout", on_stdout, name));
      }
      on_stdout = fmt::format("{} -", name);
      continue;
    }
    if (codecs::format_by_name(path)) {
      refuse(fmt::format(
          "{} {}: this is the name of a picture, but the output is text: name another file", name,
          path));
    }
    const fs::path file = fs::weakly_canonical(fs::absolute(path));
    if (file == fs::weakly_canonical(fs::absolute(options.dataset / "masks.json"))) {
      refuse(fmt::format("{} {} would replace a record of the evaluation set: name another file",
                         name, path));
    }
    const auto [other, is_new] = taken.emplace(file, name);
    if (!is_new) refuse(fmt::format("{} and {} would both write {}", other->second, name, path));
  }
}

void run_study_results(const EvaluateOptions& options) {
  const auto preferences = evaluation::count_answers(options.study_results);
  if (options.json) {
    auto json = nlohmann::ordered_json::array();
    for (const auto& preference : preferences) {
      nlohmann::ordered_json entry = {
          {"names", preference.names},         {"chosen", preference.chosen},
          {"undecided", preference.undecided}, {"answer_files", preference.answers},
          {"share_of_first", nullptr},         {"confidence_95_wilson", nullptr}};
      if (preference.decided() > 0) {
        entry["share_of_first"] = preference.share();
        entry["confidence_95_wilson"] = preference.interval();
      }
      json.push_back(std::move(entry));
    }
    return print_result(json);
  }
  std::string text;
  for (const auto& preference : preferences) {
    text += fmt::format("{} over {}: ", preference.names[0], preference.names[1]);
    if (preference.decided() == 0) {
      text += "no answer is decided";
    } else {
      const auto [low, high] = preference.interval();
      text +=
          fmt::format("{:.1f} % of {} decided answers, 95 % interval {:.1f} to {:.1f} % (Wilson)",
                      100 * preference.share(), preference.decided(), 100 * low, 100 * high);
    }
    text += fmt::format("; {} undecided; {}\n", preference.undecided,
                        counted(preference.answers, "file"));
  }
  print_result(text);
}

void fail_if_any(const std::vector<std::string>& failures) {
  if (!failures.empty()) {
    throw SomeFailed(fmt::format("{} of the dataset left out", failures.size()));
  }
}

void say_failures(const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) say("failed: {}\n", failure);
  fail_if_any(failures);
}

void run_study(const EvaluateOptions& options, const Common& common) {
  if (!is_stream(options.output)) require_writable(options.output);
  const auto dataset = evaluation::find_items(options.dataset, options.predictions);
  write_text(options.output, evaluation::study_page(dataset, options.questions));
  if (!common.quiet && !is_stream(options.output)) {
    say("{}: open it in a browser; count the saved answers with lama evaluate --study-results\n",
        options.output);
  }
  say_failures(dataset.failures);
}

/// Notes that a reader of the numbers needs.
std::vector<std::string> notes_of(const evaluation::FeatureNetworks& networks,
                                  const evaluation::Evaluation& evaluation) {
  std::vector<std::string> notes = networks.notes;
  const std::size_t count = evaluation.truth.count();
  if (networks.inception && count < plugin::Inception::kFeatures) {
    notes.push_back(
        fmt::format("{} pictures are few for FID, P-IDS and U-IDS (below {}): compare them only "
                    "between predictions for the same pictures",
                    count, plugin::Inception::kFeatures));
  }
  return notes;
}

void run_evaluation(const EvaluateOptions& options, const Common& common) {
  bool stdout_is_free = true;
  for (const auto& [name, path] : outputs_of(options)) {
    if (is_stream(path)) {
      stdout_is_free = false;
    } else {
      require_writable(path);
    }
  }
  const auto dataset = evaluation::find_items(options.dataset, options.predictions);
  const auto networks = evaluation::open_networks(options.networks);
  evaluation::Evaluation evaluation;
  {
    Progress progress(fmt::format("{} items", dataset.items.size()), !common.quiet);
    evaluation = evaluation::evaluate(dataset, networks, options.threads, [&](double done) {
      check_interrupted();
      progress.update(done);
    });
  }
  const auto summaries = evaluation::summarize(evaluation);
  const auto winners = evaluation::winners(evaluation);
  const auto notes = notes_of(networks, evaluation);
  check_interrupted();
  if (!options.output.empty()) {
    write_text(options.output, evaluation::summary_table(summaries, separator_of(options.output)));
  }
  if (!options.items.empty()) {
    write_text(options.items, evaluation::item_table(evaluation, separator_of(options.items)));
  }
  if (!options.html.empty()) {
    write_text(options.html,
               evaluation::html_report(dataset, evaluation, summaries, winners, notes));
  }
  if (options.json) {
    nlohmann::ordered_json json = {{"dataset", options.dataset.string()},
                                   {"items", evaluation.items.size()},
                                   {"notes", notes},
                                   {"failed", evaluation.failures}};
    json["predictions"] = evaluation::to_json(summaries);
    json["winners"] = nlohmann::ordered_json::object();
    for (const auto& [metric, folder] : winners) json["winners"][metric] = summaries[folder].name;
    print_result(json);
    return fail_if_any(evaluation.failures);
  }
  if (!common.quiet) {
    for (const std::string& note : notes) say("note: {}\n", note);
  }
  if (stdout_is_free) print_result(evaluation::readable_table(summaries, winners));
  say_failures(evaluation.failures);
}

void run(const EvaluateOptions& options, const Common& common) {
  if (!options.study_results.empty()) {
    if (!options.dataset.empty()) refuse("--study-results takes files of answers and no dataset");
    return run_study_results(options);
  }
  if (options.predictions.empty()) {
    refuse("DATASET and at least one folder of PREDICTIONS are required");
  }
  require_own_outputs(options);
  if (!options.study) return run_evaluation(options, common);
  if (options.predictions.size() != 2) refuse("--study compares two folders of predictions");
  if (options.output.empty()) refuse("--study needs -o: the page to write");
  if (options.json || !options.items.empty() || !options.html.empty()) {
    refuse("--study measures nothing: leave --json, --items and --html out");
  }
  run_study(options, common);
}

void add_network_options(CLI::App& command, EvaluateOptions& options) {
  static const std::vector<std::pair<std::string, plugin::LpipsNetwork>> kNetworks = {
      {"vgg", plugin::LpipsNetwork::vgg},
      {"alex", plugin::LpipsNetwork::alex},
      {"squeeze", plugin::LpipsNetwork::squeeze}};
  command.add_flag_callback(
      "--plain", [&networks = options.networks] { networks.lpips = networks.inception = false; },
      "leave out the metrics that need a network: LPIPS, FID, P-IDS and U-IDS");
  command
      .add_option("--lpips", options.networks.lpips_network,
                  "the network of LPIPS: vgg (the default, as published), alex or squeeze")
      ->option_text("NAME")
      ->transform(one_of(kNetworks));
  command
      .add_option("--weights", options.networks.folder,
                  "a folder of weight files, searched before $LAMA_HOME/evaluation and PyTorch's "
                  "cache; docs/evaluation.md lists the files")
      ->option_text("DIR")
      ->check(existing(require_folder, "--weights"));
  command
      .add_option("--features", options.networks.fills,
                  "EfficientNet-Lite1's published weights, which scripts/fetch-feature-network "
                  "fetches: measure fills by its features")
      ->option_text("WEIGHTS")
      ->check(existing(require_file, "--features"));
  command.add_flag("--accept-weights", options.networks.accept_any_weights,
                   "accept weight files that differ from the published ones");
}

}  // namespace

void add_evaluate(CLI::App& app, const Common& common) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "measure results against an evaluation set, or ask people");
  command->add_option("DATASET", options->dataset,
                      "the evaluation set: a folder of NAME.png and NAME_mask000.png");
  command->add_option("PREDICTIONS", options->predictions,
                      "folders of results, one for each program; a result has its mask's name. "
                      "Items that some folder lacks are left out and reported");
  command
      ->add_option(
          "-o,--output", options->output,
          "the table of means by size of the hole, in the published layout; separated by commas if "
          "FILE ends in .csv, by tabs otherwise; - is stdout. With --study: the page")
      ->option_text("FILE")
      ->check(refuse_empty);
  command->add_option("--items", options->items, "a table of all single results")
      ->option_text("FILE")
      ->check(refuse_empty);
  command
      ->add_option("--html", options->html,
                   "a page with the table, plots, and the best and worst results")
      ->option_text("FILE")
      ->check(refuse_empty);
  command->add_flag("--json", options->json, "print the means on stdout as JSON");
  add_threads(*command, options->threads, "; LPIPS takes about 0.5 GB per thread at 512 x 512");
  add_network_options(*command, *options);
  command->add_flag(
      "--study", options->study,
      "write a page that asks people which of two results looks more natural; measure nothing");
  command
      ->add_option("--questions", options->questions,
                   "number of items in the study, 1 to 1000 (default 40)")
      ->option_text("N")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--study-results", options->study_results,
                   "count the answers in files that a study's page saved")
      ->option_text("FILE ...")
      ->check(existing(require_file, "--study-results"));
  begin_footer(*command, kVerbosityHelp);
  command->callback([options, &common] { run(*options, common); });
}

}  // namespace lama::internal::cli
