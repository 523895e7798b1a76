#include "weights/pickle.h"

#include <cstdint>
#include <string>

#include "tests/weights/fixtures.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;           // NOLINT(google-build-using-namespace)
using namespace lama::internal::testing::pickled;  // NOLINT(google-build-using-namespace)

using Kind = Pickle::Kind;

std::span<const std::uint8_t> view(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// A pickle together with the bytes it points into.
struct Parsed {
  explicit Parsed(std::string text) : bytes(std::move(text)), pickle(view(bytes), "x.ckpt") {}
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  const Pickle::Value& root() const { return pickle.root(); }
  const Pickle::Value& item(std::size_t i) const { return pickle[root().items.at(i)]; }

  std::string bytes;
  Pickle pickle;
};

std::string pickle_refusal(const std::string& bytes) {
  return error_of([&] { const Pickle pickle(view(bytes), "x.ckpt"); });
}

/// Parses `bytes`; returns whether that went well. Anything but success or an Error ends the test.
bool survives(const std::string& bytes) {
  try {
    const Pickle pickle(view(bytes), "x.ckpt");
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string repeat(const std::string& piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

std::string u8(int value) { return op(value); }
std::string u32(std::uint32_t value) { return little_endian(value); }
std::string u64(std::uint64_t value) { return little_endian(value); }

// --- values

TEST(Pickle, Integers) {
  const auto value = [](const std::string& bytes) {
    const Parsed parsed(bytes + ".");
    EXPECT_EQ(parsed.root().kind, Kind::integer);
    return parsed.root().integer;
  };
  EXPECT_EQ(value("J" + little_endian<std::int32_t>(-7)), -7);
  EXPECT_EQ(value("J" + little_endian<std::int32_t>(INT32_MIN)), INT32_MIN);
  EXPECT_EQ(value("K" + u8(255)), 255);
  EXPECT_EQ(value("M" + little_endian<std::uint16_t>(65535)), 65535);
  EXPECT_EQ(value(op(0x8a) + u8(0)), 0);
  EXPECT_EQ(value(op(0x8a) + u8(1) + "\xff"), -1);
  EXPECT_EQ(value(op(0x8a) + u8(2) + "\xff" + u8(0)), 255);
  EXPECT_EQ(value(op(0x8a) + u8(5) + std::string("\x00\x00\x00\x00\x01", 5)),
            std::int64_t{1} << 32);
  EXPECT_EQ(value(integer(INT64_MAX)), INT64_MAX);
  EXPECT_EQ(value(integer(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(value(op(0x8b) + u32(3) + "\x01\x02\x03"), 0x030201);
  // Longer integers occur in random-number states; they are skipped over as a whole.
  EXPECT_EQ(value(op(0x8a) + u8(9) + "123456789"), 0);
}

TEST(Pickle, OtherScalars) {
  EXPECT_EQ(Parsed("N.").root().kind, Kind::none);
  const Parsed yes(op(0x88) + "."), no(op(0x89) + ".");
  EXPECT_EQ(yes.root().kind, Kind::boolean);
  EXPECT_EQ(yes.root().integer, 1);
  EXPECT_EQ(no.root().kind, Kind::boolean);
  EXPECT_EQ(no.root().integer, 0);
  const Parsed real(std::string("G\xbf\xf8\0\0\0\0\0\0.", 10));  // big-endian
  EXPECT_EQ(real.root().kind, Kind::real);
  EXPECT_EQ(real.root().real, -1.5);
}

TEST(Pickle, TextAndBytes) {
  for (const std::string& head :
       {"U" + u8(5), "C" + u8(5), op(0x8c) + u8(5), "T" + u32(5), "B" + u32(5), "X" + u32(5),
        op(0x8d) + u64(5), op(0x8e) + u64(5), op(0x96) + u64(5)}) {
    const Parsed parsed(head + "a.b\nc" + ".");
    EXPECT_EQ(parsed.root().kind, Kind::text);
    EXPECT_EQ(parsed.root().text, "a.b\nc");
  }
  EXPECT_EQ(Parsed("X" + u32(0) + ".").root().text, "");
}

TEST(Pickle, Sequences) {
  for (const std::string& empty : {std::string(")"), std::string("]"), op(0x8f)}) {
    const Parsed parsed(empty + ".");
    EXPECT_EQ(parsed.root().kind, Kind::sequence);
    EXPECT_TRUE(parsed.root().items.empty());
  }
  const std::string one = "K" + u8(1), two = "K" + u8(2), three = "K" + u8(3);
  for (const std::string& whole :
       {"(" + one + two + three + "t", "(" + one + two + three + "l",
        "(" + one + two + three + op(0x91), one + two + three + op(0x87),
        "](" + one + two + three + "e", "]" + one + "a(" + two + three + "e",
        op(0x8f) + "(" + one + two + three + op(0x90)}) {
    const Parsed parsed(whole + ".");
    EXPECT_EQ(parsed.root().kind, Kind::sequence);
    ASSERT_EQ(parsed.root().items.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(parsed.item(i).integer, static_cast<std::int64_t>(i + 1));
    }
  }
  EXPECT_EQ(Parsed(one + op(0x85) + ".").item(0).integer, 1);
  EXPECT_EQ(Parsed(one + two + op(0x86) + ".").item(1).integer, 2);
}

TEST(Pickle, Dictionaries) {
  const std::string a = text("a") + "K" + u8(1), b = text("b") + "K" + u8(2);
  for (const std::string& whole :
       {"}(" + a + b + "u", "}" + a + "s" + b + "s", "(" + a + b + "d", "(" + a + "d(" + b + "u"}) {
    const Parsed parsed(whole + ".");
    EXPECT_EQ(parsed.root().kind, Kind::dictionary);
    ASSERT_NE(parsed.pickle.find(parsed.root(), "b"), nullptr);
    EXPECT_EQ(parsed.pickle.find(parsed.root(), "a")->integer, 1);
    EXPECT_EQ(parsed.pickle.find(parsed.root(), "b")->integer, 2);
    EXPECT_EQ(parsed.pickle.find(parsed.root(), "c"), nullptr);
  }
  // Keys need not be text.
  const Parsed mixed("}(K" + u8(1) + "N" + b + "u.");
  EXPECT_EQ(mixed.pickle.find(mixed.root(), "b")->integer, 2);
  EXPECT_EQ(mixed.pickle.find(mixed.root(), ""), nullptr);
  // Only a dictionary has keys.
  const Parsed sequence(tuple(b) + ".");
  EXPECT_EQ(sequence.pickle.find(sequence.root(), "b"), nullptr);
}

TEST(Pickle, OrderedDictsThatPython2Wrote) {
  // collections.OrderedDict([["a", 1], ("b", 2)])
  const std::string a = "](" + text("a") + "K" + u8(1) + "e";
  const std::string b = text("b") + "K" + u8(2) + op(0x86);
  const std::string dict = "ccollections\nOrderedDict\n";
  const Parsed parsed(dict + "](" + a + b + "e" + op(0x85) + "R.");
  ASSERT_EQ(parsed.pickle.entries(parsed.root()).size(), 4U);
  ASSERT_NE(parsed.pickle.find(parsed.root(), "b"), nullptr);
  EXPECT_EQ(parsed.pickle.find(parsed.root(), "b")->integer, 2);
  const Parsed half(dict + "](" + a + "K" + u8(1) + b + "e" + op(0x85) + "R.");
  EXPECT_EQ(half.pickle.entries(half.root()).size(), 2U) << "up to what is no pair";
  // Arguments that are no list make no entries.
  for (const std::string& other : {"N" + op(0x85), std::string(")")}) {
    const Parsed strange(dict + other + "R.");
    EXPECT_TRUE(strange.pickle.entries(strange.root()).empty());
  }
}

TEST(Pickle, Memo) {
  // Twice the same value, once from the memo.
  for (const std::string& pair :
       {text("x") + "q" + u8(0) + "h" + u8(0), text("x") + "q" + u8(255) + "h" + u8(255),
        text("x") + "r" + u32(70000) + "j" + u32(70000),
        text("x") + "r" + u32(7) + "h" + u8(7),  // short and long forms share one memo
        text("x") + op(0x94) + "h" + u8(0), text("x") + "2"}) {
    const Parsed parsed(pair + op(0x86) + ".");
    EXPECT_EQ(parsed.item(0).text, "x");
    EXPECT_EQ(parsed.root().items[0], parsed.root().items[1]);
  }
  // A slot can be used again.
  EXPECT_EQ(Parsed("Nq" + u8(0) + text("x") + "q" + u8(0) + "h" + u8(0) + ".").root().text, "x");
}

TEST(Pickle, PopForgets) {
  EXPECT_EQ(Parsed("K" + u8(1) + "K" + u8(2) + "0.").root().integer, 1);
  EXPECT_EQ(Parsed("K" + u8(1) + "(NNN1.").root().integer, 1);
}

TEST(Pickle, Objects) {
  const std::string ordered = call(global("collections", "OrderedDict"), "");
  const std::string filled = ordered + "(" + text("key") + "K" + u8(5) + "u";
  for (const std::string& whole :
       {filled, ordered + text("key") + "K" + u8(5) + "s",
        filled + "}(" + text("_metadata") + "Nub",  // a state, which is not kept
        global("collections", "OrderedDict") + ")" + op(0x81) + text("key") + "K" + u8(5) + "s",
        global("collections", "OrderedDict") + ")}" + op(0x92) + text("key") + "K" + u8(5) + "s"}) {
    const Parsed parsed(whole + ".");
    EXPECT_EQ(parsed.root().kind, Kind::object);
    EXPECT_TRUE(parsed.pickle.is_call(parsed.root(), "collections", "OrderedDict"));
    EXPECT_FALSE(parsed.pickle.is_call(parsed.root(), "collections", "defaultdict"));
    EXPECT_FALSE(parsed.pickle.is_call(parsed.root(), "OrderedDict", "collections"));
    ASSERT_NE(parsed.pickle.find(parsed.root(), "key"), nullptr);
    EXPECT_EQ(parsed.pickle.find(parsed.root(), "key")->integer, 5);
    EXPECT_EQ(parsed.pickle.find(parsed.root(), "_metadata"), nullptr);
  }
  // The global itself is not a call of it, and calling something else is not either.
  const Parsed uncalled(global("collections", "OrderedDict") + ".");
  EXPECT_EQ(uncalled.root().kind, Kind::global);
  EXPECT_EQ(uncalled.root().text, "collections");
  EXPECT_EQ(uncalled.root().name, "OrderedDict");
  EXPECT_FALSE(uncalled.pickle.is_call(uncalled.root(), "collections", "OrderedDict"));
  const Parsed nonsense("N)R.");
  EXPECT_FALSE(nonsense.pickle.is_call(nonsense.root(), "", ""));
}

TEST(Pickle, ArgumentsOfACall) {
  const Parsed parsed(call(global("m", "f"), "K" + u8(1) + text("two")) + ".");
  const auto& arguments = parsed.pickle[parsed.root().arguments].items;
  ASSERT_EQ(arguments.size(), 2U);
  EXPECT_EQ(parsed.pickle[arguments[1]].text, "two");
}

TEST(Pickle, PersistentReferences) {
  const Parsed parsed(tuple(text("storage") + "K" + u8(3)) + "Q.");
  EXPECT_EQ(parsed.root().kind, Kind::persistent);
  EXPECT_EQ(parsed.pickle[parsed.item(0).items[1]].integer, 3);
}

TEST(Pickle, NewerProtocols) {
  const std::string body = op(0x8c) + u8(11) + "collections" + op(0x94) + op(0x8c) + u8(11) +
                           "OrderedDict" + op(0x94) + op(0x93) + op(0x94) + ")R.";
  const Parsed parsed(op(0x80) + u8(4) + op(0x95) + u64(body.size()) + body);
  EXPECT_TRUE(parsed.pickle.is_call(parsed.root(), "collections", "OrderedDict"));
}

TEST(Pickle, WhatFollowsItsEndIsIgnored) { EXPECT_EQ(Parsed("N.\xff").root().kind, Kind::none); }

// An OmegaConf configuration, Lightning's callbacks and the like: read over, not understood.
TEST(Pickle, ToleratesForeignClasses) {
  const std::string foreign = global("omegaconf.dictconfig", "DictConfig") + ")" + op(0x81) + "}(" +
                              text("_metadata") + global("omegaconf.base", "ContainerMetadata") +
                              ")" + op(0x81) + "}b" + text("_parent") + "Nub";
  const std::string keyed_by_class =
      dictionary(global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint") +
                 dictionary(text("monitor") + text("val")));
  // A list's items added to an object that is no list, as for a collections.deque.
  const std::string deque = call(global("collections", "deque"), "") + "(NNNe";
  const Parsed parsed(pickle(
      dictionary(text("hyper_parameters") + foreign + text("callbacks") + keyed_by_class +
                 text("queue") + deque + text("type") + global("builtins", "dict") + text("set") +
                 call(global("__builtin__", "set"), "]") + text("epoch") + "K" + u8(9))));
  EXPECT_EQ(parsed.pickle.find(parsed.root(), "epoch")->integer, 9);
  EXPECT_TRUE(parsed.pickle.is_call(*parsed.pickle.find(parsed.root(), "hyper_parameters"),
                                    "omegaconf.dictconfig", "DictConfig"));
}

// --- refusing

TEST(Pickle, RefusesDangerousFunctions) {
  for (const auto& [module, name] :
       std::initializer_list<std::pair<const char*, const char*>>{{"os", "system"},
                                                                  {"posix", "system"},
                                                                  {"nt", "system"},
                                                                  {"os.path", "join"},
                                                                  {"subprocess", "Popen"},
                                                                  {"builtins", "eval"},
                                                                  {"builtins", "__import__"},
                                                                  {"__builtin__", "exec"},
                                                                  {"__builtin__", "execfile"},
                                                                  {"importlib", "import_module"},
                                                                  {"runpy", "run_path"},
                                                                  {"socket", "socket"},
                                                                  {"torch", "load"},
                                                                  {"torch.hub", "load"},
                                                                  {"operator", "attrgetter"},
                                                                  {"pickle", "loads"}}) {
    const std::string full = std::string(module) + "." + name;
    const std::string by_line = call(global(module, name), text("touch lama-was-here"));
    EXPECT_TRUE(says(pickle_refusal(pickle(by_line)), {"x.ckpt", "refused", full}));
    // Asked for but not called; hidden in the middle; named by values from the stack or the memo.
    EXPECT_TRUE(says(pickle_refusal(pickle(global(module, name))), {"refused", full}));
    EXPECT_TRUE(
        says(pickle_refusal(pickle(dictionary(text("epoch") + by_line))), {"refused", full}));
    EXPECT_TRUE(
        says(pickle_refusal(text(module) + text(name) + op(0x93) + "."), {"refused", full}));
    EXPECT_TRUE(
        says(pickle_refusal(text(name) + op(0x94) + text(module) + "h" + u8(0) + op(0x93) + "."),
             {"refused", full}));
  }
}

TEST(Pickle, ToleratesNamesThatOnlyLookDangerous) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"osprey", "system"},
           {"my.os", "system"},
           {"builtins", "int"},
           {"torch", "FloatStorage"},
           {"torch.nn.modules.module", "load"}}) {
    EXPECT_EQ(Parsed(pickle(global(module, name))).root().text, module);
  }
}

TEST(Pickle, EmptyFile) {
  EXPECT_TRUE(says(pickle_refusal(""), {"x.ckpt", "damaged"}));
  EXPECT_TRUE(says(pickle_refusal("."), {"x.ckpt", "damaged"}));
}

TEST(Pickle, RefusesOperationsOnTooFewValues) {
  for (const std::string& bytes : {std::string("0"),
                                   std::string("2"),
                                   op(0x85),
                                   "N" + op(0x86),
                                   "NN" + op(0x87),
                                   std::string("a"),
                                   std::string("Na"),
                                   std::string("s"),
                                   std::string("Ns"),
                                   std::string("NNs"),
                                   std::string("R"),
                                   std::string("NR"),
                                   "N" + op(0x81),
                                   "NN" + op(0x92),
                                   std::string("b"),
                                   std::string("Nb"),
                                   std::string("q\0", 2),
                                   "r" + u32(0),
                                   op(0x94),
                                   std::string("Q"),
                                   op(0x93),
                                   text("m") + op(0x93),
                                   std::string("(e"),
                                   std::string("(u"),
                                   "(" + op(0x90),
                                   std::string("N0")}) {
    EXPECT_TRUE(says(pickle_refusal(bytes + "."), {"x.ckpt", "damaged"})) << bytes;
  }
}

TEST(Pickle, ValuesBeforeAMarkAreOutOfReach) {
  for (const std::string& bytes :
       {std::string("N(0"), std::string("N("), "N(" + op(0x85), std::string("](a"),
        std::string("]N((0"), "NN(" + op(0x93), std::string("NN(R"), std::string("N(Q")}) {
    EXPECT_TRUE(says(pickle_refusal(bytes + "."), {"x.ckpt", "damaged"})) << bytes;
  }
}

TEST(Pickle, RefusesAMissingMark) {
  for (const std::string& bytes :
       {std::string("Nt"), std::string("l"), std::string("]Ne"), std::string("}u"),
        std::string("d"), std::string("1"), op(0x91), op(0x8f) + op(0x90), std::string("(t1")}) {
    EXPECT_TRUE(says(pickle_refusal(bytes + "."), {"x.ckpt", "mark"})) << bytes;
  }
}

TEST(Pickle, RefusesAKeyWithoutValue) {
  EXPECT_TRUE(says(pickle_refusal("}(Nu."), {"x.ckpt", "key"}));
  EXPECT_TRUE(says(pickle_refusal("(NNNd."), {"x.ckpt", "key"}));
}

TEST(Pickle, RefusesMemoSlotsNeverFilled) {
  for (const std::string& bytes : {"h" + u8(0), "j" + u32(0), "Nq" + u8(1) + "h" + u8(0),
                                   "j" + u32(0xffffffff), "N" + op(0x94) + "h" + u8(1)}) {
    EXPECT_TRUE(says(pickle_refusal(bytes + "."), {"x.ckpt", "damaged"}));
  }
}

TEST(Pickle, RefusesLengthsBeyondTheFile) {
  for (const std::string& bytes :
       {"X" + u32(0xffffffff), "X" + u32(2) + "a", "U" + u8(3) + "ab", "T" + u32(0x80000000),
        op(0x8d) + u64(~std::uint64_t{0}), op(0x8d) + u64(std::uint64_t{1} << 63),
        op(0x8e) + u64(~std::uint64_t{0} - 8), op(0x96) + u64(1000), op(0x8b) + u32(0xffffffff),
        op(0x8a) + u8(8) + "1234", std::string("cos"), std::string("cm\nname")}) {
    EXPECT_TRUE(says(pickle_refusal(bytes), {"x.ckpt", "too early"}));
  }
}

// Opcodes of protocols 0 and 1, extension registries and out-of-band buffers: nothing that
// torch.save writes.
TEST(Pickle, RefusesOtherOpcodes) {
  for (const char code : std::string("FILPSVgiop\n\x7f\x82\x83\x84\x97\x98\xff") + '\0') {
    EXPECT_TRUE(says(pickle_refusal(code + std::string(20, '\n')), {"x.ckpt", "opcode"}))
        << static_cast<int>(code);
  }
  for (int code = 0; code < 256; ++code) EXPECT_FALSE(survives(op(code))) << code;
}

TEST(Pickle, ErrorsAreOneLineWhateverTheNames) {
  for (const std::string& bytes : {text("os.\n\x1b[2J") + text("a\nb") + op(0x93) + ".",
                                   global("os.\x1b[2J", "system") + "."}) {
    const std::string error = pickle_refusal(bytes);
    for (const char c : error) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

// --- damaged and hostile pickles

/// A pickle with most opcodes in it.
std::string sample() {
  return pickle(dictionary(text("epoch") + "K" + u8(9) + text("lr") +
                           std::string("G\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc", 9) + text("flags") +
                           op(0x88) + op(0x89) + op(0x86) + text("state_dict") + "q" + u8(1) +
                           call(global("collections", "OrderedDict"), "") + "r" + u32(300) + "(" +
                           text("weight") + tensor({}) + text("bias") + tensor({.key = "1"}) +
                           "u}b" + text("again") + "j" + u32(300) + text("list") + "](NNe" + "Na" +
                           text("set") + op(0x8f) + "(" + "h" + u8(1) + op(0x90)));
}

TEST(Pickle, EveryTruncationIsNoticed) {
  const std::string whole = sample();
  ASSERT_TRUE(survives(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(survives(whole.substr(0, length))) << length;
  }
}

TEST(Pickle, SurvivesEveryBitFlip) {
  const std::string whole = sample();
  int noticed = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    noticed += survives(damaged) ? 0 : 1;
  }
  EXPECT_GT(noticed, 500);
}

TEST(Pickle, SurvivesGarbage) {
  // Opcodes without lengths, so that most of a text is executed.
  static constexpr std::string_view kOpcodes =
      "(012N]})tldaesubRQ.\x85\x86\x87\x88\x8f\x90\x91\x92\x93\x94";
  Random random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = "NNNNNNNN((((";
    for (std::size_t j = random.below(60); j > 0; --j)
      bytes += kOpcodes[random.below(kOpcodes.size())];
    survives(bytes + ".");
  }
}

TEST(Pickle, ContainersThatHoldThemselves) {
  const Parsed list("]q" + u8(0) + "h" + u8(0) + "a.");
  EXPECT_EQ(list.item(0).items, list.root().items);
  EXPECT_EQ(list.pickle.find(list.root(), "x"), nullptr);
  const Parsed dictionary_("}q" + u8(0) + "h" + u8(0) + "h" + u8(0) + "s.");
  EXPECT_EQ(dictionary_.pickle.find(dictionary_.root(), "x"), nullptr);
  const Parsed call_of_itself(call(global("m", "f"), "") + "q" + u8(0) + "h" + u8(0) + "R.");
  EXPECT_FALSE(call_of_itself.pickle.is_call(call_of_itself.root(), "m", "f"));
}

// A list of two references to a list of two references …: 2^60 values for who expands it.
TEST(Pickle, SharedValuesAreNotCopied) {
  std::string bytes = ")q" + u8(0);
  for (int i = 0; i < 60; ++i) bytes += op('h') + u8(0) + op(0x86) + "q" + u8(0);
  EXPECT_EQ(Parsed(bytes + ".").root().items.size(), 2U);
}

TEST(SlowPickle, DeepNestingDoesNotOverflowTheStack) {
  for (const std::string& level : {op(0x85), std::string(")R"), std::string("Q")}) {
    EXPECT_TRUE(survives("N" + repeat(level, 400'000) + "."));
  }
  EXPECT_TRUE(survives(repeat("(", 1'000'000) + repeat("t", 1'000'000) + "."));
}

TEST(SlowPickle, TenMegabytesOfTheSame) {
  constexpr std::size_t kSize = 10'000'000;
  struct Row {
    std::string piece, reason;
  };
  for (const Row& row : {Row{"(", "its marks are deeper"}, Row{"N", "more values"},
                         Row{"N0", "more values"}, Row{"(t", "more values"},
                         Row{"2", "its stack is deeper"}, Row{op(0x94), "remembers more values"}}) {
    const std::string bytes = "N" + repeat(row.piece, kSize / row.piece.size());
    EXPECT_TRUE(says(pickle_refusal(bytes), {"x.ckpt", "damaged", row.reason})) << row.piece;
  }
}

TEST(SlowPickle, AMillionMemoSlots) {
  std::string bytes = "N";
  for (std::uint32_t i = 0; i < 1'000'000; ++i) bytes += op('r') + u32(i * 0x9e3779b9U);
  EXPECT_TRUE(survives(bytes + "."));
}

}  // namespace
}  // namespace lama::internal::weights
