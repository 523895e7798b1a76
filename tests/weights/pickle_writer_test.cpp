#include "weights/pickle_writer.h"

#include <cmath>
#include <limits>

#include "tests/weights/fixtures.h"
#include "weights/pickle.h"

namespace lama::internal::weights {
namespace {

using Kind = Pickle::Kind;

// That PyTorch reads them too: tests/training/checkpoint_test.cpp.
TEST(PickleWriter, WritesWhatTheReaderReads) {
  PickleWriter writer;
  writer.begin_dictionary();
  const std::vector<std::int64_t> integers = {0,
                                              -1,
                                              255,
                                              65536,
                                              std::numeric_limits<std::int32_t>::min(),
                                              std::int64_t{1} << 31,
                                              std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max()};
  writer.text("integers");
  writer.begin_list();
  for (const std::int64_t value : integers) writer.integer(value);
  writer.end_list();
  const std::vector<double> reals = {0.1, -0.0, 1e300, INFINITY};
  writer.text("reals");
  writer.begin_tuple();
  for (const double value : reals) writer.real(value);
  writer.end_tuple();
  writer.text("state");
  writer.begin_ordered_dictionary();
  writer.text(
      "gr\xc3\xb6\xc3\x9f"
      "e");
  writer.tensor(DType::f32, {2, 3}, "7");
  writer.end_dictionary();
  writer.integer(5);
  writer.begin_list();
  writer.none();
  writer.boolean(true);
  writer.boolean(false);
  writer.end_list();
  writer.text("empty");
  writer.begin_dictionary();
  writer.end_dictionary();
  writer.end_dictionary();
  const std::vector<std::uint8_t> bytes = writer.finish();

  const Pickle pickle(bytes, "x");
  EXPECT_EQ(pickle.bytes_used(), bytes.size());
  const auto& root = pickle.root();
  ASSERT_EQ(pickle.entries(root).size(), 10U);
  const auto& read_integers = pickle.find(root, "integers")->items;
  ASSERT_EQ(read_integers.size(), integers.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    EXPECT_EQ(pickle[read_integers[i]].integer, integers[i]);
  }
  const auto& read_reals = pickle.find(root, "reals")->items;
  ASSERT_EQ(read_reals.size(), reals.size());
  for (std::size_t i = 0; i < reals.size(); ++i) {
    EXPECT_EQ(pickle[read_reals[i]].real, reals[i]);
    EXPECT_EQ(std::signbit(pickle[read_reals[i]].real), std::signbit(reals[i]));
  }
  const auto& state = *pickle.find(root, "state");
  EXPECT_TRUE(pickle.is_call(state, "collections", "OrderedDict"));
  const auto* tensor = pickle.find(state,
                                   "gr\xc3\xb6\xc3\x9f"
                                   "e");
  ASSERT_NE(tensor, nullptr);
  EXPECT_TRUE(pickle.is_call(*tensor, "torch._utils", "_rebuild_tensor_v2"));
  const auto& list = pickle[pickle.entries(root)[7]].items;
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(pickle[list[0]].kind, Kind::none);
  EXPECT_EQ(pickle[list[1]].kind, Kind::boolean);
  EXPECT_EQ(pickle[list[1]].integer, 1);
  EXPECT_EQ(pickle[list[2]].integer, 0);
  EXPECT_TRUE(pickle.entries(*pickle.find(root, "empty")).empty());
}

}  // namespace
}  // namespace lama::internal::weights
