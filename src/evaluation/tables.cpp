#include "evaluation/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace lama::internal::evaluation {
namespace {

std::string number(double value) { return std::isnan(value) ? "" : fmt::format("{:.4f}", value); }

/// A name as a cell: quoted by RFC 4180 if it contains separators.
std::string cell(const std::string& text, char separator) {
  if (text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// A metric's mean or deviation.
struct Column {
  std::string metric;
  double Statistic::*part;
};

/// Columns with at least one value.
std::vector<Column> columns_of(const std::vector<Summary>& summaries) {
  std::vector<Column> columns;
  for (const Metric& metric : metrics()) {
    const std::string name(metric.name);
    for (double Statistic::*const part : {&Statistic::mean, &Statistic::deviation}) {
      const bool exists = std::any_of(summaries.begin(), summaries.end(), [&](const Summary& s) {
        return std::any_of(s.groups.begin(), s.groups.end(), [&](const Group& group) {
          const auto found = group.metrics.find(name);
          return found != group.metrics.end() && !std::isnan(found->second.*part);
        });
      });
      if (exists) columns.push_back({name, part});
    }
  }
  return columns;
}

std::string_view direction(Better better) {
  return better == Better::higher        ? "higher is better"
         : better == Better::lower       ? "lower is better"
         : better == Better::nearer_zero ? "nearer 0 is better"
                                         : "nearer 1 is better";
}

}  // namespace

std::string summary_table(const std::vector<Summary>& summaries, char separator) {
  const std::vector<Column> columns = columns_of(summaries);
  const std::string names(summaries.size() > 1 ? 1 : 0, separator);
  std::string metric_line = names, part_line = names;
  for (const Column& column : columns) {
    metric_line += separator + column.metric;
    part_line += separator + std::string(column.part == &Statistic::mean ? "mean" : "std");
  }
  std::string text = metric_line + '\n' + part_line + '\n';
  for (const Summary& summary : summaries) {
    for (const Group& group : summary.groups) {
      if (summaries.size() > 1) text += cell(summary.name, separator) + separator;
      text += group.name;
      for (const Column& column : columns) {
        const auto found = group.metrics.find(column.metric);
        text += separator;
        if (found != group.metrics.end()) text += number(found->second.*column.part);
      }
      text += '\n';
    }
  }
  return text;
}

std::string item_table(const Evaluation& evaluation, char separator) {
  std::vector<const Metric*> columns;
  for (const Metric& metric : metrics()) {
    if (metric.value == nullptr) continue;
    const bool exists =
        std::any_of(evaluation.values.begin(), evaluation.values.end(), [&](const auto& values) {
          return std::any_of(values.begin(), values.end(), [&](const PairValues& pair) {
            return !std::isnan(pair.*metric.value);
          });
        });
    if (exists) columns.push_back(&metric);
  }
  std::string text = fmt::format("predictions{0}item{0}area", separator);
  for (const Metric* metric : columns) text += separator + std::string(metric->name);
  text += '\n';
  for (std::size_t folder = 0; folder < evaluation.names.size(); ++folder) {
    for (std::size_t i = 0; i < evaluation.items.size(); ++i) {
      text += cell(evaluation.names[folder], separator) + separator +
              cell(evaluation.items[i].name, separator) + separator + number(evaluation.areas[i]);
      for (const Metric* metric : columns) {
        text += separator + number(evaluation.values[folder][i].*metric->value);
      }
      text += '\n';
    }
  }
  return text;
}

std::string readable_table(const std::vector<Summary>& summaries,
                           const std::map<std::string, std::size_t>& winners) {
  constexpr std::size_t kNarrowest = 18;
  std::string text = fmt::format("{:<16}", "");
  std::vector<std::size_t> widths;
  for (const Summary& summary : summaries) {
    widths.push_back(std::max(kNarrowest, summary.name.size()));
    text += fmt::format("  {:<{}}", summary.name, widths.back());
  }
  text += '\n';
  for (const Metric& metric : metrics()) {
    const std::string name(metric.name);
    std::string line = fmt::format("{:<16}", name);
    bool exists = false;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      const auto& found = summaries[k].total().metrics;
      const auto at = found.find(name);
      std::string value;
      if (at != found.end()) {
        exists = true;
        value = number(at->second.mean);
        if (!std::isnan(at->second.deviation)) value += " ± " + number(at->second.deviation);
      }
      // fmt counts the width of "±" as one.
      line += fmt::format("  {:<{}}", value, widths[k]);
    }
    if (!exists) continue;
    text += fmt::format("{}  {}", line, direction(metric.better));
    if (const auto won = winners.find(name); won != winners.end()) {
      text += ": " + summaries[won->second].name;
    }
    text += '\n';
  }
  return text;
}

nlohmann::ordered_json to_json(const std::vector<Summary>& summaries) {
  auto json = nlohmann::ordered_json::array();
  for (const Summary& summary : summaries) {
    nlohmann::ordered_json groups;
    for (const Group& group : summary.groups) {
      nlohmann::ordered_json& entry = groups[group.name];
      entry["items"] = group.items;
      for (const auto& [name, value] : group.metrics) {
        entry[name]["mean"] = value.mean;
        if (!std::isnan(value.deviation)) entry[name]["std"] = value.deviation;
      }
    }
    json.push_back({{"name", summary.name}, {"groups", std::move(groups)}});
  }
  return json;
}

}  // namespace lama::internal::evaluation
