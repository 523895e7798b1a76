#include <sstream>
#include <string>

#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::run_program;

TEST(WrongUsage, NamesTheWordAndASuggestion) {
  struct {
    std::vector<std::string> arguments;
    std::string message;
  } const cases[] = {
      {{},
       "a command is missing: inpaint, select, models, masks, train, evaluate, bench, serve (see "
       "lama --help)"},
      {{"models"},
       "a command is missing: list, pull, info, convert, export (see lama models --help)"},
      {{"inpiant", "a.png"}, "unknown command inpiant; did you mean inpaint? (see lama --help)"},
      {{"frobnicate"}, "unknown command frobnicate (see lama --help)"},
      {{"models", "pul", "big-lama"},
       "unknown command pul; did you mean pull? (see lama models --help)"},
      // The misspelt option comes before the argument that is missing because of it.
      {{"inpaint", "--treads", "2", "a.png"},
       "unknown option --treads; did you mean --threads? (see lama inpaint --help)"},
      {{"inpaint", "--treads=2", "a.png", "b.png", "-o", "c.png"},
       "unknown option --treads; did you mean --threads? (see lama inpaint --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--verbos"},
       "unknown option --verbos; did you mean --verbose? (see lama inpaint --help)"},
      {{"inpaint", "--", "-a.png", "-b.png"}, "--output is required (see lama inpaint --help)"},
      {{"inpaint", "a.png", "b.png", "c.png", "-o", "d.png"},
       "unexpected argument: c.png (see lama inpaint --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--dilate"},
       "--dilate: its value is missing (see lama inpaint --help)"},
      {{"bench", "--threads", "two"},
       "--threads: two is not a number from 1 to 1024 (see lama bench --help)"},
      {{"select", "a.png", "-o", "b.png", "--box", "1,2,3"},
       "--box: it takes 4 values, not 3 (see lama select --help)"},
      {{"select", "a.png", "-o", "b.png", "--box", "1,2,3,x"},
       "--box: 1,2,3,x is not a number (see lama select --help)"},
      {{"select", "a.png", "-o", "b.png", "--box", "1-2,3,4,5"},
       "--box: 1-2,3,4,5 is not a number (see lama select --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--mask-threshold", "nan"},
       "--mask-threshold: nan is not a number above 0 and at most 1 (see lama inpaint --help)"},
      {{"select", "a.png", "-o", "b.png", "--box", "9999999999,0,1,1"},
       "--box: 9999999999,0,1,1 is out of range (see lama select --help)"},
      {{"bench", "--hole", "nan"},
       "--hole: nan is not a number from 0 to 100 (see lama bench --help)"},
      {{"bench", "--hole", "5%"},
       "--hole: 5% is not a number from 0 to 100 (see lama bench --help)"},
      {{"bench", "--hole", "200"},
       "--hole: 200 is not a number from 0 to 100 (see lama bench --help)"},
      {{"models", "pull", "big-lama", "--url", "ftp://x/y"},
       "--url: ftp://x/y must begin with https:// or http:// (see lama models pull --help)"},
      {{"serve", "--token", "x", "--token-file", "y"},
       "give --token or --token-file, not both (see lama serve --help)"},
      {{"serve", "--trusted-host", "https://Photos.example.org/x"},
       "--trusted-host: https://Photos.example.org/x is not a name: give the name alone, "
       "photos.example.org (see lama serve --help)"},
      {{"serve", "--trusted-host", "photos.example.org:8080"},
       "--trusted-host: photos.example.org:8080 is not a name: give the name alone, "
       "photos.example.org (see lama serve --help)"},
      {{"serve", "--trusted-host", ""},
       "--trusted-host: the name is empty (see lama serve --help)"},
      {{"serve", "--trusted-host", "*.example.org"},
       "--trusted-host: *.example.org is not a name: * stands for none, so give every name by "
       "itself (see lama serve --help)"},
      {{"inpaint", "a.png", "b.png", "-o", ""},
       "--output: its name is empty (see lama inpaint --help)"},
      {{"models", "info", ""}, "MODEL: its name is empty (see lama models info --help)"},
      {{"models", "convert", "a.pt", "-o", ""},
       "--output: its name is empty (see lama models convert --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--model", ""},
       "--model: its name is empty (see lama inpaint --help)"},
      {{"masks", "make", "tiny", "/", "x", "--shard", "3/2"},
       "--shard: 3/2: K must be from 1 to 2 (see lama masks make --help)"},
      {{"bench", "--precision", "fp16"},
       "--precision: fp16 is not one of auto, f32, bf16 (see lama bench --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--strategy", "tiles"},
       "--strategy: tiles is not one of auto, full, crop, resize (see lama inpaint --help)"},
      {{"inpaint", "a.png", "b.png", "-o", "c.png", "--device", "gpu"},
       "--device: gpu is not one of auto, cpu, torch-cpu, cuda, cuda:N (see lama inpaint --help)"},
      {{"train", "tiny", "--device", "torch-cpu"},
       "--device: torch-cpu is not one of auto, cpu, cuda, cuda:N (see lama train --help)"},
      {{"models", "convert", "a.pt", "-o", "a.safetensors", "--dtype", "f8"},
       "--dtype: f8 is not one of f32, f16, bf16 (see lama models convert --help)"},
      {{"evaluate", "a", "b", "--lpips", "resnet"},
       "--lpips: resnet is not one of vgg, alex, squeeze (see lama evaluate --help)"},
      {{"inpaint", "a.png", "b.png"}, "--output is required (see lama inpaint --help)"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto run = run_program(arguments);
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.only_line(), "lama: " + message);
  }
}

TEST(Help, FailsIfItCannotBeWritten) {
  const auto run = run_program({"--help"}, {.out = "/dev/full"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.only_line(), "lama: cannot write to stdout");
}

TEST(Help, HasLinesOfEightyCharacters) {
  for (const std::string command : {"inpaint", "serve", "train"}) {
    std::istringstream help(run_program({command, "--help"}).out);
    for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace lama::internal
