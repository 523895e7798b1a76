// Compares the table of rooms in docs/architecture.md with the includes in src/ and include/.
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/testing.h"

namespace lama::internal {
namespace {

namespace fs = std::filesystem;

struct Room {
  std::string folder;          ///< "src/engine"
  std::set<std::string> uses;  ///< folders of the rooms that it uses
};

/// The rooms in the order of the table's rows: `src/engine` | `base`, `model` | …
std::vector<Room> rooms_of(const std::string& document) {
  static const std::regex kRow(R"(^\| `((?:src|include)/[^`]*)` \|([^|]*)\|)"), kName("`([^`]*)`");
  std::vector<Room> rooms;
  std::istringstream lines(document);
  for (std::string line; std::getline(lines, line);) {
    std::smatch row;
    if (!std::regex_search(line, row, kRow)) continue;
    Room room{row[1], {}};
    const std::string uses = row[2];
    for (std::sregex_iterator at(uses.begin(), uses.end(), kName), end; at != end; ++at) {
      const std::string name = (*at)[1];
      room.uses.insert(name.starts_with("include/") ? name : "src/" + name);
    }
    rooms.push_back(room);
  }
  return rooms;
}

/// Paths from the root, each with the paths of its includes in quotes.
using Includes = std::map<std::string, std::vector<std::string>>;

/// All differences between the rooms and the includes.
std::set<std::string> differences(const std::vector<Room>& rooms, const Includes& files) {
  std::set<std::string> found;
  const auto room_of = [&](const std::string& path) -> const Room* {
    const Room* inmost = nullptr;
    for (const Room& room : rooms) {
      if (!path.starts_with(room.folder + "/")) continue;
      if (inmost == nullptr || inmost->folder.size() < room.folder.size()) inmost = &room;
    }
    return inmost;
  };
  std::set<std::string> inhabited, above;
  std::set<std::pair<std::string, std::string>> used;
  for (const auto& [file, includes] : files) {
    const Room* from = room_of(file);
    if (from == nullptr) {
      found.insert(file + " is in no room");
      continue;
    }
    inhabited.insert(from->folder);
    for (const std::string& included : includes) {
      const Room* to = room_of(included);
      if (to == nullptr) {
        found.insert(file + " includes " + included + ", which is in no room");
        continue;
      }
      if (to == from) continue;
      used.emplace(from->folder, to->folder);
      if (from->uses.count(to->folder) == 0) {
        found.insert(file + " includes " + included + ": no arrow from " + from->folder + " to " +
                     to->folder);
      }
      // A folder without a row belongs to its own room alone: src/engine/kernels, for instance.
      if (included.find('/', to->folder.size() + 1) != std::string::npos) {
        found.insert(file + " includes " + included + ", a part of " + to->folder);
      }
    }
  }
  for (const Room& room : rooms) {
    if (inhabited.count(room.folder) == 0) found.insert(room.folder + " has no files");
    for (const std::string& target : room.uses) {
      const std::string arrow = room.folder + " to " + target;
      // If all arrows point to earlier rows there is no cycle.
      if (above.count(target) == 0) found.insert("the arrow from " + arrow + " points up");
      if (used.count({room.folder, target}) == 0) {
        found.insert("no include uses the arrow from " + arrow);
      }
    }
    above.insert(room.folder);
  }
  return found;
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Includes includes_below(const fs::path& root) {
  static const std::regex kInclude("^[ \t]*#[ \t]*include[ \t]*\"([^\"]+)\"");
  Includes files;
  for (const char* folder : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h" && extension != ".hpp") continue;
      auto& includes = files[entry.path().lexically_relative(root).generic_string()];
      std::istringstream lines(read(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_search(line, match, kInclude)) continue;
        const std::string name = match[1];
        includes.push_back((name.starts_with("lama/") ? "include/" : "src/") + name);
      }
    }
  }
  return files;
}

TEST(Architecture, ListsTheUsesOfTheIncludes) {
  const fs::path root = LAMA_SOURCE_DIR;
  const auto rooms = rooms_of(read(root / "docs" / "architecture.md"));
  ASSERT_GT(rooms.size(), 10U);
  for (const std::string& difference : differences(rooms, includes_below(root))) {
    ADD_FAILURE() << difference;
  }
}

constexpr const char* kDocument =
    "| room | uses | what it knows |\n"
    "|---|---|---|\n"
    "| `src/base` | | nothing |\n"
    "| `src/engine` | `base` | tensors |\n"
    "| `src/engine/plan` | `base`, `engine` | plans |\n";

Includes agreeing() {
  return {{"src/base/file.h", {}},
          {"src/engine/network.h", {"src/base/file.h", "src/engine/kernels/gemm.h"}},
          {"src/engine/kernels/gemm.h", {}},
          {"src/engine/plan/plan.h", {"src/base/file.h", "src/engine/network.h"}}};
}

std::set<std::string> differences(const Includes& files) {
  return differences(rooms_of(kDocument), files);
}

using Set = std::set<std::string>;

TEST(ArchitectureTest, AcceptsAgreement) { EXPECT_EQ(differences(agreeing()), Set{}); }

TEST(ArchitectureTest, FindsAMissingArrow) {
  Includes files = agreeing();
  files["src/base/file.h"] = {"src/engine/network.h"};
  EXPECT_EQ(differences(files), Set{"src/base/file.h includes src/engine/network.h: no arrow from "
                                    "src/base to src/engine"});
}

TEST(ArchitectureTest, FindsAnUnusedArrow) {
  Includes files = agreeing();
  files["src/engine/network.h"] = {};
  EXPECT_EQ(differences(files), Set{"no include uses the arrow from src/engine to src/base"});
}

TEST(ArchitectureTest, FindsACycle) {
  Includes files = agreeing();
  files["src/engine/network.h"].push_back("src/engine/plan/plan.h");
  std::string document = kDocument;
  const std::string before = "| `src/engine` | `base`";
  document.replace(document.find(before), before.size(), before + ", `engine/plan`");
  EXPECT_EQ(differences(rooms_of(document), files),
            Set{"the arrow from src/engine to src/engine/plan points up"});
}

TEST(ArchitectureTest, FindsFilesWithoutARoomAndRoomsWithoutFiles) {
  Includes files = agreeing();
  files["src/attic/old.h"] = {};
  files["src/engine/network.h"].push_back("src/attic/old.h");
  files.erase("src/base/file.h");
  EXPECT_EQ(differences(files),
            (Set{"src/attic/old.h is in no room", "src/base has no files",
                 "src/engine/network.h includes src/attic/old.h, which is in no room"}));
}

TEST(ArchitectureTest, FindsAnIncludeIntoAnotherRoom) {
  Includes files = agreeing();
  files["src/engine/plan/plan.h"].push_back("src/engine/kernels/gemm.h");
  EXPECT_EQ(differences(files),
            Set{"src/engine/plan/plan.h includes src/engine/kernels/gemm.h, a part of src/engine"});
}

}  // namespace
}  // namespace lama::internal
