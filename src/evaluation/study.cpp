#include "evaluation/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "evaluation/evaluation.h"
#include "evaluation/page.h"

namespace lama::internal::evaluation {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "lama study answers 1";

constexpr std::string_view kStudyStyle = R"(
body { padding-top: 1rem; }
main { text-align: center; }
.bar { height: 4px; background: var(--line); margin: 1rem 0; }
.bar div { height: 100%; width: 0; background: var(--accent); }
.sides { display: flex; gap: 1rem; justify-content: center; flex-wrap: wrap; }
.sides figure { margin: 0; flex: 0 1 32rem; min-width: 14rem; }
img { display: block; max-width: 100%; margin: 0 auto; border-radius: 4px; }
.sides img { width: 100%; max-height: 58vh; object-fit: contain; cursor: pointer; }
#hint { max-height: 22vh; }
button { font: inherit; padding: .5rem 1.3rem; margin: .9rem .3rem; border-radius: 6px;
  border: 1px solid var(--line); background: var(--panel); color: inherit; cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--accent); }
button.main { background: var(--accent); color: var(--paper); border-color: var(--accent); }
kbd { color: var(--soft); font-size: .85em; }
[hidden] { display: none !important; }
)";

constexpr std::string_view kBody = R"(<main>
<section id="intro">
<h1>Which looks more natural?</h1>
<p style="margin: 1rem auto">You will see <b id="count"></b> photographs in which a part was
replaced, each in two versions. Choose the version that looks more natural to you. The small picture
below them shows where the replaced part is. There are no right answers.</p>
<button class="main" id="start">Begin</button>
</section>
<section id="question" hidden>
<div class="bar"><div id="done"></div></div>
<p class="soft" style="margin: 0 auto"><span id="position"></span></p>
<div class="sides">
<figure><img id="left" alt="left version"><button data-side="left">Left <kbd>←</kbd></button></figure>
<figure><img id="right" alt="right version"><button data-side="right">Right <kbd>→</kbd></button></figure>
</div>
<button data-side="none">No difference <kbd>↓</kbd></button>
<button id="back">Back <kbd>Backspace</kbd></button>
<img id="hint" alt="where the replaced part is">
</section>
<section id="end" hidden>
<h1>Thank you</h1>
<p style="margin: 1rem auto">Save your answers and send the file to who asked you.</p>
<button class="main" id="save">Save the answers</button>
</section>
</main>
)";

// Order and sides come from the browser's random numbers; the answers contain the folders' names.
constexpr std::string_view kStudyScript = R"(<script>
"use strict";
const study = JSON.parse(document.getElementById("study").textContent);
const byId = id => document.getElementById(id);
const random = n => {
  const limit = Math.floor(0x100000000 / n) * n, word = new Uint32Array(1);
  do crypto.getRandomValues(word); while (word[0] >= limit);
  return word[0] % n;
};
const order = study.items.map((_, i) => i);
for (let i = order.length - 1; i > 0; --i) {
  const j = random(i + 1);
  [order[i], order[j]] = [order[j], order[i]];
}
let questions = order.map(item => ({item, left: random(2), answer: null, seconds: 0}));
let at = 0, shown = 0;
// Kept in the browser after every answer. One that keeps nothing for files still asks.
const place = `lama study ${study.id}`;
const keep = () => { try { localStorage.setItem(place, JSON.stringify({questions, at})); } catch {} };
try {
  const kept = JSON.parse(localStorage.getItem(place));
  if (kept !== null) ({questions, at} = kept);
} catch {}
byId("count").textContent = questions.length;
const only = id => {
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
};
const show = () => {
  if (at === questions.length) return only("end");
  const question = questions[at], item = study.items[question.item];
  only("question");
  byId("left").src = item.results[question.left];
  byId("right").src = item.results[1 - question.left];
  byId("hint").src = item.hint;
  byId("position").textContent = `${at + 1} of ${questions.length}`;
  byId("done").style.width = `${100 * at / questions.length}%`;
  byId("back").hidden = at === 0;
  shown = performance.now();
};
const answer = side => {
  const question = questions[at];
  question.seconds = Math.round((performance.now() - shown) / 10) / 100;
  question.answer = side === "none" ? null
    : study.names[side === "left" ? question.left : 1 - question.left];
  ++at;
  keep();
  show();
};
const back = () => { if (at > 0) { --at; keep(); show(); } };
byId("start").addEventListener("click", show);
byId("back").addEventListener("click", back);
for (const button of document.querySelectorAll("[data-side]")) {
  button.addEventListener("click", () => answer(button.dataset.side));
}
byId("left").addEventListener("click", () => answer("left"));
byId("right").addEventListener("click", () => answer("right"));
document.addEventListener("keydown", event => {
  if (byId("question").hidden || event.repeat) return;
  const side = {ArrowLeft: "left", ArrowRight: "right", ArrowDown: "none"}[event.key];
  if (side) { event.preventDefault(); answer(side); }
  if (event.key === "Backspace") { event.preventDefault(); back(); }
});
byId("save").addEventListener("click", () => {
  const answers = questions.map(q => ({
    item: study.items[q.item].name, left: study.names[q.left], chosen: q.answer,
    seconds: q.seconds}));
  const text = JSON.stringify({format: study.format, names: study.names, answers}, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  link.download = `study-answers-${Date.now().toString(36)}.json`;
  link.click();
});
</script>
)";

Preference& entry_for(std::map<std::array<std::string, 2>, Preference>& found,
                      std::array<std::string, 2> names) {
  std::sort(names.begin(), names.end());
  Preference& preference = found[names];
  preference.names = names;
  return preference;
}

}  // namespace

std::string study_page(const Dataset& dataset, std::size_t questions) {
  if (dataset.predictions.size() != 2) {
    throw Error(fmt::format("a study compares two folders of predictions, not {}",
                            dataset.predictions.size()));
  }
  constexpr int kSide = 640, kHintSide = 256;
  json study = {{"format", kFormat}, {"names", short_names(dataset.predictions)}};
  const std::size_t count = std::min(questions, dataset.items.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Item& item = dataset.items[i * dataset.items.size() / count];
    const TruthAndHole truth = read_truth(item);
    json results;
    for (const auto& path : item.results) {
      const Planes result = read_result(path);
      if (result.width != truth.truth.width || result.height != truth.truth.height) {
        throw Error(fmt::format("{}: the result is {} x {} pixels and the picture {} x {}",
                                path.string(), result.width, result.height, truth.truth.width,
                                truth.truth.height));
      }
      results.push_back(data_url(result, kSide));
    }
    study["items"].push_back({{"name", item.name},
                              {"hint", data_url(tinted(truth.truth, truth.hole), kHintSide)},
                              {"results", std::move(results)}});
  }
  // Another set's or other fills' answers are not continued.
  study["id"] = fmt::format("{:016x}", std::hash<std::string>()(study.dump(
                                           -1, ' ', true, json::error_handler_t::replace)));
  // Inside <script> only "</" could end the data early.
  std::string data = study.dump(-1, ' ', true, json::error_handler_t::replace);
  for (std::size_t p = data.find("</"); p != std::string::npos; p = data.find("</", p + 3)) {
    data.replace(p, 2, "<\\/");
  }
  return page_begin("Which looks more natural?", kStudyStyle) + std::string(kBody) +
         "<script type=\"application/json\" id=\"study\">" + data + "</script>\n" +
         std::string(kStudyScript) + "</body>\n</html>\n";
}

double Preference::share() const {
  return decided() > 0 ? static_cast<double>(chosen[0]) / static_cast<double>(decided())
                       : std::numeric_limits<double>::quiet_NaN();
}

std::array<double, 2> Preference::interval() const {
  const auto n = static_cast<double>(decided());
  if (n == 0) return {share(), share()};
  constexpr double kZ = 1.959963984540054;  // 97.5 % of the normal distribution
  const double p = share(), square = kZ * kZ;
  const double centre = (p + square / (2 * n)) / (1 + square / n);
  const double half = kZ / (1 + square / n) * std::sqrt(p * (1 - p) / n + square / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::vector<Preference> count_answers(const std::vector<std::filesystem::path>& files) {
  constexpr std::size_t kMaxBytes = 1 << 20;  // of JSON, which takes up to 80 times as much memory
  std::map<std::array<std::string, 2>, Preference> found;
  std::set<std::string> counted_files;  // their bytes
  for (const auto& path : files) {
    const auto bytes = read_file(path, kMaxBytes);
    if (!counted_files.emplace(bytes.begin(), bytes.end()).second) continue;
    try {
      const json answers = json::parse(bytes.begin(), bytes.end());
      if (answers.at("format").get<std::string>() != kFormat) throw Error("");
      const auto names = answers.at("names").get<std::array<std::string, 2>>();
      if (names[0] == names[1]) throw Error("");
      Preference& preference = entry_for(found, names);
      // Counted only after the whole file has proved correct.
      Preference counted = preference;
      ++counted.answers;
      for (const json& answer : answers.at("answers")) {
        const json& chosen = answer.at("chosen");
        if (chosen.is_null()) {
          ++counted.undecided;
          continue;
        }
        const auto name = chosen.get<std::string>();
        if (name != counted.names[0] && name != counted.names[1]) throw Error("");
        ++counted.chosen[name == counted.names[0] ? 0 : 1];
      }
      preference = counted;
    } catch (const std::exception&) {
      throw Error(fmt::format("{}: not a file of answers from a study page", path.string()));
    }
  }
  std::vector<Preference> list;
  list.reserve(found.size());
  for (auto& [names, preference] : found) list.push_back(std::move(preference));
  return list;
}

}  // namespace lama::internal::evaluation
