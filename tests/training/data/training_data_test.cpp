#include "training/data/training_data.h"

#include <map>
#include <numeric>
#include <set>

#include "masks/box.h"
#include "masks/irregular.h"
#include "tests/cli/files.h"
#include "tests/testing.h"

namespace lama::internal::training {
namespace {

using testing::error_of;
using testing::put;
using testing::put_mask;
using testing::put_noise;
using testing::TemporaryFolder;

constexpr int kSize = 24;

/// Pictures 00.png, 01.png, ..., of noise and of different sizes.
void put_pictures(const TemporaryFolder& folder, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(100 + i).substr(1) + ".png";
    put_noise(folder / name, 20 + i, 40 - i);
  }
}

TrainingDataOptions options_for(const TemporaryFolder& folder) {
  TrainingDataOptions options;
  options.indir = {folder.path().string()};
  options.out_size = kSize;
  options.masks = std::make_shared<masks::IrregularMasks>(
      masks::IrregularOptions{.max_len = 20, .max_width = 8, .min_times = 1, .max_times = 3});
  options.batch_size = 2;
  options.seed = 7;
  return options;
}

void append(Batch& all, const Batch& batch) {
  all.count += batch.count;
  all.pictures.insert(all.pictures.end(), batch.pictures.begin(), batch.pictures.end());
  all.masks.insert(all.masks.end(), batch.masks.begin(), batch.masks.end());
  all.names.insert(all.names.end(), batch.names.begin(), batch.names.end());
}

Batch take(TrainingData& data, int batches) {
  Batch all;
  for (int i = 0; i < batches; ++i) append(all, data.next());
  return all;
}

void expect_same(const Batch& a, const Batch& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.names, b.names);
  EXPECT_TRUE(a.pictures == b.pictures);
  EXPECT_TRUE(a.masks == b.masks);
}

TEST(TrainingData, BatchesHaveTheirFormAndRanges) {
  const TemporaryFolder folder;
  put_pictures(folder, 5);
  TrainingData data(options_for(folder), 0, 1);
  EXPECT_EQ(data.size(), 5U);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(data.position(), 2 * i);
    const Batch batch = data.next();
    EXPECT_EQ(batch.count, 2);
    EXPECT_EQ(batch.width, kSize);
    EXPECT_EQ(batch.height, kSize);
    ASSERT_EQ(batch.pictures.size(), 2U * 3 * kSize * kSize);
    ASSERT_EQ(batch.masks.size(), 2U * kSize * kSize);
    EXPECT_EQ(batch.names.size(), 2U);
    const auto [least, most] = std::minmax_element(batch.pictures.begin(), batch.pictures.end());
    EXPECT_GE(*least, 0);
    EXPECT_LE(*most, 1);
    EXPECT_GT(*most, 0.5F);
    for (const float value : batch.masks) ASSERT_TRUE(value == 0 || value == 1);
    EXPECT_GT(std::accumulate(batch.masks.begin(), batch.masks.end(), 0.F), 0);
  }
  EXPECT_TRUE(data.skipped().empty());
}

TEST(TrainingData, AnEpochShowsEachPictureOnceInAnOrderOfItsOwn) {
  const TemporaryFolder folder;
  put_pictures(folder, 6);
  TrainingData data(options_for(folder), 0, 1);
  std::set<std::vector<std::string>> orders;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const std::vector<std::string> names = take(data, 3).names;
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 6U);
    orders.insert(names);
  }
  EXPECT_EQ(orders.size(), 4U);
}

TEST(TrainingData, NoAugsGivesThePictureItself) {
  const TemporaryFolder folder;
  put_noise(folder / "a.png", kSize, kSize);
  TrainingDataOptions options = options_for(folder);
  options.transform_variant = TransformVariant::no_augs;
  const Image image = testing::read_image(folder / "a.png");
  const Batch batch = TrainingData(options, 0, 1).next();
  constexpr std::size_t kPixels = kSize * kSize;
  for (std::size_t i = 0; i < kPixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_EQ(batch.pictures[c * kPixels + i],
                static_cast<float>(image.bytes()[3 * i + c]) / 255);
    }
  }
}

TEST(TrainingData, ThreadsDoNotChangeTheStream) {
  const TemporaryFolder folder;
  put_pictures(folder, 5);
  TrainingDataOptions options = options_for(folder);
  TrainingData one(options, 0, 1);
  options.threads = 4;
  TrainingData four(options, 0, 1);
  expect_same(take(one, 20), take(four, 20));
  options.seed = 8;
  TrainingData other(options, 0, 1);
  TrainingData again(options_for(folder), 0, 1);
  EXPECT_FALSE(take(other, 3).pictures == take(again, 3).pictures);
}

TEST(TrainingData, RanksShareWhatOneWithALargerBatchSees) {
  const TemporaryFolder folder;
  put_pictures(folder, 5);
  TrainingDataOptions options = options_for(folder);
  TrainingData first(options, 0, 2), second(options, 1, 2);
  options.batch_size = 4;
  TrainingData both(options, 0, 1);
  for (int i = 0; i < 6; ++i) {
    Batch together = first.next();
    append(together, second.next());
    expect_same(together, both.next());
    EXPECT_EQ(first.position(), both.position());
  }
}

TEST(TrainingData, GoesOnFromANumberOfSamples) {
  const TemporaryFolder folder;
  put_pictures(folder, 5);
  TrainingDataOptions options = options_for(folder);
  TrainingData whole(options, 0, 1);
  take(whole, 4);
  options.first_sample = whole.position();
  TrainingData resumed(options, 0, 1);
  EXPECT_EQ(resumed.position(), 8);
  const Batch rest = take(whole, 6);
  expect_same(take(resumed, 6), rest);
  // With two ranks instead of one.
  options.batch_size = 1;
  TrainingData first(options, 0, 2), second(options, 1, 2);
  Batch shared;
  for (int i = 0; i < 6; ++i) {
    append(shared, first.next());
    append(shared, second.next());
  }
  expect_same(shared, rest);
}

TEST(TrainingData, MasksKnowTheIteration) {
  const TemporaryFolder folder;
  put_pictures(folder, 3);
  TrainingDataOptions options = options_for(folder);
  // One box, of up to 2 pixels a side before iteration 3, of up to 20 from then on.
  options.masks = std::make_shared<masks::BoxMasks>(masks::BoxOptions{
      .margin = 0,
      .bbox_min_size = 1,
      .bbox_max_size = 20,
      .min_times = 1,
      .max_times = 1,
      .ramp = masks::Ramp{.start_value = 0, .end_value = 1, .start_iter = 3, .end_iter = 3}});
  options.batch_size = 16;
  const auto largest = [](const Batch& batch) {
    float most = 0;
    for (auto at = batch.masks.begin(); at < batch.masks.end(); at += kSize * kSize) {
      most = std::max(most, std::accumulate(at, at + kSize * kSize, 0.F));
    }
    return most;
  };
  TrainingData data(options, 0, 1);
  for (int i = 0; i < 3; ++i) EXPECT_LE(largest(data.next()), 1) << i;
  EXPECT_GT(largest(data.next()), 16);
  options.first_iteration = 3;
  EXPECT_GT(largest(TrainingData(options, 0, 1).next()), 16);
}

TEST(TrainingData, BadPicturesAreReplacedCountedAndListed) {
  const TemporaryFolder folder;
  put_pictures(folder, 4);
  put(folder / "01.png", testing::bytes_of("no picture"));
  const auto whole = testing::get(folder / "02.png");
  put(folder / "02.png", {whole.begin(), whole.begin() + 300});
  TrainingDataOptions options = options_for(folder);
  TrainingData data(options, 0, 1);
  std::map<std::string, int> shown;
  for (const std::string& name : take(data, 10).names) ++shown[name];  // five epochs
  EXPECT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[(folder / "00.png").string()], 5);
  EXPECT_EQ(shown[(folder / "03.png").string()], 15);  // itself, and for both before it
  const std::vector<Skipped> skipped = data.skipped();
  ASSERT_EQ(skipped.size(), 2U);
  for (const Skipped& one : skipped) {
    // Each met once an epoch, and the second once more when it should replace the first. The
    // workers may be further than what was handed out.
    const bool second = one.name == (folder / "02.png").string();
    EXPECT_GE(one.times, second ? 10 : 5) << one.name;
    EXPECT_LE(one.times, second ? 12 : 6) << one.name;
    EXPECT_EQ(one.reason.find(one.name), std::string::npos) << one.reason;
  }
  options.threads = 3;
  TrainingData again(options, 0, 1), third(options_for(folder), 0, 1);
  expect_same(take(again, 10), take(third, 10));
}

TEST(TrainingData, NothingUsableIsAnError) {
  const TemporaryFolder folder;
  put(folder / "a.png", testing::bytes_of("no picture"));
  put(folder / "b.png", testing::bytes_of("nor this"));
  TrainingData data(options_for(folder), 0, 1);
  const std::string error = error_of([&] { data.next(); });
  EXPECT_NE(error.find("not one of 2 pictures"), std::string::npos) << error;
  EXPECT_NE(error.find("not a JPEG"), std::string::npos) << error;

  const TemporaryFolder sizes;
  put_noise(sizes / "a.png", kSize + 1, kSize);
  TrainingDataOptions options = options_for(sizes);
  options.transform_variant = TransformVariant::no_augs;
  TrainingData wrong(options, 0, 1);
  EXPECT_NE(error_of([&] { wrong.next(); }).find("no_augs"), std::string::npos);
}

/// Fails a given number of times, then covers everything.
class FailingMasks : public masks::MaskGenerator {
 public:
  explicit FailingMasks(double probability) : probability_(probability) {}
  Mask make(const masks::MaskRequest& request, masks::Random& random) const override {
    if (random.numpy.random() < probability_) throw Error("bad.png: this mask has no hole");
    Mask mask = masks::known_everywhere(request);
    std::fill(mask.missing.begin(), mask.missing.end(), std::uint8_t{1});
    return mask;
  }

 private:
  double probability_;
};

TEST(TrainingData, BadMasksAreDrawnAgain) {
  const TemporaryFolder folder;
  put_pictures(folder, 3);
  TrainingDataOptions options = options_for(folder);
  options.masks = std::make_shared<FailingMasks>(0.3);
  TrainingData data(options, 0, 1);
  const Batch batch = take(data, 20);
  EXPECT_EQ(std::accumulate(batch.masks.begin(), batch.masks.end(), 0.0),
            40.0 * kSize * kSize);  // everything is missing, which is allowed
  ASSERT_EQ(data.skipped().size(), 1U);
  EXPECT_EQ(data.skipped()[0].name, "a mask");
  EXPECT_GE(data.skipped()[0].times, 3);
}

TEST(TrainingData, MasksThatCannotBeMadeAreAnErrorAtOnce) {
  const TemporaryFolder folder;
  put_pictures(folder, 3);
  TrainingDataOptions options = options_for(folder);
  options.masks = std::make_shared<FailingMasks>(1);
  EXPECT_NE(error_of([&] { TrainingData(options, 0, 1); }).find("no hole"), std::string::npos);
}

TEST(TrainingData, EndsWhileBatchesAreMade) {
  const TemporaryFolder folder;
  put_pictures(folder, 3);
  TrainingDataOptions options = options_for(folder);
  options.threads = 3;
  for (int i = 0; i < 30; ++i) {
    TrainingData data(options, 0, 1);
    if (i % 2 == 0) {
      EXPECT_EQ(data.next().count, options.batch_size);
    }
  }
}

}  // namespace
}  // namespace lama::internal::training
