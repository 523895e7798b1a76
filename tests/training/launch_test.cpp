#include "training/launch.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/training/spawn.h"

namespace lama::internal::training {
namespace {

using testing::arguments_of;
using testing::Part;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

/// DO_RANK holds the work of a process.
TEST(LaunchPart, DISABLED_Process) {
  const std::string rank = environment("RANK");
  std::ofstream(environment("NOTES") + "/" + rank)
      << environment("WORLD_SIZE") << " " << environment("LOCAL_RANK") << " "
      << environment("LOCAL_WORLD_SIZE") << " " << environment("LAMA_MEETING_FILE");
  const std::string what = environment(("DO_" + rank).c_str());
  if (what == "fail") ::_exit(7);
  if (what == "die") ::raise(SIGKILL);
  if (what == "save") {  // as training does it: a step that has begun is ended
    static volatile std::sig_atomic_t stopped = 0;
    std::signal(SIGTERM, [](int) { stopped = stopped + 1; });
    while (stopped == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(500 * (1 - std::stoi(rank))));
    std::ofstream(environment("NOTES") + "/saved" + rank) << stopped;
    ::_exit(143);
  }
  if (what == "hang") {
    std::signal(SIGTERM, SIG_IGN);
    std::ofstream(environment("NOTES") + "/hanging" + rank) << "1";
    ::alarm(100);
    for (;;) ::pause();
  }
  if (what == "wait") std::this_thread::sleep_for(std::chrono::seconds(100));
}

/// The launching program: one thread, as `lama train --procs` has.
TEST(LaunchPart, DISABLED_Parent) {
  std::string error;
  int code = 99;
  try {
    code = launch(std::stoi(environment("PROCESSES")), arguments_of("LaunchPart.DISABLED_Process"),
                  std::chrono::seconds(std::stoi(environment("PATIENCE"))));
  } catch (const Error& caught) {
    error = caught.what();
  }
  std::ofstream(environment("NOTES") + "/error") << error;
  ::_exit(code);
}

class SlowLaunch : public ::testing::Test {
 protected:
  Part parent(int processes, std::map<std::string, std::string> what) {
    what["PROCESSES"] = std::to_string(processes);
    what.emplace("PATIENCE", "600");
    what["NOTES"] = folder_.path().string();
    return {"LaunchPart.DISABLED_Parent", what};
  }
  std::string note(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void wait_for(const std::string& name) const {
    for (int i = 0; i < 3000 && note(name).empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  testing::TemporaryFolder folder_;
};

TEST_F(SlowLaunch, TellsEachItsPlace) {
  Part run = parent(3, {});
  EXPECT_EQ(run.wait(std::chrono::seconds(60)), 0);
  EXPECT_EQ(note("error"), "");
  std::set<std::string> files;
  for (const char* rank : {"0", "1", "2"}) {
    const std::string text = note(rank);
    EXPECT_EQ(text.substr(0, 6), std::string("3 ") + rank + " 3 ") << text;
    files.insert(text.substr(6));
  }
  EXPECT_EQ(files.size(), 1U);
  EXPECT_FALSE(testing::fs::exists(testing::fs::path(*files.begin()).parent_path()));
}

TEST_F(SlowLaunch, EndsAllWhenOneFails) {
  Part run = parent(3, {{"DO_0", "wait"}, {"DO_1", "fail"}, {"DO_2", "wait"}});
  EXPECT_EQ(run.wait(std::chrono::seconds(15)), 99);
  EXPECT_EQ(note("error"), "process 1 of 3 failed with exit code 7; the others were ended");
}

TEST_F(SlowLaunch, EndsAllWhenOneIsKilled) {
  Part run = parent(2, {{"DO_0", "wait"}, {"DO_1", "die"}});
  EXPECT_EQ(run.wait(std::chrono::seconds(15)), 99);
  EXPECT_EQ(note("error"), "process 1 of 2 was ended by signal 9 (Killed); the others were ended");
}

TEST_F(SlowLaunch, PassesSignalsOnOnceAndWaitsForWhatIsBeingSaved) {
  Part run = parent(2, {{"DO_0", "save"}, {"DO_1", "save"}});
  wait_for("0");
  wait_for("1");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(run.pid(), SIGTERM);
  EXPECT_EQ(run.wait(std::chrono::seconds(15)), 143);
  EXPECT_EQ(note("error"), "");
  EXPECT_EQ(note("saved0"), "1");
  EXPECT_EQ(note("saved1"), "1");
}

TEST_F(SlowLaunch, KillsWhatDoesNotStop) {
  Part run = parent(2, {{"DO_0", "wait"}, {"DO_1", "hang"}, {"PATIENCE", "1"}});
  wait_for("hanging1");
  ::kill(run.pid(), SIGTERM);
  EXPECT_NE(run.wait(std::chrono::seconds(60)), -1000);
  EXPECT_EQ(note("error"), "");
}

TEST_F(SlowLaunch, LeavesNobodyBehindWhenItIsKilledItself) {
  Part run = parent(2, {{"DO_0", "save"}, {"DO_1", "save"}});
  wait_for("0");
  wait_for("1");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(run.pid(), SIGKILL);
  wait_for("saved0");
  wait_for("saved1");
  EXPECT_EQ(note("saved0"), "1");
  EXPECT_EQ(note("saved1"), "1");
}

}  // namespace
}  // namespace lama::internal::training
