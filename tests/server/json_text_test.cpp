#include "server/json_text.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "base/memory.h"

namespace lama::internal::server {
namespace {

TEST(JsonText, IsTheJsonThatWasWritten) {
  JsonText json = {{"text", "a\"b\xff\n"},
                   {"number", 3},
                   {"share", 0.5},
                   {"truth", true},
                   {"none", nullptr},
                   {"inner", {{"x", "y"}}},
                   {"list", std::vector<std::string>{"a", "b"}}};
  JsonText list = JsonText::array();
  list.push_back(1);
  list.push_back({{"x", 2}});
  json.add("more", list);
  json.add("empty", JsonText::object());
  EXPECT_EQ(nlohmann::json::parse(json.text()),
            nlohmann::json::parse(R"({"text":"a\"b\ufffd\n","number":3,"share":0.5,"truth":true,
                "none":null,"inner":{"x":"y"},"list":["a","b"],"more":[1,{"x":2}],"empty":{}})"));
  EXPECT_EQ(JsonText::ascii("\u009b\x7f").text(), R"("\u009b\u007f")");
}

#if !defined(LAMA_SANITIZED) && !defined(__APPLE__)
/// Leaves no block of any size.
void use_up_memory() {
  limit_memory(0);
  for (std::size_t size = 1U << 20; size >= 16; size /= 2) {
    void* volatile block = nullptr;  // volatile: the calls must stay
    do {
      block = std::malloc(size);
    } while (block != nullptr);
  }
}

/// Ends this process: with 0, or by std::terminate() in a destructor.
[[noreturn]] void make_json_without_memory() {
  auto whole = std::make_unique<JsonText>(JsonText{{"a", 1}, {"b", {{"c", 2}}}});
  use_up_memory();
  whole.reset();
  try {
    const JsonText json = {{"a", std::string(1000, 'x')}, {"b", {{"c", 2}}}};
    ::_exit(2);
  } catch (const std::bad_alloc&) {
    ::_exit(0);
  }
}

TEST(JsonTextDeathTest, ThrowsWhereMemoryHasEnded) {
  EXPECT_EXIT(make_json_without_memory(), ::testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace lama::internal::server
