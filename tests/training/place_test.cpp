#include "training/place.h"

#include <cstdlib>
#include <map>
#include <utility>

#include "tests/testing.h"

namespace lama::internal::training {
namespace {

/// Variables of the environment that are gone with this object.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> variables_;
};

Place place_of(std::map<std::string, std::string> variables) {
  const Environment environment(std::move(variables));
  return place_from_environment();
}

TEST(Place, IsAloneByDefault) {
  const Place place = place_of({});
  EXPECT_EQ(place.rank, 0);
  EXPECT_EQ(place.size, 1);
}

TEST(Place, OfTorchrun) {
  const Place place = place_of({{"RANK", "5"},
                                {"WORLD_SIZE", "8"},
                                {"LOCAL_RANK", "1"},
                                {"LOCAL_WORLD_SIZE", "4"},
                                {"MASTER_ADDR", "10.0.0.7"},
                                {"MASTER_PORT", "1234"},
                                {"TORCHELASTIC_RESTART_COUNT", "2"},
                                {"TORCHELASTIC_USE_AGENT_STORE", "True"}});
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 4);
  EXPECT_EQ(place.host, "10.0.0.7");
  EXPECT_EQ(place.port, 1235);  // the agent listens at the other
  EXPECT_EQ(place.attempt, "2");
}

TEST(Place, OfMpirun) {
  std::map<std::string, std::string> variables = {{"OMPI_COMM_WORLD_RANK", "1"},
                                                  {"OMPI_COMM_WORLD_SIZE", "2"},
                                                  {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                                  {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  EXPECT_EQ(place_of(variables).host, "127.0.0.1");
  EXPECT_EQ(place_of(variables).rank, 1);
  variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "1";
  variables["OMPI_COMM_WORLD_LOCAL_RANK"] = "0";
  EXPECT_NE(testing::error_of([&] { place_of(variables); }).find("set MASTER_ADDR"),
            std::string::npos);
  variables["MASTER_ADDR"] = "node1";
  EXPECT_EQ(place_of(variables).host, "node1");
  EXPECT_EQ(place_of(variables).local_rank, 0);
  EXPECT_EQ(place_of({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"MASTER_ADDR", "a"}}).rank, 3);
}

TEST(Place, OfSlurm) {
  std::map<std::string, std::string> variables = {
      {"SLURM_PROCID", "3"},       {"SLURM_STEP_NUM_TASKS", "4"},
      {"SLURM_LOCALID", "1"},      {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"},
      {"SLURM_NTASKS", "4"},       {"SLURM_STEP_NODELIST", "gpu[03-04]"},
      {"SLURM_NODELIST", "gpu03"},
  };
  const Place place = place_of(variables);
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.local_size, 2);
  EXPECT_EQ(place.host, "gpu03");
  variables.erase("SLURM_STEP_NUM_TASKS");  // a batch script
  EXPECT_EQ(place_of(variables).size, 1);
}

TEST(Place, OfNonsenseIsAnError) {
  EXPECT_EQ(testing::error_of([] {
              place_of({{"RANK", "1"}});
            }),
            "RANK is set, but WORLD_SIZE is not");
  EXPECT_EQ(testing::error_of([] {
              place_of({{"RANK", "one"}, {"WORLD_SIZE", "2"}});
            }),
            "RANK=one: expected a number");
  EXPECT_EQ(testing::error_of([] {
              place_of({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}});
            }),
            "process 2 of 2: the first is 0");
  EXPECT_EQ(testing::error_of([] {
              place_of({{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "70000"}});
            }),
            "MASTER_PORT=70000: no port");
}

TEST(Place, FirstHostOfSlurmsLists) {
  EXPECT_EQ(first_host("node1"), "node1");
  EXPECT_EQ(first_host("node1,node2"), "node1");
  EXPECT_EQ(first_host("gpu[03-07,9],x1"), "gpu03");
  EXPECT_EQ(first_host("gpu[9,11]"), "gpu9");
  EXPECT_EQ(first_host("r[1-2]n[5,7].site,other"), "r1n5.site");
  EXPECT_EQ(first_host(""), "");
  EXPECT_EQ(first_host("x["), "x[");
}

}  // namespace
}  // namespace lama::internal::training
