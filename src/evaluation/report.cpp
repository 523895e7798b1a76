#include "evaluation/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "evaluation/page.h"

namespace lama::internal::evaluation {
namespace {

constexpr std::string_view kReportStyle = R"(
table { border-collapse: collapse; }
.wide { overflow-x: auto; }
table { font-size: .87rem; }
th, td { padding: .35rem .55rem; text-align: right; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--paper); }
th { white-space: normal; vertical-align: bottom; line-height: 1.25; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
td small { display: block; font-weight: 400; color: var(--soft); }
td.best { font-weight: 700; color: var(--accent); }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem; font-size: .87rem; }
dt { font-weight: 600; }
dd { margin: 0; }
summary { cursor: pointer; margin-top: .8rem; }
.legend span { margin-right: 1.2rem; white-space: nowrap; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px;
  margin-right: .4em; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem; }
.plots figure { margin: 0; padding: .7rem; background: var(--panel); border-radius: 6px; }
.plots figcaption { font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft); }
.examples { display: grid; gap: .5rem 1rem; justify-content: start; margin-bottom: 1.2rem;
  overflow-x: auto; }
.examples figure { margin: 0; }
.examples img { display: block; max-width: 15rem; width: 100%; border-radius: 3px; }
.examples figcaption { font-size: .85rem; color: var(--soft); overflow-wrap: anywhere; }
)";

// Sorts rows by the number in data-value; a second click reverses the order.
constexpr std::string_view kReportScript = R"(<script>
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, body = head.closest("table").tBodies[0];
    const column = head.cellIndex, up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => row.cells[column].dataset.value ?? "";
    const compare = (a, b) => key(a) === "" || key(b) === "" ? (key(a) === "") - (key(b) === "")
      : (up ? 1 : -1) * (isNaN(key(a)) || isNaN(key(b)) ? key(a).localeCompare(key(b))
                                                        : key(a) - key(b));
    body.append(...[...body.rows].sort(compare));
  });
}
</script>
)";

// Okabe and Ito's colours, which colour-blind people can distinguish.
constexpr std::array<std::string_view, 7> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                      "#e69f00", "#56b4e9", "#8a8a8a"};

std::string_view colour(std::size_t folder) { return kColours[folder % kColours.size()]; }

const Statistic* find(const Group& group, const Metric& metric) {
  const auto found = group.metrics.find(std::string(metric.name));
  return found == group.metrics.end() || std::isnan(found->second.mean) ? nullptr : &found->second;
}

/// Metrics with a total in at least one folder.
std::vector<const Metric*> present(const std::vector<Summary>& summaries) {
  std::vector<const Metric*> list;
  for (const Metric& metric : metrics()) {
    if (std::any_of(summaries.begin(), summaries.end(),
                    [&](const Summary& s) { return find(s.total(), metric) != nullptr; })) {
      list.push_back(&metric);
    }
  }
  return list;
}

/// Which way is better.
std::string_view arrow(Better better) {
  return better == Better::higher        ? "↑"
         : better == Better::lower       ? "↓"
         : better == Better::nearer_zero ? "→0"
                                         : "→1";
}

std::string summary_html(const std::vector<Summary>& summaries,
                         const std::map<std::string, std::size_t>& winners) {
  const auto columns = present(summaries);
  std::string text =
      "<div class=\"wide\"><table>\n<thead><tr><th><button>predictions</button></th>";
  for (const Metric* metric : columns) {
    text += fmt::format("<th><button title=\"{}\">{} {}</button></th>", metric->meaning,
                        metric->title, arrow(metric->better));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t folder = 0; folder < summaries.size(); ++folder) {
    const Summary& summary = summaries[folder];
    const std::string name = escaped(summary.name);
    text += fmt::format("<tr><td data-value=\"{0}\">{0}</td>", name);
    for (const Metric* metric : columns) {
      const Statistic* value = find(summary.total(), *metric);
      if (value == nullptr) {
        text += "<td></td>";
        continue;
      }
      const auto won = winners.find(std::string(metric->name));
      const bool best = won != winners.end() && won->second == folder;
      text += fmt::format("<td data-value=\"{}\"{}>{:.4f}", value->mean,
                          best ? " class=\"best\"" : "", value->mean);
      if (!std::isnan(value->deviation))
        text += fmt::format("<small>± {:.4f}</small>", value->deviation);
      text += "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string glossary_html(const std::vector<Summary>& summaries) {
  std::string text = "<details><summary>Meaning of the metrics</summary>\n<dl>\n";
  for (const Metric* metric : present(summaries)) {
    text += fmt::format("<dt>{} {}</dt><dd>{}</dd>\n", metric->title, arrow(metric->better),
                        metric->meaning);
  }
  return text + "</dl>\n</details>\n";
}

std::string legend_html(const std::vector<Summary>& summaries) {
  std::string text = "<p class=\"legend\">";
  for (std::size_t k = 0; k < summaries.size(); ++k) {
    text += fmt::format("<span><i style=\"background:{}\"></i>{}</span>", colour(k),
                        escaped(summaries[k].name));
  }
  return text + "</p>\n";
}

/// Plots one metric over the groups of hole sizes.
class Plot {
 public:
  Plot(const Metric& metric, const std::vector<Summary>& summaries)
      : metric_(metric), summaries_(summaries) {
    for (const Summary& summary : summaries) {
      for (std::size_t g = 0; g + 1 < summary.groups.size(); ++g) {
        if (const Statistic* value = find(summary.groups[g], metric)) {
          low_ = std::min(low_, value->mean);
          high_ = std::max(high_, value->mean);
        }
      }
    }
    if (metric.better == Better::nearer_zero) {
      low_ = std::min(low_, 0.0);
      high_ = std::max(high_, 0.0);
    }
    if (!std::isfinite(low_)) return;
    // Lines at round numbers: 1, 2 or 5 times a power of ten.
    const double span = std::max(high_ - low_, std::max(1e-4, std::abs(high_) / 100));
    const double power = std::pow(10, std::floor(std::log10(span / 4)));
    const double digits = span / 4 / power;
    step_ = power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
    low_ = std::floor(low_ / step_) * step_;
    lines_ = std::max(1, static_cast<int>(std::ceil((high_ - low_) / step_ - 1e-9)));
    high_ = low_ + lines_ * step_;
  }

  /// Empty if no group has a value.
  std::string html() const {
    if (!std::isfinite(low_)) return {};
    const std::vector<Group>& groups = summaries_[0].groups;
    std::string text = fmt::format(
        "<figure><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"{} over the size of the hole\">\n",
        metric_.title, kWidth, kHeight, metric_.title);
    for (int i = 0; i <= lines_; ++i) {
      const double value = low_ + step_ * i;
      text += fmt::format(
          "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"var(--line)\"/>"
          "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
          kLeft, kWidth - kRight, y(value), kLeft - 5, y(value) + 3, label(value));
    }
    for (std::size_t g = 0; g + 1 < groups.size(); ++g) {
      text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x(g),
                          kHeight - 6, groups[g].name);
    }
    for (std::size_t k = 0; k < summaries_.size(); ++k) text += line(k);
    return text + "</svg></figure>\n";
  }

 private:
  static constexpr int kWidth = 320, kHeight = 180, kLeft = 44, kRight = 14, kTop = 8, kBottom = 22;

  /// With as many digits as the step.
  std::string label(double value) const {
    const int digits = std::max(0, -static_cast<int>(std::floor(std::log10(step_) + 1e-9)));
    return fmt::format("{:.{}f}", std::abs(value) < step_ / 2 ? 0.0 : value, digits);
  }
  double x(std::size_t group) const {
    const auto groups = static_cast<double>(summaries_[0].groups.size() - 1);
    return kLeft + (static_cast<double>(group) + 0.5) * (kWidth - kLeft - kRight) / groups;
  }
  double y(double value) const {
    return kHeight - kBottom - (value - low_) / (high_ - low_) * (kHeight - kTop - kBottom);
  }
  /// A point for each group, joined by lines; a tooltip gives its values.
  std::string line(std::size_t folder) const {
    std::string points, dots;
    const std::vector<Group>& groups = summaries_[folder].groups;
    for (std::size_t g = 0; g + 1 < groups.size(); ++g) {
      const Statistic* value = find(groups[g], metric_);
      if (value == nullptr) continue;
      points += fmt::format("{:.1f},{:.1f} ", x(g), y(value->mean));
      dots += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"><title>{}, {}: {:.4f} ({} "
          "pictures)</title></circle>\n",
          x(g), y(value->mean), colour(folder), escaped(summaries_[folder].name), groups[g].name,
          value->mean, groups[g].items);
    }
    return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                       points, colour(folder)) +
           dots;
  }

  const Metric& metric_;
  const std::vector<Summary>& summaries_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = -low_;
  double step_ = 1;
  int lines_ = 1;
};

/// The metric that chooses examples: features of fills, LPIPS, or else the hole's L1.
const Metric& example_metric(const Evaluation& evaluation) {
  // Of an empty hole there are no features.
  const auto measured = [&](double PairValues::*value) {
    const auto& values = evaluation.values[0];
    return std::any_of(values.begin(), values.end(),
                       [&](const PairValues& pair) { return !std::isnan(pair.*value); });
  };
  const std::string_view name = measured(&PairValues::features) ? "features"
                                : measured(&PairValues::lpips)  ? "lpips"
                                                                : "hole_l1";
  const auto found = std::find_if(metrics().begin(), metrics().end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return *found;
}

std::string figure(const std::string& url, const std::string& caption) {
  return fmt::format(
      "<figure><img src=\"{}\" alt=\"{}\" loading=\"lazy\"><figcaption>{}</figcaption></figure>\n",
      url, caption, caption);
}

/// An item's input, all results and the truth in one row.
std::string example_html(const Evaluation& evaluation, std::size_t i, const Metric& metric) {
  constexpr int kSide = 320;
  const Item& item = evaluation.items[i];
  const TruthAndHole truth = read_truth(item);
  std::string text = fmt::format(
      "<div class=\"examples\" style=\"grid-template-columns:repeat({},minmax(9rem,15rem))\">\n",
      item.results.size() + 2);
  text +=
      figure(data_url(tinted(truth.truth, truth.hole), kSide),
             fmt::format("{}, {:.0f} % missing", escaped(item.name), 100 * evaluation.areas[i]));
  for (std::size_t k = 0; k < item.results.size(); ++k) {
    text += figure(data_url(read_result(item.results[k]), kSide),
                   fmt::format("{}: {} {:.4f}", escaped(evaluation.names[k]), metric.title,
                               evaluation.values[k][i].*metric.value));
  }
  return text + figure(data_url(truth.truth, kSide), "truth") + "</div>\n";
}

std::string examples_html(const Evaluation& evaluation) {
  constexpr std::size_t kShown = 4;
  const Metric& metric = example_metric(evaluation);
  std::string text;
  for (std::size_t k = 0; k < evaluation.names.size(); ++k) {
    const auto& values = evaluation.values[k];
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isnan(values[i].*metric.value)) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return badness(metric, values[a].*metric.value) < badness(metric, values[b].*metric.value);
    });
    // No item appears twice.
    const std::size_t best = std::min(kShown, (order.size() + 1) / 2);
    const std::size_t worst = std::min(kShown, order.size() - best);
    if (best == 0) continue;
    text += fmt::format("<h2>{}: best by {}</h2>\n", escaped(evaluation.names[k]), metric.title);
    for (std::size_t i = 0; i < best; ++i) text += example_html(evaluation, order[i], metric);
    if (worst == 0) continue;
    text += fmt::format("<h2>{}: worst by {}</h2>\n", escaped(evaluation.names[k]), metric.title);
    for (std::size_t i = 0; i < worst; ++i) {
      text += example_html(evaluation, order[order.size() - 1 - i], metric);
    }
  }
  return text;
}

}  // namespace

std::string html_report(const Dataset& dataset, const Evaluation& evaluation,
                        const std::vector<Summary>& summaries,
                        const std::map<std::string, std::size_t>& winners,
                        const std::vector<std::string>& notes) {
  std::string text = page_begin("Evaluation of " + dataset.folder.string(), kReportStyle);
  text += fmt::format("<h1>Evaluation</h1>\n<p class=\"soft\">{}, {} items</p>\n",
                      escaped(dataset.folder.string()), evaluation.items.size());
  for (const std::string& note : notes) {
    text += fmt::format("<p class=\"soft\">Note: {}</p>\n", escaped(note));
  }
  text += "<h2>All items</h2>\n" + summary_html(summaries, winners) + glossary_html(summaries);
  text += "<h2>By the share of the picture that is missing</h2>\n" + legend_html(summaries);
  text += "<div class=\"plots\">\n";
  for (const Metric* metric : present(summaries)) text += Plot(*metric, summaries).html();
  text += "</div>\n" + examples_html(evaluation);
  return text + std::string(kReportScript) + "</body>\n</html>\n";
}

}  // namespace lama::internal::evaluation
